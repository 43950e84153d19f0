from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from domain.common.actors import Actor
from domain.common.audit.models import AuditEntry
from domain.common.audit.rows import new_entry, parameters

INSERT = """
WITH entry AS (
    INSERT INTO domain_auditentry (
        at, subject_type, subject_id, booking_id, version, step, from_state, to_state,
        actor_id, system, role, request_id, money, facts, detail_digest, plan_id
    ) VALUES (
        %(at)s, %(subject_type)s, %(subject_id)s, %(booking_id)s, %(version)s, %(step)s,
        %(from_state)s, %(to_state)s, %(actor_id)s, %(system)s, %(role)s, %(request_id)s,
        %(money)s, %(facts)s, %(detail_digest)s, %(plan_id)s
    ) RETURNING id
)
INSERT INTO domain_auditdetail (entry_id, reason, client_ip, salt)
SELECT id, %(reason)s, %(client_ip)s::inet, %(salt)s FROM entry
RETURNING entry_id
"""


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
    entry, detail = new_entry(
        subject_type=subject_type,
        subject_id=subject_id,
        booking_id=booking_id,
        version=version,
        step=step,
        from_state=from_state,
        to_state=to_state,
        actor=actor,
        at=at,
        reason=reason,
        money=money,
        facts=facts,
        plan_id=plan_id,
    )
    # In one round trip with its detail: every change of anything comes by here.
    with connection.cursor() as cursor:
        cursor.execute(INSERT, parameters(entry, detail))
        entry.pk = cursor.fetchone()[0]
    entry._state.adding = False
    entry._state.db = connection.alias
    return entry
