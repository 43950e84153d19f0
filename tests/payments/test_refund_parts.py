from __future__ import annotations

import pytest
from django.db import ProgrammingError, connection, transaction

from domain.ledger.queries import balance
from domain.payments.models import Payment, Refund
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    approved_refund,
    ask_refund,
    assert_sound,
    cancelled,
    fresh,
    settled_booking,
)
from tests.payments.steps import completed, step

pytestmark = pytest.mark.usefixtures("shop")


class TestParts:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE domain_refundpart SET amount_cents = 1",
            "DELETE FROM domain_refundpart",
            "TRUNCATE domain_refundpart",
        ],
    )
    def test_are_never_changed(self, payment: Payment, clerk: Staff, sql: str) -> None:
        ask_refund(payment, clerk)
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            with pytest.raises(ProgrammingError, match="pgtrigger"), transaction.atomic():
                cursor.execute(sql)


class TestTheFeeOfACancellation:
    def test_that_is_given_back_after_all_is_no_fee_any_more(
        self, clerk: Staff, finance: Staff, manager: Staff
    ) -> None:
        booking = settled_booking()
        cancelled(booking, manager, at=NOON.replace(day=23))
        refund = Refund.objects.get()
        step(refund, "approve", finance)
        completed(fresh(refund))
        fee = balance("4010", "USD")
        assert fee == booking.total_cents - refund.amount_cents

        payment = Payment.objects.get()
        goodwill = approved_refund(payment, asked_by=clerk, approved_by=finance, amount_cents=fee)
        completed(goodwill)

        assert balance("4010", "USD") == 0
        assert balance("2300", "USD", booking_id=booking.pk) == 0
        assert_sound()
