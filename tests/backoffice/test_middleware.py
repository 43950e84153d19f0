from __future__ import annotations

import time

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from backoffice.middleware import SIGNED_IN_AT
from domain.staff.models import Staff
from domain.staff.roles import Role


@pytest.fixture
def person(role: object) -> Staff:
    return role(Role.ADMIN)  # type: ignore[operator, no-any-return]


@pytest.mark.django_db
class TestRequestContext:
    def test_answers_with_an_id_of_ours(self, client: Client) -> None:
        first, second = (
            client.get(reverse("admin:login"), headers={"X-Request-ID": "forged"})["X-Request-ID"]
            for _ in range(2)
        )
        assert first
        assert len({first, second, "forged"}) == 3


@pytest.mark.django_db
class TestSecurityHeaders:
    def test_allow_no_inline_script_and_no_frame(self, client: Client) -> None:
        response = client.get(reverse("admin:login"))
        policy = dict(
            part.strip().split(" ", 1) for part in response["Content-Security-Policy"].split(";")
        )
        assert policy["script-src"] == "'self' 'unsafe-eval'"
        assert policy["frame-ancestors"] == "'none'"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
        assert response["Cross-Origin-Opener-Policy"] == "same-origin"
        assert response["X-Frame-Options"] == "DENY"

    def test_keep_the_admin_out_of_every_cache(self, client: Client) -> None:
        assert client.get(reverse("admin:login"))["Cache-Control"] == "no-store"


class TestSessionLimit:
    def test_keeps_a_fresh_session(self, client: Client, person: Staff) -> None:
        client.force_login(person)
        assert client.get(reverse("admin:index")).status_code == 200

    def test_ends_a_session_after_its_longest_time(
        self, client: Client, person: Staff, settings: Settings
    ) -> None:
        client.force_login(person)
        client.get(reverse("admin:index"))
        session = client.session
        session[SIGNED_IN_AT] = int(time.time()) - settings.SESSION_LONGEST_SECONDS - 1
        session.save()
        assert client.get(reverse("admin:index")).status_code == 302
        assert "_auth_user_id" not in client.session


@pytest.mark.django_db
class TestLockOut:
    def sign_in(self, client: Client, name: str, password: str, forwarded: str = "") -> int:
        return client.post(
            reverse("admin:login"),
            {"username": name, "password": password},
            headers={"X-Forwarded-For": forwarded} if forwarded else {},
        ).status_code

    def test_locks_after_five_failures_whatever_the_header_says(
        self, client: Client, person: Staff
    ) -> None:
        for attempt in range(5):
            self.sign_in(client, person.username, "wrong", forwarded=f"198.51.100.{attempt}")
        assert self.sign_in(client, person.username.upper(), "a-long-test-password") == 429

    def test_lets_others_in_meanwhile(self, client: Client, person: Staff) -> None:
        for _ in range(6):
            self.sign_in(client, "somebody", "wrong")
        assert self.sign_in(client, person.username, "a-long-test-password") == 302


@pytest.mark.django_db
class TestApi:
    """Its requests pass by sessions, forms and messages."""

    def test_answers_with_the_headers_that_protect_pages(self, client: Client) -> None:
        response = client.get("/api/public/services/")
        assert response.status_code == 200
        assert response["Content-Length"] == str(len(response.content))
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["X-Request-ID"]
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")

    def test_reads_no_session(self, client: Client, person: Staff) -> None:
        client.force_login(person)
        response = client.get("/api/public/services/")
        assert response.status_code == 200
        assert not response.cookies

    def test_refuses_a_host_that_is_not_ours(self, client: Client) -> None:
        response = client.get("/api/public/services/", headers={"Host": "evil.example"})
        assert response.status_code == 400

    def test_says_in_json_that_nothing_is_there(self, client: Client) -> None:
        response = client.get("/api/nothing")
        assert response.status_code == 404
        assert response.json()["error_code"] == "not_found"
