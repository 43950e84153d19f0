from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from domain.common.actors import Actor
from domain.common.audit.births import write_birth
from domain.common.audit.changes import write_change
from domain.common.audit.models import AuditEntry
from domain.common.audit.rows import new_entry
from domain.common.effects import Change, Effect, money_of
from domain.common.errors import InvalidInput, Stale
from domain.common.transactions import in_transaction
from domain.common.workflow.conditions import Ask
from domain.common.workflow.drafts import row_digest
from domain.common.workflow.locking import lock
from domain.common.workflow.registry import effects_for
from domain.common.workflow.stateful import Stateful
from domain.common.workflow.why import why_not

__all__ = ["Done", "begin", "begin_once", "lock", "record", "refuse_stale", "transit", "why_not"]


@dataclass(frozen=True, slots=True)
class Done[M: Stateful]:
    """A step taken: the row as it is now, and its line in the audit trail."""

    subject: M
    entry: AuditEntry


@in_transaction
def begin[M: Stateful](
    subject: M,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    effects: Sequence[Effect] = (),
    facts: Mapping[str, Any] | None = None,
    first: models.Model | None = None,
    parts: Sequence[models.Model] = (),
    along: Sequence[Stateful] = (),
) -> Done[M]:
    """Save a new record in its first state; its trail starts with ∅ → state.

    :param first: a new row that the record points at, saved in the same statement
    :param parts: rows that belong to the record, saved in the same statement
    :param along: other new records of the same booking, whose trails start in that statement too
    """
    ask = Ask(actor, at, reason=reason)
    done = _begin(subject, ask, effects=effects, facts=facts, first=first, parts=parts, along=along)
    assert done is not None  # without a condition the statement writes or raises
    return done


@in_transaction
def begin_once[M: Stateful](
    subject: M,
    *,
    unless: str,
    actor: Actor,
    at: datetime,
    parts: Sequence[models.Model] = (),
) -> Done[M] | None:
    """Begin a record, or return None when one with the same value of a unique column is there."""
    return _begin(subject, Ask(actor, at), unless=unless, parts=parts)


def _begin[M: Stateful](
    subject: M,
    ask: Ask,
    *,
    effects: Sequence[Effect] = (),
    facts: Mapping[str, Any] | None = None,
    unless: str = "",
    first: models.Model | None = None,
    parts: Sequence[models.Model] = (),
    along: Sequence[Stateful] = (),
) -> Done[M] | None:
    subject.version = 1
    for begun in along:
        begun.version = 1
    entry, detail = new_entry(
        subject_type=subject.subject_type,
        booking_id=subject.audit_booking_id(),
        version=subject.version,
        step="begin",
        from_state="",
        to_state=subject.state,
        actor=ask.actor,
        at=ask.at,
        reason=ask.reason,
        money=money_of([effect.money() for effect in effects]),
        facts=facts,
    )
    if not write_birth(
        subject,
        entry,
        detail,
        is_the_booking=subject.is_the_booking,
        unless=unless,
        first=first,
        parts=parts,
        along=along,
    ):
        return None
    return _caused(subject, entry, ask, effects)


@in_transaction
def transit[M: Stateful](
    model: type[M],
    pk: int,
    step: str,
    *,
    actor: Actor,
    at: datetime,
    params: Mapping[str, Any] | None = None,
    reason: str = "",
    seen_version: int | None = None,
    expected: str = "",
    facts: Mapping[str, Any] | None = None,
    plan_id: int | None = None,
) -> Done[M]:
    """Take one step of a record: lock, ask, change, post, note, enqueue; all or nothing.

    :param seen_version: the version the caller looked at; a newer row refuses
    :param expected: the digest of what the caller was shown; other effects refuse
    :raises NotPermitted: the actor lacks the right
    :raises Refused: the state or a condition forbids it; ``checks`` says which
    :raises Stale: the row, or what the step would cause, changed since
    :raises InvalidInput: the step needs a reason and none was given
    """
    subject = lock(model, pk)
    if seen_version is not None:
        refuse_stale(subject, seen_version)
    ask = Ask(actor, at, params or {}, reason)
    answer = why_not(subject, step, actor=actor, at=at, params=ask.params, reason=reason)
    if not answer.allowed:
        raise answer.refusal()
    if answer.info.needs_reason and not reason.strip():
        raise InvalidInput("Say why.", field_errors={"reason": ["Say why."]})
    effects = effects_for(subject, step, ask)
    if expected and row_digest(subject, answer.info.target, effects) != expected:
        raise Stale(f"What this would do to {subject} has changed since it was shown. Look again.")
    before = subject.state
    getattr(subject, step)(ask)
    return _finish(subject, step, before, ask, effects=effects, facts=facts, plan_id=plan_id)


@in_transaction
def record[M: Stateful](
    subject: M,
    what: str,
    *,
    actor: Actor,
    at: datetime,
    reason: str = "",
    effects: Sequence[Effect] = (),
    facts: Mapping[str, Any] | None = None,
) -> Done[M]:
    """Save and note a change that is no step (a note, an amendment, an assignment).

    The caller holds the row's lock (``lock``), has asked the right, and has set the fields.
    """
    ask = Ask(actor, at, reason=reason)
    return _finish(subject, what, subject.state, ask, effects=effects, facts=facts)


def _finish[M: Stateful](
    subject: M,
    step: str,
    before: str,
    ask: Ask,
    *,
    effects: Sequence[Effect],
    facts: Mapping[str, Any] | None,
    plan_id: int | None = None,
) -> Done[M]:
    subject.version += 1
    entry, detail = new_entry(
        subject_type=subject.subject_type,
        subject_id=subject.pk,
        booking_id=subject.audit_booking_id(),
        version=subject.version,
        step=step,
        from_state=before,
        to_state=subject.state,
        actor=ask.actor,
        at=ask.at,
        reason=ask.reason,
        money=money_of([effect.money() for effect in effects]),
        facts=facts,
        plan_id=plan_id,
    )
    write_change(subject, entry, detail, before=subject.as_read)
    subject.keep_as_read()
    return _caused(subject, entry, ask, effects)


def _caused[M: Stateful](
    subject: M, entry: AuditEntry, ask: Ask, effects: Sequence[Effect]
) -> Done[M]:
    change = Change(entry.pk, ask.actor, ask.at)
    for effect in effects:
        effect.apply(change)
    return Done(subject, entry)


def refuse_stale(subject: Stateful, seen_version: int) -> None:
    """:raises Stale: the locked row is newer than what the caller looked at"""
    if subject.version != seen_version:
        raise Stale(_what_changed(subject, seen_version))


def _what_changed(subject: Stateful, seen_version: int) -> str:
    newer = AuditEntry.objects.filter(
        subject_type=subject.subject_type, subject_id=subject.pk, version__gt=seen_version
    ).select_related("actor")
    changes = [f"{entry.who()}: {entry.step.replace('_', ' ')}" for entry in newer.order_by("id")]
    what = "; ".join(changes) or "somebody changed it"
    return f"{subject} changed while you looked at it ({what}). Nothing was done; look again."
