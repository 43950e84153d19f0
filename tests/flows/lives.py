"""Lives of members and bookings, lived by the operations that make them, up to an entry."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.flows.instalments import request_waiver
from domain.ledger.models import Entry
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg
from domain.network.models import Member
from domain.payments.models import Payment
from domain.payments.operations.payments import record_offline_payment
from tests.factories import POLL
from tests.network.earners import chain, post_run, price_pairs, two_people
from tests.network.factory import placed
from tests.payouts.factory import Office
from tests.vectors import Case
from tests.vehicles.factory import NOON, TODAY, again, make_order, on_emi, pay, rows

DAY = timedelta(days=1)
INDIA = ZoneInfo("Asia/Kolkata")
# Of this price a plan of 24 months has instalments of 4,999; one waived leaves 1,20,000.
CITY_TWO, OF_24 = "EV-CITY-2", 4_999_00
type Moved = dict[tuple[str, int | None], tuple[int, int]]


class Lived:
    """The entries a case ended with, and who its members and bookings are here."""

    def __init__(self, *keys: str, **named: int) -> None:
        self.keys, self.named = keys, named

    def moved(self) -> Moved:
        """Debits and credits of each account in these entries."""
        entries = Entry.objects.filter(key__in=self.keys)
        assert entries.count() == len(self.keys)
        found: dict[tuple[str, int | None], list[int]] = {}
        for entry in entries:
            for row in entry.transfers.select_related("debit", "credit"):
                for side, account in enumerate((row.debit, row.credit)):
                    whose = (account.code, account.customer_id or account.booking_id)
                    found.setdefault(whose, [0, 0])[side] += row.amount_cents
        return {whose: (sides[0], sides[1]) for whose, sides in found.items()}

    def expected(self, case: Case) -> Moved:
        told: Moved = {}
        for text, debit, credit in case.input["lines"]:
            name, _, whose = text.partition(":")
            told[name.split()[0], self.named[whose] if whose else None] = (debit, credit)
        return told


class Life:
    def __init__(self) -> None:
        self.office, self.people = Office(), two_people()

    def rules(self, **values: int | str) -> None:
        price_pairs(self.people, **values)

    def spend(self, member: Member, cents: int) -> None:
        legs = [Leg(AccountRef("2000", customer_id=member.pk), AccountRef("1000"), cents)]
        self._by_hand(member, legs)

    def _by_hand(self, member: Member, legs: list[Leg]) -> None:
        key = f"test:{member.pk}:{legs[0]}"
        more = {"currency": "INR", "effective_on": TODAY, "actor": POLL, "at": NOON}
        post(key=key[:100], event="test", legs=legs, **more)  # type: ignore[arg-type]

    def pairs(self, count: int) -> Member:
        """A member whose last pair was paid by a run of its own."""
        top = placed(name="M1")
        for some in filter(None, (count - 1, 1)):
            chain(top, "L", some), chain(top, "R", some)
            post_run(self.people)
        return top

    def delivered(self, booking: Booking) -> Booking:
        return transit(Booking, booking.pk, "deliver", actor=self.office.manager, at=NOON).subject

    def at_due(self, booking: Booking) -> datetime:
        """Noon of the day on which the first instalment is due."""
        return datetime.combine(rows(booking)[0].due_on, time(12), INDIA)

    def sold(self) -> Booking:
        """A vehicle of 1,20,000 of which 7,000 is paid."""
        booking = on_emi(vehicle_sku=CITY_TWO, months=24)
        pay(booking, 5_000_00)
        each = next(row for row in rows(booking) if row.amount_cents == OF_24)
        asked = {"instalment_id": each.pk, "reason": "goodwill", "at": NOON}
        waiver = request_waiver(**asked, actor=self.office.finance)  # type: ignore[arg-type]
        transit(type(waiver), waiver.pk, "approve", actor=self.office.manager, at=NOON)
        pay(again(booking), 2_000_00)
        return self.delivered(again(booking))

    def offline(self, booking: Booking, cents: int) -> Payment:
        return record_offline_payment(
            booking_id=booking.pk,
            method="bank_transfer",
            amount_cents=cents,
            reference=f"TRN {booking.pk}",
            received_on=TODAY,
            evidence="bank statement",
            actor=self.office.finance,
            at=NOON,
        )


def with_due(member: Member, cents: int) -> Booking:
    """A vehicle on twelve instalments of exactly this much; its first payment confirms it."""
    asked = {"vehicle_sku": CITY_TWO, "payment_option": "emi", "emi_months": 12}
    first = 1_24_999_00 - 12 * cents
    booking = make_order(customer_id=member.pk, booking_amount_cents=first, **asked)
    pay(booking, first)
    assert {row.amount_cents for row in rows(booking)} == {cents}
    return again(booking)
