"""Rows of the trail, made here and written by the door one at a time or many at once."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from secrets import token_hex
from typing import Any

from domain.common.actors import Actor, System, role_of, staff_id
from domain.common.audit.models import AuditEntry
from domain.common.context import current

DETAIL = "%(reason)s, %(client_ip)s::inet, %(salt)s"
ENTRY_COLUMNS = [
    field.attname for field in AuditEntry._meta.concrete_fields if not field.primary_key
]


def new_entry(
    *,
    actor: Actor,
    reason: str = "",
    money: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    **values: Any,
) -> tuple[AuditEntry, dict[str, str | None]]:
    """Make a row of the trail and its detail, not yet written."""
    context = current()
    salt = token_hex(16)
    entry = AuditEntry(
        actor_id=staff_id(actor),
        system=actor.name if isinstance(actor, System) else "",
        role=role_of(actor)[:120],
        request_id=context.request_id,
        money=dict(money or {}),
        facts=dict(facts or {}),
        detail_digest=detail_digest(salt, reason, context.client_ip),
        **values,
    )
    return entry, {"reason": reason, "client_ip": context.client_ip or None, "salt": salt}


def parameters(entry: AuditEntry, detail: dict[str, str | None]) -> dict[str, Any]:
    """Return what a statement that writes an entry and its detail is asked with."""
    asked = {name: getattr(entry, name) for name in ENTRY_COLUMNS}
    return asked | {"money": dumps(entry.money), "facts": dumps(entry.facts)} | detail


def detail_digest(salt: str, reason: str, client_ip: str) -> str:
    return sha256(f"{salt}\n{client_ip}\n{reason}".encode()).hexdigest()
