"""Traps of a real deployment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register

from domain.common.issuer import issuer
from domain.compliance.rules import PanStatus, check_pan

SHORTEST_SECRET = 50
TAN = re.compile(r"[A-Z]{4}[0-9]{5}[A-Z]", re.ASCII)
LIVE_KEYS = ("sk_live_", "rk_live_", "pk_live_")


@register()
def safe_in_production(**kwargs: Any) -> list[CheckMessage]:
    if not settings.PRODUCTION:
        return list(no_live_keys())
    return [*database(), *secrets(), *addresses(), *stripe(), *shared_state(), *papers()]


def no_live_keys() -> Iterator[CheckMessage]:
    if any(_keys_are_live()):
        yield Error(
            f"Stripe's live keys are set while BACKOFFICE_ENV is {settings.BACKOFFICE_ENV}.",
            hint="Demo and tests may not reach real money. Remove the keys.",
            id="backoffice.E001",
        )


def database() -> Iterator[CheckMessage]:
    for alias, chosen in settings.DATABASES.items():
        if chosen["ENGINE"] == "backoffice.embedded":
            yield Error(
                f"Database {alias!r} is the embedded one, which is for demo and tests only.",
                hint="Set DATABASE_URL.",
                id="backoffice.E002",
            )
        if chosen.get("OPTIONS", {}).get("pool") and chosen.get("CONN_MAX_AGE", 0) != 0:
            yield Error(
                f"Database {alias!r} has a pool and CONN_MAX_AGE: connections would be kept twice.",
                id="backoffice.E003",
            )


def secrets() -> Iterator[CheckMessage]:
    secret = settings.SECRET_KEY
    if len(secret) < SHORTEST_SECRET or secret.startswith(("demo-", "django-insecure-")):
        yield Error(
            f"SECRET_KEY is shorter than {SHORTEST_SECRET} characters or the one of the demo.",
            hint="The queue signs its jobs with it: whoever knows it can run code.",
            id="backoffice.E004",
        )


def addresses() -> Iterator[CheckMessage]:
    if settings.DEBUG:
        yield Error("DEBUG is on: pages would show settings and data.", id="backoffice.E005")
    if not settings.ALLOWED_HOSTS or "*" in settings.ALLOWED_HOSTS:
        yield Error(
            "ALLOWED_HOSTS is empty or allows every host.",
            hint="Name the hosts, with commas between.",
            id="backoffice.E006",
        )
    if not settings.PUBLIC_URL.startswith("https://"):
        yield Error(
            "PUBLIC_URL does not begin with https://; guests would get links without TLS.",
            id="backoffice.E007",
        )
    if settings.EMAIL_BACKEND.endswith(("console.EmailBackend", "dummy.EmailBackend")):
        yield checks.Warning(
            "EMAIL_URL is not set: messages to guests are printed, not sent.",
            id="backoffice.W001",
        )


def stripe() -> Iterator[CheckMessage]:
    if not settings.STRIPE_WEBHOOK_SECRET.startswith("whsec_"):
        yield Error(
            "STRIPE_WEBHOOK_SECRET is empty or not a webhook secret.",
            hint="Anybody could tell us that a booking is paid.",
            id="backoffice.E008",
        )
    live = set(_keys_are_live())
    if len(live) > 1:
        yield Error("One of Stripe's keys is live and the other is not.", id="backoffice.E009")
    elif live != {settings.STRIPE_LIVE}:
        yield Error(
            f"STRIPE_LIVE is {settings.STRIPE_LIVE}, but the keys say otherwise.",
            hint="Set STRIPE_LIVE=false on a staging system that uses test keys.",
            id="backoffice.E010",
        )
    if settings.STRIPE_LIVE and settings.STRIPE_API_BASE:
        yield Error(
            "STRIPE_API_BASE is set with live keys: they would be sent to somebody else.",
            id="backoffice.E011",
        )


def shared_state() -> Iterator[CheckMessage]:
    cache = str(settings.CACHES["default"]["BACKEND"])
    if cache.endswith(("LocMemCache", "DummyCache")):
        yield Error(
            "The cache is not shared between processes, so rate limits would be per process.",
            id="backoffice.E012",
        )


def papers() -> Iterator[CheckMessage]:
    """Members get statements, and the tax office a register, in the company's name."""
    by = issuer()
    if not (by.name and by.address and by.tan and by.pan):
        yield checks.Warning(
            "COMPANY_NAME, COMPANY_ADDRESS, COMPANY_TAN or COMPANY_PAN is not set: papers for "
            "members do not say who issues them.",
            id="backoffice.W002",
        )
    if by.tan and not TAN.fullmatch(by.tan):
        yield Error(
            f"COMPANY_TAN is {by.tan!r}: four letters, five digits and a letter are expected.",
            id="backoffice.E013",
        )
    if by.pan and check_pan(by.pan).status != PanStatus.VALID:
        yield Error(f"COMPANY_PAN is {by.pan!r}, which is no PAN.", id="backoffice.E014")


def _keys_are_live() -> tuple[bool, bool]:
    return (
        settings.STRIPE_SECRET_KEY.startswith(LIVE_KEYS),
        settings.STRIPE_PUBLISHABLE_KEY.startswith(LIVE_KEYS),
    )
