from __future__ import annotations

from datetime import date

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction

from domain.bookings.models import Booking, BookingLine
from domain.bookings.operations import Care, amend_booking, assign_booking, edit_care
from domain.bookings.queries import due_cents
from domain.bookings.search import find_bookings
from domain.bookings.tokens import access_token, booking_for_token, booking_pk, public_id
from domain.common.audit.models import AuditEntry
from domain.common.errors import InvalidInput, NotPermitted, Refused, Stale
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    assert_sound,
    cancelled,
    fresh,
    make_booking,
    settled_booking,
)

pytestmark = pytest.mark.usefixtures("shop")
CARE = Care("call before noon", date(2027, 3, 20), "ring twice")


def amend(booking: Booking, actor: Staff, cents: int = 5_000, **changes: object) -> Booking:
    asked = {
        "booking_id": booking.pk,
        "label": "Piano",
        "amount_cents": cents,
        "reason": "there was a piano",
        "seen_version": booking.version,
        "actor": actor,
        "at": NOON,
    } | changes
    return amend_booking(**asked)  # type: ignore[arg-type]


class TestAmending:
    def test_adds_a_line_and_leaves_what_was_sold(self, clerk: Staff) -> None:
        booking = make_booking()
        sold = list(booking.lines.values())

        amended = amend(booking, clerk)

        assert amended.total_cents == booking.total_cents + 5_000 == due_cents(amended)
        assert list(booking.lines.values())[: len(sold)] == sold
        line = booking.lines.last()
        assert (line.kind, line.actor, line.reason) == ("amendment", clerk, "there was a piano")
        assert AuditEntry.objects.get(step="amend").facts == {"amount_cents": 5_000}
        assert_sound()

    def test_makes_a_paid_booking_owe_the_difference(self, clerk: Staff) -> None:
        booking = settled_booking()
        amended = amend(booking, clerk)
        assert (amended.state, due_cents(amended)) == ("paid", 5_000)

    def test_gives_a_rebate(self, clerk: Staff) -> None:
        booking = make_booking()
        assert amend(booking, clerk, -2_000).total_cents == booking.total_cents - 2_000

    def test_never_goes_below_zero(self, clerk: Staff) -> None:
        booking = make_booking()
        with pytest.raises(Refused, match="below zero"):
            amend(booking, clerk, -booking.total_cents - 1)

    def test_is_over_once_the_booking_is(self, clerk: Staff, manager: Staff) -> None:
        with pytest.raises(Refused, match="its price is final"):
            amend(cancelled(make_booking(), manager), clerk)

    def test_names_every_problem(self, clerk: Staff) -> None:
        with pytest.raises(InvalidInput) as refusal:
            amend(make_booking(), clerk, 0, label=" ", reason="")
        assert set(refusal.value.field_errors) == {"label", "reason", "amount"}

    def test_refuses_a_stale_form(self, clerk: Staff) -> None:
        booking = make_booking()
        amend(booking, clerk)
        with pytest.raises(Stale):
            amend(booking, clerk)
        assert booking.lines.filter(kind="amendment").count() == 1

    def test_needs_the_right(self, finance: Staff) -> None:
        with pytest.raises(NotPermitted):
            amend(make_booking(), finance)


class TestCare:
    def test_is_kept_with_the_names_of_what_changed(self, clerk: Staff) -> None:
        booking = make_booking()
        edited = edit_care(
            booking_id=booking.pk, care=CARE, seen_version=booking.version, actor=clerk, at=NOON
        )
        assert (edited.internal_notes, edited.follow_up_on) == (
            CARE.internal_notes,
            CARE.follow_up_on,
        )
        facts = AuditEntry.objects.get(step="edit").facts
        assert set(facts["fields"]) == set(Care.__slots__)
        assert "noon" not in str(facts)

    def test_that_is_the_same_writes_nothing(self, clerk: Staff) -> None:
        booking = make_booking()
        same = Care("", None, "")
        for _ in range(2):
            edit_care(
                booking_id=booking.pk, care=same, seen_version=booking.version, actor=clerk, at=NOON
            )
        assert not AuditEntry.objects.filter(step="edit").exists()

    def test_refuses_a_stale_form(self, clerk: Staff) -> None:
        booking = make_booking()
        with pytest.raises(Stale):
            edit_care(booking_id=booking.pk, care=CARE, seen_version=0, actor=clerk, at=NOON)

    def test_has_an_end(self, clerk: Staff) -> None:
        booking = make_booking()
        long = Care("x" * 5_001, None, "")
        with pytest.raises(InvalidInput):
            edit_care(
                booking_id=booking.pk, care=long, seen_version=booking.version, actor=clerk, at=NOON
            )


class TestAssigning:
    def test_names_a_colleague_or_nobody(self, clerk: Staff, manager: Staff) -> None:
        booking = make_booking()
        for person in (clerk, clerk, None):
            assign_booking(
                booking_id=booking.pk,
                staff_id=person.pk if person else None,
                actor=manager,
                at=NOON,
            )
        assert fresh(booking).assigned_to is None
        assert AuditEntry.objects.filter(step="assign").count() == 2

    def test_refuses_who_left(self, clerk: Staff, manager: Staff) -> None:
        Staff.objects.filter(pk=clerk.pk).update(is_active=False)
        with pytest.raises(InvalidInput):
            assign_booking(booking_id=make_booking().pk, staff_id=clerk.pk, actor=manager, at=NOON)


class TestWhatWasSold:
    @pytest.mark.parametrize(
        "sql",
        [
            "UPDATE domain_bookingline SET amount_cents = 1",
            "DELETE FROM domain_bookingline",
            "TRUNCATE domain_bookingline CASCADE",
        ],
    )
    def test_is_never_changed(self, sql: str) -> None:
        make_booking()
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        with (
            pytest.raises(ProgrammingError, match="pgtrigger"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(sql)

    def test_is_amended_only_by_somebody_with_a_reason(self, clerk: Staff) -> None:
        line = make_booking().lines.first()
        for changes in ({"actor": None, "reason": "x"}, {"actor": clerk, "reason": ""}):
            with pytest.raises(IntegrityError), transaction.atomic():
                BookingLine.objects.create(
                    booking=line.booking,
                    position=99,
                    kind="amendment",
                    code="amendment",
                    label="x",
                    unit_amount_cents=1,
                    amount_cents=1,
                    at=NOON,
                    **changes,
                )


class TestTheGuestsKey:
    def test_opens_one_booking_only(self) -> None:
        mine, other = make_booking(), make_booking()
        assert booking_for_token(mine, access_token(mine)) == mine
        assert booking_for_token(other, access_token(mine)) is None
        assert booking_for_token(None, access_token(mine)) is None
        assert booking_for_token(mine, "") is None
        assert len(access_token(mine)) >= 43

    def test_stands_in_no_table(self) -> None:
        booking = make_booking()
        assert access_token(booking) not in str(Booking.objects.filter(pk=booking.pk).values())

    def test_public_id_leads_back(self) -> None:
        booking = make_booking()
        assert booking_pk(public_id(booking)) == booking.pk


class TestFinding:
    @pytest.mark.parametrize(
        "text",
        [
            "ada",
            "lovelace",
            "Ada Love",
            "ada@example.com",
            "(212) 555-0100",
            "0100",
            "LOVELACE ada",
        ],
    )
    def test_finds_by_what_people_know(self, text: str) -> None:
        booking = make_booking()
        assert list(find_bookings(Booking.objects.all(), text)) == [booking]

    def test_finds_by_number_however_it_is_written(self) -> None:
        booking = make_booking()
        make_booking()
        digits = booking.number[3:]
        for text in (booking.number, booking.number.lower(), digits, digits.lstrip("0")):
            assert list(find_bookings(Booking.objects.all(), text)) == [booking]

    @pytest.mark.parametrize("text", ["nobody", "TT-999999", "'; DROP TABLE", "& | !", "\\", "%"])
    def test_minds_no_odd_text(self, text: str) -> None:
        make_booking()
        assert find_bookings(Booking.objects.all(), text).count() in {0, 1}
