from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from api.throttles import neighbourhood
from domain.common.rate_limits import count_call
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
class TestCountCall:
    def test_counts_from_the_first_call_for_so_long(self) -> None:
        seen = [
            count_call(key="k", seconds=60, at=NOON + timedelta(seconds=after))
            for after in (0, 10, 59)
        ]
        assert [each.count for each in seen] == [1, 2, 3]
        assert [each.seconds_left for each in seen] == [60, 50, 1]
        assert count_call(key="k", seconds=60, at=NOON + timedelta(seconds=60)).count == 1

    def test_counts_each_key_by_itself(self) -> None:
        count_call(key="a", seconds=60, at=NOON)
        assert count_call(key="b", seconds=60, at=NOON).count == 1


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
