"""Defaults of the libraries that would open a door, and limits that must fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

KNOWN_PREFIXES = {"", "admin/", "api/"}
CLIENT_ADDRESS = "backoffice.client_address.client_ip"


@register()
def libraries_are_tamed(**kwargs: Any) -> list[CheckMessage]:
    return [*imports(), *queue(), *sign_in(), *answers(), *files()]


def imports() -> Iterator[CheckMessage]:
    for name in ("IMPORT_EXPORT_IMPORT_PERMISSION_CODE", "IMPORT_EXPORT_EXPORT_PERMISSION_CODE"):
        if not getattr(settings, name, None):
            yield Error(
                f"{name} is not set: every member of staff could use it.", id="backoffice.E020"
            )
    if not getattr(settings, "SIMPLE_HISTORY_REVERT_DISABLED", False):
        yield Error(
            "SIMPLE_HISTORY_REVERT_DISABLED is off: an old state could be written back.",
            id="backoffice.E021",
        )


def queue() -> Iterator[CheckMessage]:
    cluster = settings.Q_CLUSTER
    if cluster.get("timeout", 0) >= cluster.get("retry", 0):
        yield Error(
            "Q_CLUSTER: a job would be run again while it is still running (timeout ≥ retry).",
            id="backoffice.E022",
        )
    if not cluster.get("max_attempts"):
        yield Error("Q_CLUSTER: a failing job would come back for ever.", id="backoffice.E023")
    if cluster.get("queue_limit") != 1:
        yield Error(
            "Q_CLUSTER: waiting jobs would run twice; queue_limit must be 1.", id="backoffice.E024"
        )
    if cluster.get("orm") != "default":
        yield Error(
            "Q_CLUSTER: jobs must lie in the database of the data they belong to.",
            id="backoffice.E025",
        )


def sign_in() -> Iterator[CheckMessage]:
    if getattr(settings, "AXES_CLIENT_IP_CALLABLE", None) != CLIENT_ADDRESS:
        yield Error(
            "AXES_CLIENT_IP_CALLABLE is not ours: a forged header would get round the lock-out.",
            id="backoffice.E026",
        )
    if settings.TRUSTED_PROXIES < 0:
        yield Error("TRUSTED_PROXIES counts proxies and is below zero.", id="backoffice.E027")


def answers() -> Iterator[CheckMessage]:
    framework: dict[str, Any] = settings.REST_FRAMEWORK
    # The framework's own default contains the browsable one.
    renderers = framework.get("DEFAULT_RENDERER_CLASSES", ["Browsable"])
    if any("Browsable" in name for name in renderers):
        yield Error("The API answers with web pages (browsable renderer).", id="backoffice.E028")
    policy: dict[str, list[str]] = getattr(settings, "CONTENT_SECURITY_POLICY", {})
    middleware = "backoffice.middleware.SecurityHeadersMiddleware" in settings.MIDDLEWARE
    scripts = policy.get("script-src", ["'unsafe-inline'"])
    if (
        not middleware
        or "'unsafe-inline'" in scripts
        or "'none'" not in policy.get("frame-ancestors", [])
    ):
        yield Error(
            "The content security policy is missing, allows inline scripts or allows framing.",
            id="backoffice.E029",
        )
    for pattern in get_resolver().url_patterns:
        if str(pattern.pattern) not in KNOWN_PREFIXES:
            yield Error(
                f"The address {pattern.pattern} belongs to neither the admin nor the API.",
                hint="Decide who may open it, then add it to KNOWN_PREFIXES.",
                id="backoffice.E030",
            )


def files() -> Iterator[CheckMessage]:
    uploads = Path(settings.MEDIA_ROOT).resolve()
    public = settings.STATIC_ROOT and Path(settings.STATIC_ROOT).resolve() in (
        uploads,
        *uploads.parents,
    )
    if public or _serves_files(get_resolver().url_patterns):
        yield Error("Uploaded files can be opened by anybody.", id="backoffice.E031")
    private = Path(settings.PRIVATE_ROOT).resolve()
    served = [settings.STATIC_ROOT, settings.MEDIA_ROOT, *settings.STATICFILES_DIRS]
    for folder in (Path(each).resolve() for each in served if each):
        if folder in (private, *private.parents):
            yield Error(
                f"PRIVATE_ROOT lies in {folder}: documents of people could be served.",
                hint="Choose a folder of its own.",
                id="backoffice.E032",
            )


def _serves_files(patterns: Sequence[URLPattern | URLResolver]) -> bool:
    return any(
        _serves_files(pattern.url_patterns)
        if isinstance(pattern, URLResolver)
        else getattr(pattern.callback, "__module__", "") == "django.views.static"
        for pattern in patterns
    )
