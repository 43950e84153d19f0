from __future__ import annotations

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

from backoffice.errors import API
from backoffice.middleware import API_URLS

urlpatterns: list[URLPattern | URLResolver] = [
    path("", RedirectView.as_view(pattern_name="admin:index")),
    path("admin/", admin.site.urls),
    path(API.removeprefix("/"), include(API_URLS)),
]

# JSON under /api/, pages of ours elsewhere.
handler400 = "api.handlers.bad_request"
handler403 = "backoffice.errors.forbidden"
handler404 = "backoffice.errors.not_found"
handler500 = "backoffice.errors.failed"
