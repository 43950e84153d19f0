"""What every request passes: an id, security headers, the limits of a session."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse
from django.utils import timezone

from backoffice.access import answering
from backoffice.client_address import client_ip
from backoffice.errors import API
from domain.common.context import acting, new_request_id

Answer = Callable[[HttpRequest], HttpResponse]
SIGNED_IN_AT = "signed_in_at"
API_URLS = "api.urls"


class RequestContextMiddleware:
    """Give each request an id of ours; one sent from outside is not believed."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.client_ip = client_ip(request)  # type: ignore[attr-defined]
        told = acting(
            request_id=new_request_id(),
            client_ip=request.client_ip,  # type: ignore[attr-defined]
            user_agent=request.META.get("HTTP_USER_AGENT", ""),
        )
        with told as context:
            response = self.get_response(request)
        response["X-Request-ID"] = context.request_id
        return response


class SecurityHeadersMiddleware:
    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response
        self.policy = "; ".join(
            f"{name} {' '.join(values)}"
            for name, values in settings.CONTENT_SECURITY_POLICY.items()
        )

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A page with needs of its own may have set its policy already.
        response.headers.setdefault("Content-Security-Policy", self.policy)
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()"
        )
        if request.path.startswith(admin_path()):
            response["Cache-Control"] = "no-store"
        return response


@cache
def admin_path() -> str:
    return reverse("admin:index")


class ApiMiddleware:
    """Answer the API here: what follows serves people who sign in, and the API has neither
    sessions nor forms. Half the time of a short answer went into it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(API):
            return self.get_response(request)
        request.get_host()  # refuses a host that is not ours
        # Among its own addresses alone, which begin at the slash that ends the prefix.
        match = request.resolver_match = resolve(request.path_info[len(API) - 1 :], API_URLS)
        response: HttpResponse = match.func(request, *match.args, **match.kwargs)
        if hasattr(response, "render"):
            response = response.render()
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        response.headers.setdefault("X-Frame-Options", settings.X_FRAME_OPTIONS)
        return response


class AnsweringMiddleware:
    """Remember whom a page is for; it stands behind the API, which shows the same to everybody."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with answering(request):
            return self.get_response(request)


class SessionLimitMiddleware:
    """End a session some hours after sign-in, however busy; idle time is Django's cookie age."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Who brings no session is not asked for one: public answers must not vary by cookie.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            now = int(timezone.now().timestamp())
            signed_in_at = request.session.setdefault(SIGNED_IN_AT, now)
            if now - signed_in_at > settings.SESSION_LONGEST_SECONDS:
                logout(request)
        return self.get_response(request)
