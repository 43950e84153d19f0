"""Store a draft, have it approved where the right asks for it, execute it as shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from domain.common.actors import Actor, System
from domain.common.errors import DomainError, InvalidInput, NotPermitted, Refused, Stale
from domain.common.jobs import enqueue
from domain.common.transactions import in_transaction
from domain.common.workflow.door import begin, lock, transit
from domain.common.workflow.drafts import Draft, draft
from domain.common.workflow.models import Outcome, Plan, PlanRow, PlanState
from domain.common.workflow.stateful import Stateful, model_of
from domain.common.workflow.steps import step_info
from domain.staff.models import Staff

MAX_ROWS = 10_000
RUN_AT_ONCE = 25


@in_transaction
def prepare_plan(
    *,
    model: type[Stateful],
    subject_ids: Sequence[int],
    step: str,
    actor: Staff,
    at: datetime,
    params: dict[str, Any] | None = None,
    reason: str = "",
    undoes_id: int | None = None,
) -> Plan:
    """Work out what a step does to each record, and store what is shown.

    :raises NotPermitted: the actor may neither take the step nor ask for it
    :raises InvalidInput: no record, too many records, or a missing reason
    """
    info = step_info(model, step)
    if not 0 < len(subject_ids) <= MAX_ROWS:
        raise InvalidInput(f"Choose between 1 and {MAX_ROWS:,} records.")
    if info.needs_reason and not reason.strip():
        raise InvalidInput("Say why.", field_errors={"reason": ["Say why."]})
    subjects = list(model._default_manager.filter(pk__in=subject_ids).order_by("pk"))
    if not subjects:
        raise InvalidInput("The records you chose are gone.")
    shown = draft(subjects, step, actor=actor, at=at, params=params, reason=reason)
    first = shown.rows[0].answer
    if not any(row.answer.permitted or row.answer.may_request for row in shown.rows):
        raise NotPermitted(first.checks[0].sentence)
    permission = info.permission_for(subjects[0]) or ""
    plan = Plan(
        subject_type_name=model.subject_type,
        step_name=step,
        label=info.label,
        permission=permission,
        request_permission=(info.request_permission or "") if shown.needs_approval else permission,
        params=params or {},
        reason=reason,
        digest=shown.digest,
        needs_approval=shown.needs_approval,
        prepared_by=actor,
        prepared_at=at,
        undoes_id=undoes_id,
    )
    begin(plan, actor=actor, at=at)
    PlanRow.objects.bulk_create(_stored(plan, shown))
    return plan


def _stored(plan: Plan, shown: Draft) -> list[PlanRow]:
    return [
        PlanRow(
            plan=plan,
            subject_id=row.subject.pk,
            subject_label=str(row.subject)[:80],
            subject_version=row.subject.version,
            from_state=row.subject.state,
            to_state=row.to_state,
            previews=[preview.as_json() for preview in row.previews],
            digest=row.digest,
            outcome=Outcome.WAITING if row.included else Outcome.SKIPPED,
            outcome_text=row.skipped_because,
        )
        for row in shown.rows
    ]


@in_transaction
def request_plan(*, plan_id: int, actor: Staff, at: datetime) -> Plan:
    return transit(Plan, plan_id, "request", actor=actor, at=at).subject


@in_transaction
def deny_plan(*, plan_id: int, reason: str, actor: Staff, at: datetime) -> Plan:
    return transit(Plan, plan_id, "deny", actor=actor, at=at, reason=reason).subject


@in_transaction
def withdraw_plan(*, plan_id: int, actor: Staff, at: datetime) -> Plan:
    return transit(Plan, plan_id, "withdraw", actor=actor, at=at).subject


def execute_plan(
    *, plan_id: int, digest: str, actor: Staff, at: datetime, hold_messages: bool = False
) -> Plan:
    """Run a plan as it was shown: each row by itself, so that one refusal stops no other.

    A small plan runs at once, a large one as a job; a run that was cut off is taken up
    again by the same job.

    :raises Stale: the digest is not that of the stored plan
    """
    with transaction.atomic():
        plan = lock(Plan, plan_id)
        if plan.digest != digest:
            raise Stale("This is not the plan you looked at. Open it again.")
        plan.hold_messages = hold_messages
        plan.save(update_fields=["hold_messages"])
        rows = plan.rows.filter(outcome=Outcome.WAITING).count()
        plan = transit(Plan, plan_id, "run", actor=actor, at=at).subject
        if rows > RUN_AT_ONCE:
            enqueue("domain.common.workflow.tasks.run_plan", plan_id)
            return plan
    return run_rows(plan_id=plan_id, at=at)


def run_rows(*, plan_id: int, at: datetime) -> Plan:
    """Take each waiting row of a running plan through the door, one transaction a row."""
    plan = Plan.objects.select_related("decided_by").get(pk=plan_id)
    if plan.state != PlanState.RUNNING or plan.decided_by is None:
        return plan
    for row_id in plan.rows.filter(outcome=Outcome.WAITING).values_list("pk", flat=True):
        _run_row(plan, row_id, actor=plan.decided_by, at=at)
    return transit(Plan, plan_id, "finish", actor=System("plan"), at=at).subject


def _run_row(plan: Plan, row_id: int, *, actor: Actor, at: datetime) -> None:
    with transaction.atomic():
        row = PlanRow.objects.select_for_update().get(pk=row_id)
        if row.outcome != Outcome.WAITING:
            return
        try:
            with transaction.atomic():
                done = transit(
                    model_of(plan.subject_type_name),
                    row.subject_id,
                    plan.step_name,
                    actor=actor,
                    at=at,
                    params={**plan.params, "hold_messages": plan.hold_messages},
                    reason=plan.reason,
                    seen_version=row.subject_version,
                    expected=row.digest,
                    plan_id=plan.pk,
                )
        except DomainError as refusal:
            row.outcome, row.outcome_text = Outcome.REFUSED, str(refusal)
        else:
            row.outcome, row.entry = Outcome.DONE, done.entry
            row.outcome_text = done.subject.state_label()
        row.save(update_fields=["outcome", "outcome_text", "entry"])


def undo_plan(*, plan_id: int, actor: Staff, at: datetime) -> Plan:
    """Prepare the compensating plan of an executed one; a row that went on is skipped in it.

    :raises InvalidInput: the step has no compensating step; the sentence says why
    :raises Refused: the plan is not over
    """
    plan = Plan.objects.get(pk=plan_id)
    if plan.state != PlanState.DONE:
        raise Refused(f"{plan} is {plan.state_label().lower()}; only what was done can be undone.")
    model = model_of(plan.subject_type_name)
    info = step_info(model, plan.step_name)
    if not info.undo:
        why = info.instead or "There is no step that takes it back."
        raise InvalidInput(f"“{info.label}” cannot be undone. {why}")
    done = plan.rows.filter(outcome=Outcome.DONE).values_list("subject_id", flat=True)
    return prepare_plan(
        model=model,
        subject_ids=list(done),
        step=info.undo,
        actor=actor,
        at=at,
        reason=f"Undo of batch {plan.pk}",
        undoes_id=plan.pk,
    )
