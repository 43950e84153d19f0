"""The permission matrix, and the page on which somebody sets their own password."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.contrib.auth import password_validation
from django.contrib.auth.tokens import default_token_generator
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.http import urlsafe_base64_decode
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters

from backoffice.access import person
from backoffice.admin.page import page
from backoffice.admin.plain_forms import PlainForm
from domain.flows.staffing import set_password
from domain.staff.matrix import matrix_rows
from domain.staff.models import Staff
from domain.staff.roles import Role


class PasswordForm(PlainForm):
    password = forms.CharField(
        label="New password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 12 characters; a sentence you remember is fine.",
    )
    again = forms.CharField(
        label="Once more",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    wide = ("password", "again")

    def __init__(self, staff: Staff, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.staff = staff

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        password_validation.validate_password(password, self.staff)
        return password

    def clean(self) -> None:
        if "password" in self.cleaned_data and self.cleaned_data["password"] != (
            self.cleaned_data.get("again")
        ):
            self.add_error("again", ValidationError("The two are not the same."))


def pages(site: AdminSite) -> list[URLPattern]:
    def set_own(request: HttpRequest, uid: str, token: str) -> HttpResponse:
        return password_page(request, site, uid, token)

    guarded = sensitive_post_parameters()(never_cache(csrf_protect(set_own)))
    return [
        path("access/", site.admin_view(access_page), name="access"),
        # For those who cannot sign in yet: the link is the right.
        path("set-password/<str:uid>/<str:token>/", guarded, name="set_password"),
    ]


def access_page(request: HttpRequest) -> HttpResponse:
    """Roles by rights, from the one table; everybody may read it."""
    mine = person(request).groups.values_list("name", flat=True)
    return page(
        request,
        "backoffice/staff/matrix.html",
        "Who may do what",
        roles=[(role.label, role.value in set(mine)) for role in Role],
        rows=matrix_rows(),
    )


def password_page(request: HttpRequest, site: AdminSite, uid: str, token: str) -> HttpResponse:
    staff = _staff_of(uid, token)
    context = {**site.each_context(request), "title": "Set your password", "staff": staff}
    if staff is None:
        return render(request, "backoffice/staff/set_password.html", context, status=410)
    form = PasswordForm(staff, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        set_password(
            staff_id=staff.pk,
            password=form.cleaned_data["password"],
            actor=staff,
            at=timezone.now(),
        )
        messages.success(request, "Your password is set. Sign in with it.")
        return HttpResponseRedirect(reverse("admin:login"))
    return render(request, "backoffice/staff/set_password.html", {**context, "form": form})


def _staff_of(uid: str, token: str) -> Staff | None:
    """Whose link it is; None when it was used, is too old or never was."""
    try:
        key = int(urlsafe_base64_decode(uid))
    except (ValueError, OverflowError):
        return None
    staff = Staff.objects.filter(pk=min(key, 2**62), is_active=True).first()
    return staff if staff and default_token_generator.check_token(staff, token) else None
