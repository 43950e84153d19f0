"""How often one address may call. Limits a minute are in ``API_RATE_LIMITS``; 0 is no limit."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from domain.common.context import current
from domain.common.rate_limits import Verdict, allow_call

SECONDS = 60
OTHER = "other"
NETWORK_BITS = 64


class AddressThrottle(BaseThrottle):
    verdict: Verdict | None = None

    def allow_request(self, request: Request | HttpRequest, view: APIView) -> bool:
        scope = getattr(view, "throttle_scope", OTHER)
        limit = settings.API_RATE_LIMITS[scope]
        if not limit:
            return True
        key = f"{scope}:{neighbourhood(current().client_ip)}"
        self.verdict = allow_call(key=key, limit=limit, seconds=SECONDS, at=timezone.now())
        return self.verdict.allowed

    def wait(self) -> float | None:
        return self.verdict.seconds_left if self.verdict else None


@lru_cache(maxsize=1024)
def neighbourhood(address: str) -> str:
    """Return the address to count by: one IPv6 customer owns a whole /64."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(known, ipaddress.IPv4Address):
        return str(known)
    if known.ipv4_mapped:
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, NETWORK_BITS), strict=False).network_address)
