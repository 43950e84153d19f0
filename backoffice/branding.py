"""How the screens are called and coloured, and what Unfold shows around each of them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static

NAME = "Backoffice"


def logo(_request: HttpRequest) -> str:
    return static("backoffice/logo.svg")


def stylesheet(_request: HttpRequest) -> str:
    return static("backoffice/backoffice.css")


def page_stylesheet(_request: HttpRequest) -> str:
    return static("backoffice/pages.css")


def script(_request: HttpRequest) -> str:
    return static("backoffice/backoffice.js")


def page_script(_request: HttpRequest) -> str:
    return static("backoffice/pages.js")


def environment(_request: HttpRequest) -> list[str] | None:
    """Name every environment that is not the real one, so that nobody mistakes it."""
    if settings.PRODUCTION and settings.STRIPE_LIVE:
        return None
    named = {"demo": "Demo", "test": "Test"}.get(settings.BACKOFFICE_ENV, "Staging")
    return [named, "warning"]


def title_prefix(request: HttpRequest) -> str | None:
    found = environment(request)
    return f"[{found[0]}]" if found else None


def account_links(_request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"title": "What I may do", "link": "/admin/access/"},
    ]


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": NAME,
    "SITE_HEADER": NAME,
    "SITE_URL": None,
    "SITE_ICON": logo,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": logo}],
    "SHOW_HISTORY": False,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ENVIRONMENT": "backoffice.branding.environment",
    "ENVIRONMENT_TITLE_PREFIX": "backoffice.branding.title_prefix",
    "DASHBOARD_CALLBACK": "backoffice.dashboard.home",
    "STYLES": [stylesheet, page_stylesheet],
    "SCRIPTS": [script, page_script],
    "BORDER_RADIUS": "6px",
    "LOGIN": {"form": "backoffice.signin.SignInForm"},
    "ACCOUNT": {"navigation": account_links},
    "COMMAND": {"search_models": False, "show_history": False},
    "SIDEBAR": {
        "show_search": True,
        "show_all_applications": False,
        "navigation": "backoffice.navigation.sidebar",
    },
    # A sea-green ink: calm beside the warm colours that mean "needs you".
    "COLORS": {
        "base": {
            "50": "oklch(98.4% .003 220)",
            "100": "oklch(96.4% .005 220)",
            "200": "oklch(92.2% .008 220)",
            "300": "oklch(86.6% .012 220)",
            "400": "oklch(70.4% .022 222)",
            "500": "oklch(53.4% .026 224)",
            "600": "oklch(43.6% .027 226)",
            "700": "oklch(36.4% .027 228)",
            "800": "oklch(27.6% .024 230)",
            "900": "oklch(20.8% .02 232)",
            "950": "oklch(14.4% .016 234)",
        },
        "primary": {
            "50": "oklch(97.4% .016 195)",
            "100": "oklch(94% .034 195)",
            "200": "oklch(88.6% .06 195)",
            "300": "oklch(81.4% .088 195)",
            "400": "oklch(73.6% .105 195)",
            "500": "oklch(66.2% .108 197)",
            "600": "oklch(47.8% .082 200)",
            "700": "oklch(41.6% .07 202)",
            "800": "oklch(35.6% .058 204)",
            "900": "oklch(30.4% .048 206)",
            "950": "oklch(22.4% .036 208)",
        },
    },
}
