from __future__ import annotations

from datetime import datetime
from typing import Any

from domain.common.actors import Actor, may
from domain.common.errors import NotPermitted
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, record
from domain.common.workflow.door import lock
from domain.payments.models import MoneyCase
from domain.staff.models import Staff


@in_transaction
def open_case(
    *,
    kind: str,
    dedupe_key: str,
    sentence: str,
    amount_cents: int,
    currency: str,
    booking_id: int | None,
    payment_id: int | None,
    actor: Actor,
    at: datetime,
    facts: dict[str, Any] | None = None,
) -> MoneyCase:
    """Open a case once: the same ``dedupe_key`` returns the first."""
    if earlier := MoneyCase.objects.filter(dedupe_key=dedupe_key).first():
        return earlier
    case = MoneyCase(
        kind=kind,
        booking_id=booking_id,
        payment_id=payment_id,
        amount_cents=amount_cents,
        currency=currency,
        sentence=sentence,
        facts=facts or {},
        dedupe_key=dedupe_key,
        opened_at=at,
    )
    return begin(case, actor=actor, at=at).subject


@in_transaction
def take_case(*, case_id: int, actor: Staff, at: datetime) -> MoneyCase:
    if not may(actor, "domain.resolve_moneycase"):
        raise NotPermitted("You may not work on money cases; a finance manager may.")
    case = lock(MoneyCase, case_id)
    case.owner = actor
    return record(case, "take", actor=actor, at=at).subject
