"""What somebody sees who is locked out after too many failed sign-ins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from unfold.forms import AuthenticationForm

from backoffice.client_address import client_ip, lockout_name

TOO_MANY_REQUESTS = 429


class SignInForm(AuthenticationForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name or e-mail"


def locked_out(
    request: HttpRequest,
    response: HttpResponse | None = None,
    credentials: Mapping[str, str] | None = None,
) -> HttpResponse:
    del response  # axes hands over what it replaces
    left = time_left(lockout_name(request, credentials), client_ip(request))
    minutes = max(1, math.ceil(left.total_seconds() / 60))
    context = {
        **admin.site.each_context(request),
        "title": "Sign-in locked",
        "minutes": minutes,
        "until": timezone.localtime(timezone.now() + left),
        "limit": settings.AXES_FAILURE_LIMIT,
        "address": client_ip(request),
    }
    page = render(request, "backoffice/locked_out.html", context, status=TOO_MANY_REQUESTS)
    page["Retry-After"] = str(minutes * 60)
    return page


def time_left(name: str, address: str) -> timedelta:
    """How long a name stays locked from an address; what was tried since does not prolong it."""
    last = (
        AccessAttempt.objects.filter(username=name, ip_address=address or None)
        .order_by("-attempt_time")
        .values_list("attempt_time", flat=True)
        .first()
    )
    cool_off: timedelta = settings.AXES_COOLOFF_TIME
    ends = (last or timezone.now()) + cool_off
    return max(ends - timezone.now(), timedelta())
