from __future__ import annotations

import pytest
from django.test import RequestFactory
from pytest_django import Settings

from backoffice.client_address import client_ip, lockout_name


def seen(forwarded: str | None, *, proxies: int, settings: Settings) -> str:
    settings.TRUSTED_PROXIES = proxies
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    return client_ip(RequestFactory().get("/", REMOTE_ADDR="10.0.0.9", **headers))


class TestClientIp:
    @pytest.mark.parametrize(
        ("forwarded", "proxies", "expected"),
        [
            (None, 0, "10.0.0.9"),
            ("1.2.3.4", 0, "10.0.0.9"),
            ("203.0.113.7", 1, "203.0.113.7"),
            ("1.2.3.4, 203.0.113.7", 1, "203.0.113.7"),
            ("1.2.3.4, 203.0.113.7, 10.0.0.1", 2, "203.0.113.7"),
            ("203.0.113.7", 2, "10.0.0.9"),
            ("not an address", 1, "10.0.0.9"),
            (None, 1, "10.0.0.9"),
            ("2001:db8:0:0::1", 1, "2001:db8::1"),
        ],
    )
    def test_believes_only_our_own_proxies(
        self, settings: Settings, forwarded: str | None, proxies: int, expected: str
    ) -> None:
        assert seen(forwarded, proxies=proxies, settings=settings) == expected


class TestLockoutName:
    def test_takes_spellings_of_one_name_together(self) -> None:
        request = RequestFactory().post("/", {"username": " Ada "})
        assert lockout_name(request) == lockout_name(None, {"username": "ADA"}) == "ada"

    def test_is_empty_without_a_name(self) -> None:
        assert lockout_name(None) == ""
