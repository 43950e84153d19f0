"""The one door: what it asks before a step, and what is written with one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, connection, transaction
from django_fsm import TransitionNotAllowed

from domain.bookings.models import Booking, BookingState
from domain.bookings.operations import assign_booking
from domain.common.actors import System
from domain.common.audit.models import AuditEntry
from domain.common.context import acting
from domain.common.effects import Change, Effect, Preview
from domain.common.errors import DomainError, InvalidInput, NotFound, NotPermitted, Refused, Stale
from domain.common.workflow import Ask, draft, steps_of, transit, why_not
from domain.common.workflow.registry import _causes
from domain.common.workflow.stateful import REGISTERED, Stateful
from domain.ledger.models import Entry
from domain.notifications.models import Message
from domain.payments.models import Refund
from domain.staff.models import Staff
from tests.conftest import triggers_off
from tests.factories import NOON, assert_sound, fresh, make_booking, settled_booking
from tests.jobs import waiting_jobs

pytestmark = pytest.mark.usefixtures("shop")


def cancel(booking: Booking, actor: Staff | System, **named: Any) -> Booking:
    given = {"at": NOON, "reason": "guest asked"} | named
    return transit(Booking, booking.pk, "cancel", actor=actor, **given).subject


def everything() -> tuple[object, ...]:
    """All that a step may write."""
    return (
        *Booking.objects.order_by("pk").values_list("pk", "state", "version"),
        AuditEntry.objects.count(),
        Entry.objects.count(),
        Refund.objects.count(),
        Message.objects.count(),
        waiting_jobs(),
    )


class TestTransit:
    def test_takes_the_step_and_notes_it_once(self, manager: Staff) -> None:
        booking = make_booking()

        with acting(request_id="r-1", client_ip="192.0.2.7"):
            done = transit(
                Booking, booking.pk, "cancel", actor=manager, at=NOON, reason="guest asked"
            )

        assert done.subject.state == fresh(booking).state == BookingState.CANCELLED
        assert done.subject.version == booking.version + 1
        entry = AuditEntry.objects.get(subject_type="booking", step="cancel")
        assert entry == done.entry
        assert (entry.from_state, entry.to_state) == ("pending", "cancelled")
        assert (entry.actor, entry.role, entry.request_id) == (
            manager,
            "operations manager",
            "r-1",
        )
        assert (entry.detail.reason, entry.detail.client_ip) == ("guest asked", "192.0.2.7")
        assert entry.booking_id == booking.pk
        assert_sound()

    def test_refuses_who_lacks_the_right_and_says_who_has_it(self, clerk: Staff) -> None:
        booking = make_booking()
        with pytest.raises(NotPermitted, match="operations manager may"):
            cancel(booking, clerk)
        assert fresh(booking).state == BookingState.PENDING

    def test_refuses_the_system_a_step_for_staff(self) -> None:
        with pytest.raises(NotPermitted, match="is for staff"):
            cancel(make_booking(), System("webhook"))

    def test_refuses_staff_a_step_of_the_system_superusers_too(self, manager: Staff) -> None:
        booking = settled_booking()
        manager.is_superuser = True
        with pytest.raises(NotPermitted, match="by the system by itself"):
            transit(Booking, booking.pk, "mark_paid", actor=manager, at=NOON)

    def test_refuses_somebody_who_left(self, manager: Staff) -> None:
        manager.is_active = False
        with pytest.raises(NotPermitted):
            cancel(make_booking(), manager)

    def test_refuses_a_state_that_has_no_such_step(self, manager: Staff) -> None:
        booking = cancel(make_booking(), manager)
        with pytest.raises(Refused, match="is cancelled") as refusal:
            cancel(booking, manager)
        assert [check.name for check in refusal.value.checks] == ["State"]

    def test_refuses_when_a_condition_fails(self) -> None:
        with pytest.raises(Refused, match="is still due"):
            transit(Booking, make_booking().pk, "mark_paid", actor=System("payment"), at=NOON)

    @pytest.mark.parametrize("reason", ["", "   "])
    def test_needs_a_reason_where_the_step_says_so(self, manager: Staff, reason: str) -> None:
        with pytest.raises(InvalidInput) as refusal:
            cancel(make_booking(), manager, reason=reason)
        assert set(refusal.value.field_errors) == {"reason"}

    def test_refuses_a_stale_form_and_says_what_changed(self, manager: Staff) -> None:
        booking = make_booking()
        assign_booking(booking_id=booking.pk, staff_id=manager.pk, actor=manager, at=NOON)
        with pytest.raises(Stale, match=f"{manager.username}: assign"):
            cancel(booking, manager, seen_version=booking.version)

    def test_refuses_when_its_effects_are_no_longer_those_shown(self, manager: Staff) -> None:
        booking = settled_booking()
        shown = draft([booking], "cancel", actor=manager, at=NOON, reason="guest asked")
        digest = shown.rows[0].digest
        day_before = NOON.replace(month=3, day=23)

        with pytest.raises(Stale, match="has changed since it was shown"):
            cancel(booking, manager, expected=digest, at=day_before)

        later = NOON + timedelta(hours=1)
        assert cancel(booking, manager, expected=digest, at=later).state == "cancelled"

    def test_finds_no_record_that_is_not_there(self, manager: Staff) -> None:
        with pytest.raises(NotFound):
            transit(Booking, 10**9, "cancel", actor=manager, at=NOON, reason="x")

    def test_knows_no_step_that_was_not_declared(self, manager: Staff) -> None:
        with pytest.raises(LookupError):
            transit(Booking, make_booking().pk, "delete", actor=manager, at=NOON)


class Broken(Effect):
    """An effect that writes and then fails."""

    def preview(self) -> Preview:
        return Preview("breaks")

    def apply(self, change: Change) -> None:
        AuditEntry.objects.filter(pk=change.entry_id).get()
        raise RuntimeError("the last effect fails")


@pytest.fixture
def failing_cancel() -> Iterator[None]:
    key = ("booking", "cancel")
    causes = _causes[key]

    def with_failure(booking: Any, ask: Ask) -> Sequence[Effect]:
        return [*causes(booking, ask), Broken()]

    _causes[key] = with_failure
    yield
    _causes[key] = causes


class TestEffects:
    def test_are_written_with_the_step(self, manager: Staff) -> None:
        booking = settled_booking()
        cancel(booking, manager)

        assert Refund.objects.get().booking == booking
        assert Message.objects.filter(kind="cancelled").count() == 1
        assert "domain.notifications.tasks.deliver" in waiting_jobs()

    @pytest.mark.usefixtures("failing_cancel")
    def test_are_undone_with_the_step(self, manager: Staff) -> None:
        booking = settled_booking(at=NOON)
        before = everything()

        with pytest.raises(RuntimeError, match="the last effect"):
            cancel(booking, manager, at=NOON.replace(day=23))

        assert everything() == before
        assert_sound()

    def test_say_in_the_audit_what_they_did_to_money(self, manager: Staff) -> None:
        booking = settled_booking()
        cancel(booking, manager, at=NOON.replace(day=23))

        money = AuditEntry.objects.get(subject_type="booking", step="cancel").money
        half = booking.total_cents // 2
        assert (money["fee_cents"], money["cash_out_cents"]) == (half, half)
        assert money["moves"] == [
            {"debit": "2300", "credit": "4010", "amount_cents": half, "currency": "USD"}
        ]


class TestWhyNot:
    def test_lists_each_condition_with_its_sentence(self, clerk: Staff) -> None:
        booking = make_booking()
        answer = why_not(booking, "cancel", actor=clerk, at=NOON)

        assert not answer.allowed
        assert answer.may_request
        assert answer.open_but_for_right
        assert [(check.name, check.passed) for check in answer.checks] == [
            ("Right", False),
            ("State", True),
        ]
        assert answer.checks[0].who == "operations manager"
        assert answer.sentence() == "You may not cancel bookings; operations manager may."

    def test_gives_the_value_that_failed(self) -> None:
        booking = make_booking()
        answer = why_not(booking, "mark_paid", actor=System("payment"), at=NOON)
        assert answer.sentence() == f"${booking.total_cents / 100:,.2f} is still due."

    def test_changes_nothing(self, manager: Staff) -> None:
        booking, before = settled_booking(), everything()
        before = everything()
        for info in steps_of(Booking):
            why_not(booking, info.name, actor=manager, at=NOON, params={"expires_at": NOON})
        draft([booking], "cancel", actor=manager, at=NOON, reason="x")
        assert everything() == before

    def test_agrees_with_transit_for_every_step_role_and_state(
        self, role: Callable[..., Staff], manager: Staff
    ) -> None:
        people = [role(name) for name in ("customer_service", "admin", "operations_manager")]
        bookings = [make_booking(), settled_booking(), cancel(make_booking(), manager)]
        for booking in bookings:
            for actor in (*people, System("payment")):
                for info in steps_of(Booking):
                    self.compare(booking, info.name, actor)

    def compare(self, booking: Booking, step: str, actor: Staff | System) -> None:
        params = {"expires_at": NOON}
        answer = why_not(booking, step, actor=actor, at=NOON, params=params, reason="why")
        sentence = ""
        with transaction.atomic():
            try:
                transit(
                    Booking, booking.pk, step, actor=actor, at=NOON, params=params, reason="why"
                )
            except DomainError as refusal:
                sentence = str(refusal)
            transaction.set_rollback(True)
        assert sentence == ("" if answer.allowed else str(answer.refusal()))


class TestTheDatabase:
    """Behind the door: raw SQL cannot do what the door would not."""

    @pytest.mark.parametrize("model", REGISTERED.values(), ids=list(REGISTERED))
    def test_knows_every_machine(self, model: type[Stateful]) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass"
                " AND tgname LIKE 'pgtrigger_state_machine%%' AND tgenabled = 'O'",
                [f'"{model._meta.db_table}"'],
            )
            assert cursor.fetchone() == (1,)

    def test_refuses_every_pair_of_states_that_is_no_step(self) -> None:
        allowed = {(source, info.target) for info in steps_of(Booking) for source in info.sources}
        for source in BookingState.values:
            for target in BookingState.values:
                if source == target:
                    continue
                assert self.accepts(source, target) is ((source, target) in allowed), (
                    source,
                    target,
                )

    def accepts(self, source: str, target: str) -> bool:
        """Put a booking into a state with the triggers off, then try to move it by SQL."""
        booking = make_booking()
        move = Booking.objects.filter(pk=booking.pk).update
        with triggers_off():
            move(state=source)
        try:
            with transaction.atomic():
                move(state=target)
        except ProgrammingError as refusal:
            return "Invalid transition" not in str(refusal)
        return True

    def test_refuses_a_state_that_does_not_exist(self) -> None:
        booking = make_booking()
        with pytest.raises((IntegrityError, ProgrammingError)), transaction.atomic():
            Booking.objects.filter(pk=booking.pk).update(state="gone")

    def test_python_refuses_an_assigned_state(self) -> None:
        booking = make_booking()
        with pytest.raises(AttributeError):
            booking.state = BookingState.PAID
        with pytest.raises(TransitionNotAllowed):
            booking.complete(Ask(System("x"), NOON))
