from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from secrets import token_hex
from typing import Any

from domain.common.actors import Actor, System, role_of, staff_id
from domain.common.audit.models import AuditDetail, AuditEntry
from domain.common.context import current


def write_entry(
    *,
    subject_type: str,
    subject_id: int,
    booking_id: int | None,
    version: int,
    step: str,
    from_state: str,
    to_state: str,
    actor: Actor,
    at: datetime,
    reason: str = "",
    money: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    plan_id: int | None = None,
) -> AuditEntry:
    """Write one row of the trail. Called by the door inside the change's transaction."""
    context = current()
    salt = token_hex(16)
    entry = AuditEntry(
        at=at,
        subject_type=subject_type,
        subject_id=subject_id,
        booking_id=booking_id,
        version=version,
        step=step,
        from_state=from_state,
        to_state=to_state,
        actor_id=staff_id(actor),
        system=actor.name if isinstance(actor, System) else "",
        role=role_of(actor)[:120],
        request_id=context.request_id,
        money=dict(money or {}),
        facts=dict(facts or {}),
        detail_digest=detail_digest(salt, reason, context.client_ip),
        plan_id=plan_id,
    )
    entry.save(force_insert=True)
    detail = AuditDetail(entry=entry, reason=reason, client_ip=context.client_ip or None, salt=salt)
    detail.save(force_insert=True)
    return entry


def detail_digest(salt: str, reason: str, client_ip: str) -> str:
    return sha256(f"{salt}\n{client_ip}\n{reason}".encode()).hexdigest()
