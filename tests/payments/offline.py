"""Money that comes without Stripe."""

from __future__ import annotations

from datetime import date

from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.payments.models import Payment
from domain.payments.operations.payments import record_offline_payment
from domain.staff.models import Staff
from tests.factories import NOON


def recorded(booking: Booking, recorder: Staff, **changes: object) -> Payment:
    told = {
        "booking_id": booking.pk,
        "method": "bank_transfer",
        "amount_cents": booking.total_cents,
        "reference": "TRN 77",
        "received_on": date(2027, 3, 1),
        "evidence": "bank statement of 1 March",
        "actor": recorder,
        "at": NOON,
    } | changes
    return record_offline_payment(**told)  # type: ignore[arg-type]


def approved(payment: Payment, approver: Staff) -> Payment:
    return transit(Payment, payment.pk, "approve", actor=approver, at=NOON).subject


def offline_payment(
    booking: Booking, *, recorder: Staff, approver: Staff, **changes: object
) -> Payment:
    return approved(recorded(booking, recorder, **changes), approver)
