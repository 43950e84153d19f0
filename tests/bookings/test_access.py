"""How the crew gets in, noted after booking."""

from __future__ import annotations

import pytest

from domain.bookings.access import edit_access
from domain.bookings.models import Booking
from domain.common.audit.models import AuditEntry
from domain.common.errors import InvalidInput, NotPermitted, Refused, Stale
from domain.common.workflow import transit
from domain.staff.models import Staff
from tests.factories import NOON, assert_sound, fresh, make_booking

pytestmark = pytest.mark.usefixtures("shop")
CODE = "Door code 1863, freight elevator"


def note(booking: Booking, actor: Staff, **notes: str) -> Booking:
    return edit_access(
        booking_id=booking.pk, notes=notes, seen_version=booking.version, actor=actor, at=NOON
    )


def noted(booking: Booking) -> dict[str, str]:
    return dict(booking.addresses.values_list("kind", "access_notes"))


class TestEditAccess:
    def test_keeps_the_note_beside_its_address(self, clerk: Staff) -> None:
        booking = make_booking()
        note(booking, clerk, pickup=f" {CODE} ", delivery="")
        assert noted(booking) == {"pickup": CODE, "delivery": ""}
        assert_sound()

    def test_tells_the_trail_which_address_and_not_the_code(self, clerk: Staff) -> None:
        booking = make_booking()
        note(booking, clerk, pickup=CODE)
        entry = AuditEntry.objects.get(subject_type="booking", step="edit")
        assert entry.facts == {"fields": ["pickup_access"]}
        assert CODE not in str(vars(entry))

    def test_writes_nothing_where_nothing_changed(self, clerk: Staff) -> None:
        booking = make_booking()
        assert note(booking, clerk, pickup="").version == booking.version
        assert not AuditEntry.objects.filter(subject_type="booking", step="edit").exists()

    def test_refuses_notes_that_are_too_long_or_about_no_address(self, clerk: Staff) -> None:
        booking = make_booking()
        with pytest.raises(InvalidInput) as refused:
            note(booking, clerk, pickup="x" * 301, attic="steep")
        assert set(refused.value.field_errors) == {"pickup", "attic"}

    def test_refuses_an_old_form(self, clerk: Staff) -> None:
        booking = make_booking()
        note(booking, clerk, pickup=CODE)
        with pytest.raises(Stale):
            note(booking, clerk, pickup="ring twice")

    def test_refuses_a_booking_that_is_over(self, clerk: Staff, manager: Staff) -> None:
        booking = make_booking()
        transit(Booking, booking.pk, "cancel", actor=manager, at=NOON, reason="asked to")
        with pytest.raises(Refused, match="nobody needs to get in"):
            note(fresh(booking), clerk, pickup=CODE)

    def test_refuses_who_may_not(self, finance: Staff) -> None:
        with pytest.raises(NotPermitted):
            note(make_booking(), finance, pickup=CODE)
