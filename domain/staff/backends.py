"""Sign in with the user name or the e-mail address."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest

from domain.staff.models import Staff


class NameOrEmailBackend(ModelBackend):
    def authenticate(
        self,
        request: HttpRequest | None,
        username: str | None = None,
        password: str | None = None,
        **kwargs: Any,
    ) -> Staff | None:
        if not username or password is None:
            return None
        person = (
            Staff.objects.filter(email__iexact=username).first()
            if "@" in username
            else Staff.objects.filter(username=username).first()
        )
        if person is None:
            # Hash all the same, so that a wrong name takes as long as a wrong password.
            Staff().set_password(password)
            return None
        if person.check_password(password) and self.user_can_authenticate(person):
            return person
        return None
