"""When a catalog change may take a step, in sentences."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from domain.catalog import drift
from domain.common.actors import System, staff_id
from domain.common.workflow.conditions import Ask, condition

if TYPE_CHECKING:
    from domain.catalog.models.change_sets import ChangeSet

DRAFT_TIME = timedelta(hours=1)
APPROVAL_TIME = timedelta(days=7)
SUBMITTED = "submitted"


def _is_preparer(change_set: ChangeSet, ask: Ask) -> bool:
    if change_set.prepared_by_id is None:
        return isinstance(ask.actor, System)
    return staff_id(ask.actor) == change_set.prepared_by_id


@condition("Own draft")
def own_draft(change_set: ChangeSet, ask: Ask) -> str:
    if _is_preparer(change_set, ask):
        return ""
    return f"{change_set.prepared_label} prepared this change; only they can put it forward."


@condition("Still open")
def not_expired(change_set: ChangeSet, ask: Ask) -> str:
    if ask.at < change_set.expires_at:
        return ""
    return "This preview has expired; prepare the change again."


@condition("Above the limit")
def wants_approval(change_set: ChangeSet, ask: Ask) -> str:
    if change_set.needs_approval:
        return ""
    return "This change needs no second person; apply it."


@condition("Right person")
def right_person(change_set: ChangeSet, ask: Ask) -> str:
    if not change_set.needs_approval:
        return own_draft.test(change_set, ask)
    if change_set.state != SUBMITTED:
        return f"{change_set.approval_because} Ask for approval first."
    if isinstance(ask.actor, System) or _is_preparer(change_set, ask):
        return f"{change_set.approval_because} Somebody else has to approve it."
    return ""


@condition("Own draft")
def may_discard(change_set: ChangeSet, ask: Ask) -> str:
    return "" if change_set.state == SUBMITTED else own_draft.test(change_set, ask)


@condition("Date")
def not_in_the_past(change_set: ChangeSet, ask: Ask) -> str:
    wanted = change_set.effective_from
    # The first filling may be dated back: nothing had a price before it.
    if wanted is None or wanted >= ask.at or change_set.summary.get("first_filling"):
        return ""
    return f"It was meant from {wanted:%Y-%m-%d %H:%M %Z}, which has passed; prepare it again."


@condition("As shown")
def as_shown(change_set: ChangeSet, ask: Ask) -> str:
    moved = drift.since_shown(change_set, at=ask.at)
    if not moved:
        return ""
    return f"The catalog changed since this was shown: {'; '.join(moved)}. Prepare it again."
