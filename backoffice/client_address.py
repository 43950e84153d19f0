"""The one answer to "who is calling?", for lock-out, rate limits and the audit trail."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from functools import lru_cache

from django.conf import settings
from django.http import HttpRequest


def client_ip(request: HttpRequest) -> str:
    """Find the caller's address, believing only the proxies that are ours.

    Each proxy appends the address it was called from, so with N proxies of ours the N-th entry from
    the right was written by our outermost one. What stands left of it came from the caller.
    """
    direct = _address(request.META.get("REMOTE_ADDR", ""))
    proxies: int = settings.TRUSTED_PROXIES
    if proxies == 0:
        return direct
    hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    return (_address(hops[-proxies]) if len(hops) >= proxies else "") or direct


def lockout_name(request: HttpRequest | None, credentials: Mapping[str, str] | None = None) -> str:
    """Count "Ada " and "ada" as one name when sign-ins fail."""
    named = (credentials or {}).get("username") or (
        request.POST.get("username", "") if request is not None else ""
    )
    return named.strip().lower()[:150]


@lru_cache(maxsize=1024)
def _address(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return ""
