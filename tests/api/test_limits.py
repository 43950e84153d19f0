from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from api.throttles import neighbourhood
from domain.common.rate_limits import allow_call
from tests.api.conftest import Api

NOON = datetime(2027, 6, 16, 12, tzinfo=UTC)


@pytest.mark.django_db
class TestRateLimits:
    @pytest.mark.parametrize(
        ("method", "path", "limit"),
        [
            ("post", "/public/guest-booking/", 3),
            ("get", "/public/booking-status/TT-000001/", 10),
            ("post", "/payments/create-intent/", 10),
            ("post", "/payments/confirm/", 10),
            ("post", "/public/pricing-preview/", 100),
            ("get", "/public/nothing/", 100),
        ],
    )
    def test_are_those_of_the_contract(
        self, api: Api, limits: dict[str, int], method: str, path: str, limit: int
    ) -> None:
        def knock() -> Any:
            return api.post(path, {}) if method == "post" else api.get(path)

        assert {knock().status_code for _ in range(limit)} <= {400, 404}
        refused = knock()
        assert refused.status_code == 429
        assert refused.json()["error_code"] == "rate_limited"
        assert 1 <= int(refused["Retry-After"]) <= 60

    def test_are_counted_for_each_address(self, limits: dict[str, int]) -> None:
        path = "/api/public/booking-status/TT-000001/"
        mine = Client(REMOTE_ADDR="203.0.113.1")
        assert [mine.get(path).status_code for _ in range(11)][-1] == 429
        assert Client(REMOTE_ADDR="203.0.113.2").get(path).status_code == 404

    def test_do_not_believe_a_forged_header(self, limits: dict[str, int]) -> None:
        path = "/api/public/booking-status/TT-000001/"
        statuses = [
            Client().get(path, headers={"X-Forwarded-For": f"198.51.100.{n}"}).status_code
            for n in range(11)
        ]
        assert statuses[-1] == 429

    def test_count_by_a_trusted_proxy_when_there_is_one(
        self, limits: dict[str, int], settings: Settings
    ) -> None:
        settings.TRUSTED_PROXIES = 1
        path = "/api/public/booking-status/TT-000001/"
        statuses = [
            Client()
            .get(path, headers={"X-Forwarded-For": f"6.6.6.{n}, 198.51.100.{n}"})
            .status_code
            for n in range(11)
        ]
        assert set(statuses) == {404}

    def test_spare_health_and_webhooks(self, api: Api, limits: dict[str, int]) -> None:
        limits["other"] = 1
        for _ in range(5):
            assert api.get("/health/live/").status_code == 200
            assert api.post("/webhooks/stripe/", {}).status_code == 400


@pytest.mark.django_db
class TestAllowCall:
    def test_counts_from_the_first_call_for_so_long(self) -> None:
        def call(after: int) -> tuple[bool, int]:
            verdict = allow_call(key="k", limit=3, seconds=60, at=NOON + timedelta(seconds=after))
            return verdict.allowed, verdict.seconds_left

        assert [call(after) for after in (0, 10, 58)] == [(True, 60), (True, 50), (True, 2)]
        assert call(59) == (False, 1)
        assert call(60) == (True, 60)

    def test_counts_each_key_by_itself(self) -> None:
        allow_call(key="a", limit=1, seconds=60, at=NOON)
        assert allow_call(key="b", limit=1, seconds=60, at=NOON).allowed

    def test_asks_seldom_and_admits_exactly_for_a_high_limit(self) -> None:
        with CaptureQueriesContext(connection) as queries:
            verdicts = [
                allow_call(key="k", limit=1_000, seconds=60, at=NOON).allowed for _ in range(1_100)
            ]
        assert verdicts == [True] * 1_000 + [False] * 100
        assert len(queries) == 200

    def test_starts_a_share_anew_when_its_time_is_over(self) -> None:
        later = NOON + timedelta(seconds=60)
        for at in (NOON, later):
            verdicts = [
                allow_call(key="k", limit=200, seconds=60, at=at).allowed for _ in range(201)
            ]
            assert verdicts.count(True) == 200


class TestNeighbourhood:
    @pytest.mark.parametrize(
        ("address", "counted_as"),
        [
            ("203.0.113.7", "203.0.113.7"),
            ("::ffff:203.0.113.7", "203.0.113.7"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2:ffff::1", "2001:db8:1:2::"),
            ("", "unknown"),
        ],
    )
    def test_counts_by_the_customer(self, address: str, counted_as: str) -> None:
        assert neighbourhood(address) == counted_as
