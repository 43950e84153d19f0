from __future__ import annotations

from datetime import date, datetime

import pytest
from django.db import connection, models

from domain.bookings.models import Booking, Line
from domain.common.inserts import stored_fields, values_of
from domain.notifications.models import Message
from domain.notifications.rules import MessageKind
from domain.payments.models import Payment
from tests.factories import NOON


@pytest.mark.parametrize(
    "row",
    [
        Booking(number="TT-1", line=Line.DELIVERY, created_at=NOON, pickup_date=date(2026, 5, 4)),
        Message(kind=MessageKind.PAID, created_at=NOON, state="held"),
        Payment(booking_id=1, amount_cents=1, created_at=NOON, received_on=date(2026, 5, 4)),
    ],
    ids=lambda row: type(row).__name__,
)
def test_writes_what_the_fields_would(row: models.Model) -> None:
    for field, value in zip(stored_fields(type(row)), values_of(row), strict=True):
        if not isinstance(field, models.JSONField):
            assert value == field.get_db_prep_save(field.pre_save(row, add=True), connection)


@pytest.mark.filterwarnings("ignore:.*received a naive datetime")
def test_leaves_a_time_without_a_zone_to_its_field() -> None:
    message = Message(created_at=datetime(2026, 5, 4, 12))  # noqa: DTZ001
    (written,) = (
        value
        for field, value in zip(stored_fields(Message), values_of(message), strict=True)
        if field.name == "created_at"
    )
    assert written.tzinfo is not None
