from __future__ import annotations

from random import sample
from statistics import median
from time import process_time
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.bookings.operations import Care, edit_care
from domain.staff.roles import Role
from tests.api.conftest import Api
from tests.api.test_payments import changed, confirm, without_time


def path(booked: dict[str, Any]) -> str:
    return f"/public/booking-status/{booked['booking']['booking_number']}/"


@pytest.mark.django_db
class TestBookingStatus:
    def test_is_never_kept(self, api: Api, booked: dict[str, Any]) -> None:
        token = booked["booking"]["access_token"]
        assert api.get(f"{path(booked)}?token={token}")["Cache-Control"] == "no-store"
        assert api.get(path(booked))["Cache-Control"] == "no-store"

    def test_tells_what_was_paid(self, api: Api, booked: dict[str, Any], stripe: Sandbox) -> None:
        stripe.pay(booked["payment"]["payment_intent_id"])
        confirm(api, booked)
        told = api.get(
            path(booked), **{"X-Booking-Token": booked["booking"]["access_token"]}
        ).json()
        assert told["amount_paid_cents"] == told["total_price_cents"]
        assert told["status_label"] == "Confirmed"
        assert [each["status"] for each in told["payments"]] == ["succeeded"]
        assert [each["label"] for each in told["timeline"]] == [
            "Booking received",
            "Payment received",
            "Booking confirmed",
        ]

    def test_tells_nothing_of_the_house(self, api: Api, booked: dict[str, Any], role: Any) -> None:
        booking = Booking.objects.get()
        care = Care("Difficult guest", None, "")
        manager = role(Role.OPERATIONS_MANAGER, username="margaret")
        edit_care(
            booking_id=booking.pk,
            care=care,
            seen_version=booking.version,
            actor=manager,
            at=timezone.now(),
        )
        token = booked["booking"]["access_token"]
        told = api.get(f"{path(booked)}?token={token}").content.decode()
        for secret in ("Difficult", "margaret", "ada@example.com", "Lovelace", "200 W 57th"):
            assert secret not in told
        assert '"id"' not in told
        assert [
            each["label"] for each in api.get(f"{path(booked)}?token={token}").json()["timeline"]
        ]

    def test_gives_one_answer_to_whoever_holds_no_token(
        self, api: Api, booked: dict[str, Any]
    ) -> None:
        token = booked["booking"]["access_token"]
        told = {
            without_time(answer)
            for answer in (
                api.get(path(booked)),
                api.get(f"{path(booked)}?token="),
                api.get(f"{path(booked)}?token={changed(token)}"),
                api.get(f"{path(booked)}?token={token}x"),
                api.get(f"{path(booked)}?token=%00%ff%f0"),
                api.get(f"/public/booking-status/TT-999999/?token={token}"),
                api.get(f"/public/booking-status/{'9' * 300}/?token={token}"),
                api.get(f"/public/booking-status/%00/?token={token}"),
                api.get(f"/public/booking-status/TT-%E0%A4%A8/?token={token}"),
                api.get(path(booked), **{"X-Booking-Token": "nope"}),
            )
        }
        assert len(told) == 1
        assert next(iter(told))[0] == 404

    def test_does_the_same_work_for_wrong_and_for_unknown(
        self, api: Api, booked: dict[str, Any]
    ) -> None:
        unknown = "/public/booking-status/TT-999999/?token=x"
        wrong = f"{path(booked)}?token=x"

        def queries(asked: str) -> list[str]:
            with CaptureQueriesContext(connection) as seen:
                api.get(asked)
            number = asked.split("/")[3]
            return [each["sql"].replace(number, "") for each in seen]

        assert queries(unknown) == queries(wrong) == queries(path(booked))
        assert len(queries(wrong)) == 1

    @pytest.mark.torture
    def test_takes_the_same_time_for_wrong_and_for_unknown(
        self, api: Api, booked: dict[str, Any]
    ) -> None:
        wrong = f"/api{path(booked)}?token=x"
        unknown = "/api/public/booking-status/TT-999999/?token=x"
        # Of the processor, since the machine may be busy with other things.
        for _ in range(3):
            times: dict[str, list[float]] = {wrong: [], unknown: []}
            for _ in range(200):
                for asked in sample([wrong, unknown], 2):
                    begin = process_time()
                    api.client.get(asked)
                    times[asked].append(process_time() - begin)
            ratio = median(times[wrong]) / median(times[unknown])
            if 0.95 <= ratio <= 1.05:
                return
        pytest.fail(f"A wrong token takes {ratio:.2f} times as long as an unknown number.")

    def test_finds_nothing_by_guessing(self, api: Api, booked: dict[str, Any]) -> None:
        statuses = {
            api.client.get(f"/api/public/booking-status/TT-{number:06d}/?token=x").status_code
            for number in range(1_000, 1_100)
        }
        assert statuses == {404}
