from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from domain.bookings.models import Booking, BookingState
from domain.bookings.operations import assign_booking
from domain.common.audit.models import AuditEntry
from domain.common.errors import InvalidInput, NotPermitted, Refused, Stale
from domain.common.workflow import plans
from domain.common.workflow.models import Outcome, Plan, PlanState
from domain.common.workflow.plans import (
    deny_plan,
    execute_plan,
    prepare_plan,
    request_plan,
    run_rows,
    undo_plan,
    withdraw_plan,
)
from domain.notifications.models import Message
from domain.notifications.tasks import deliver
from domain.payments.models import Refund
from domain.staff.models import Staff
from tests.factories import (
    NOON,
    assert_sound,
    cancelled,
    expired_booking,
    fresh,
    held_message,
    make_booking,
    settled_booking,
)
from tests.jobs import run_jobs, waiting_jobs

pytestmark = pytest.mark.usefixtures("shop")


def prepare(bookings: list[Booking], actor: Staff, step: str = "cancel") -> Plan:
    return prepare_plan(
        model=Booking,
        subject_ids=[booking.pk for booking in bookings],
        step=step,
        actor=actor,
        at=NOON,
        reason="storm",
    )


def execute(plan: Plan, actor: Staff, *, hold_messages: bool = False) -> Plan:
    return execute_plan(
        plan_id=plan.pk, digest=plan.digest, actor=actor, at=NOON, hold_messages=hold_messages
    )


def outcomes(plan: Plan) -> list[str]:
    return list(plan.rows.values_list("outcome", flat=True))


class TestPreparing:
    def test_shows_what_would_happen_and_does_none_of_it(self, manager: Staff) -> None:
        booking, over = settled_booking(), cancelled(make_booking(), manager)
        plan = prepare([booking, over], manager)

        first, second = plan.rows.all()
        assert (first.outcome, second.outcome) == (Outcome.WAITING, Outcome.SKIPPED)
        assert "is cancelled" in second.outcome_text
        assert any("requests a refund" in each["sentence"] for each in first.previews)
        assert fresh(booking).state == BookingState.PAID
        assert not Refund.objects.exists()

    def test_is_refused_to_who_may_neither_do_nor_ask(self, finance: Staff) -> None:
        with pytest.raises(NotPermitted):
            prepare([make_booking()], finance)

    def test_needs_a_reason_and_a_record(self, manager: Staff) -> None:
        with pytest.raises(InvalidInput, match="Say why"):
            prepare_plan(
                model=Booking,
                subject_ids=[make_booking().pk],
                step="cancel",
                actor=manager,
                at=NOON,
            )
        with pytest.raises(InvalidInput, match="Choose between"):
            prepare([], manager)

    def test_of_records_that_are_gone_is_refused(self, manager: Staff) -> None:
        with pytest.raises(InvalidInput):
            prepare_plan(
                model=Booking,
                subject_ids=[10**9],
                step="cancel",
                actor=manager,
                at=NOON,
                reason="x",
            )


class TestExecuting:
    def test_does_what_was_shown_row_by_row(self, manager: Staff) -> None:
        bookings = [settled_booking(), make_booking()]
        plan = execute(prepare(bookings, manager), manager)

        assert plan.state == PlanState.DONE
        assert outcomes(plan) == [Outcome.DONE, Outcome.DONE]
        assert {fresh(booking).state for booking in bookings} == {"cancelled"}
        entries = AuditEntry.objects.filter(step="cancel")
        assert {entry.plan_id for entry in entries} == {plan.pk}
        assert {row.entry for row in plan.rows.all()} == set(entries)
        assert_sound()

    def test_refuses_another_digest(self, manager: Staff) -> None:
        plan = prepare([make_booking()], manager)
        with pytest.raises(Stale):
            execute_plan(plan_id=plan.pk, digest="0" * 64, actor=manager, at=NOON)

    def test_happens_once(self, manager: Staff) -> None:
        plan = prepare([make_booking()], manager)
        execute(plan, manager)
        with pytest.raises(Refused):
            execute(plan, manager)

    def test_refuses_a_row_that_changed_and_runs_the_others(self, manager: Staff) -> None:
        changed, same = make_booking(), make_booking()
        plan = prepare([changed, same], manager)
        assign_booking(booking_id=changed.pk, staff_id=manager.pk, actor=manager, at=NOON)

        plan = execute(plan, manager)

        assert outcomes(plan) == [Outcome.REFUSED, Outcome.DONE]
        assert "changed while you looked" in plan.rows.first().outcome_text
        assert (fresh(changed).state, fresh(same).state) == ("pending", "cancelled")
        assert_sound()

    def test_holds_messages_when_told_to(self, manager: Staff) -> None:
        plan = prepare([make_booking()], manager)
        execute(plan, manager, hold_messages=True)
        assert Message.objects.get(kind="cancelled").state == "held"

    def test_of_many_rows_is_a_job(self, manager: Staff, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(plans, "RUN_AT_ONCE", 2)
        plan = prepare([make_booking() for _ in range(3)], manager)
        plan = execute(plan, manager)

        assert plan.state == PlanState.RUNNING
        assert "domain.common.workflow.tasks.run_plan" in waiting_jobs()
        run_jobs()
        assert outcomes(plan) == [Outcome.DONE] * 3
        assert Plan.objects.get(pk=plan.pk).state == PlanState.DONE

    def test_goes_on_where_it_was_killed(
        self, manager: Staff, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        plan = prepare([make_booking() for _ in range(3)], manager)
        run_row, calls = plans._run_row, []

        def killed_at_the_second(*args: object, **named: object) -> None:
            calls.append(1)
            if len(calls) == 2:
                raise KeyboardInterrupt
            run_row(*args, **named)  # type: ignore[arg-type]

        monkeypatch.setattr(plans, "_run_row", killed_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            execute(plan, manager)
        assert outcomes(plan) == [Outcome.DONE, Outcome.WAITING, Outcome.WAITING]

        monkeypatch.setattr(plans, "_run_row", run_row)
        assert run_rows(plan_id=plan.pk, at=NOON).state == PlanState.DONE
        assert run_rows(plan_id=plan.pk, at=NOON).state == PlanState.DONE
        assert outcomes(plan) == [Outcome.DONE] * 3
        assert AuditEntry.objects.filter(step="cancel").count() == 3
        assert_sound()


class TestApproval:
    def test_is_another_person_s(self, clerk: Staff, manager: Staff) -> None:
        plan = prepare([make_booking()], clerk)
        assert plan.needs_approval
        with pytest.raises(NotPermitted):
            execute(plan, clerk)

        plan = request_plan(plan_id=plan.pk, actor=clerk, at=NOON)
        plan = execute(plan, manager)

        assert outcomes(plan) == [Outcome.DONE]
        assert AuditEntry.objects.get(step="cancel").actor == manager
        assert_sound()

    def test_is_not_one_s_own(self, manager: Staff) -> None:
        plan = prepare([make_booking()], manager)
        request_plan(plan_id=plan.pk, actor=manager, at=NOON)
        with pytest.raises(Refused, match="somebody else"):
            execute(plan, manager)
        with pytest.raises(IntegrityError), transaction.atomic():
            Plan.objects.filter(pk=plan.pk).update(decided_by=manager)

    def test_can_be_asked_and_taken_back_by_who_could_do_it(
        self, manager: Staff, role: Callable[..., Staff]
    ) -> None:
        first, second = prepare([make_booking()], manager), prepare([make_booking()], manager)
        for plan in (first, second):
            request_plan(plan_id=plan.pk, actor=manager, at=NOON)
        assert withdraw_plan(plan_id=first.pk, actor=manager, at=NOON).state == "withdrawn"
        assert outcomes(execute(second, role("operations_manager"))) == [Outcome.DONE]
        assert_sound()

    def test_can_be_denied_or_withdrawn(self, clerk: Staff, manager: Staff) -> None:
        first, second = prepare([make_booking()], clerk), prepare([make_booking()], clerk)
        request_plan(plan_id=first.pk, actor=clerk, at=NOON)
        denied = deny_plan(plan_id=first.pk, reason="no", actor=manager, at=NOON)
        withdrawn = withdraw_plan(plan_id=second.pk, actor=clerk, at=NOON)
        assert (denied.state, withdrawn.state) == ("denied", "withdrawn")
        for plan in (denied, withdrawn):
            with pytest.raises(Refused):
                execute(plan, manager)

    def test_is_asked_and_withdrawn_only_by_the_planner(
        self, manager: Staff, role: Callable[..., Staff]
    ) -> None:
        plan = prepare([make_booking()], manager)
        other = role("operations_manager")
        with pytest.raises(Refused, match="only they can"):
            withdraw_plan(plan_id=plan.pk, actor=other, at=NOON)
        assert withdraw_plan(plan_id=plan.pk, actor=manager, at=NOON).state == "withdrawn"


class TestUndo:
    def test_says_why_there_is_none(self, manager: Staff) -> None:
        plan = execute(prepare([make_booking()], manager), manager)
        with pytest.raises(InvalidInput, match="cannot be undone"):
            undo_plan(plan_id=plan.pk, actor=manager, at=NOON)

    def test_takes_back_what_can_be_and_says_what_cannot(self, manager: Staff) -> None:
        held = [held_message(manager, n) for n in range(3)]
        released = execute(prepare_messages(held, manager), manager)
        assert outcomes(released) == [Outcome.DONE] * 3
        deliver(held[0].dedupe_key)

        back = undo_plan(plan_id=released.pk, actor=manager, at=NOON)

        assert (back.step_name, back.undoes_id) == ("hold", released.pk)
        assert outcomes(back) == [Outcome.SKIPPED, Outcome.WAITING, Outcome.WAITING]
        assert "is sent" in back.rows.first().outcome_text
        execute(back, manager)
        states = Message.objects.order_by("pk").values_list("state", flat=True)
        assert list(states) == ["sent", "held", "held"]
        run_jobs()
        assert Message.objects.filter(state="held").count() == 2
        assert_sound()

    def test_is_of_what_was_done(self, manager: Staff) -> None:
        plan = prepare_messages([held_message(manager, 1)], manager)
        with pytest.raises(Refused, match="only what was done"):
            undo_plan(plan_id=plan.pk, actor=manager, at=NOON)

    def test_is_for_who_may_take_it_back(self, manager: Staff, finance: Staff) -> None:
        plan = execute(prepare_messages([held_message(manager, 1)], manager), manager)
        with pytest.raises(NotPermitted):
            undo_plan(plan_id=plan.pk, actor=finance, at=NOON)


def prepare_messages(messages: list[Message], actor: Staff) -> Plan:
    return prepare_plan(
        model=Message,
        subject_ids=[each.pk for each in messages],
        step="release",
        actor=actor,
        at=NOON,
    )


class TestReactivatingMany:
    def test_brings_expired_bookings_back_to_a_new_deadline(self, manager: Staff) -> None:
        bookings = [expired_booking(), expired_booking()]
        plan = execute(prepare(bookings, manager, "reactivate"), manager)
        assert outcomes(plan) == [Outcome.DONE] * 2
        assert {fresh(each).state for each in bookings} == {"pending"}
        assert {fresh(each).expires_at for each in bookings} == {NOON + timedelta(hours=24)}
        assert_sound()
