"""What time does to papers: reminders before they end, and their end."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.common.actors import System
from domain.common.errors import DomainError
from domain.common.settings.queries import setting_at
from domain.common.transactions import in_transaction
from domain.common.workflow import record, transit
from domain.common.workflow.door import lock
from domain.compliance.days import day_of
from domain.compliance.models import ComplianceDocument, KycCase, KycState, RegisterState

KEEPER = System("job:age_papers")


def age_papers(*, at: datetime) -> list[str]:
    """End what has run out, and note which papers end soon. Safe to repeat.

    Each row by itself: one that cannot be dealt with holds up no other.
    """
    said: list[str] = []
    today = day_of(at)
    soon = today + timedelta(days=setting_at("compliance.reminder_days", at))
    cases = KycCase.objects.filter(state=KycState.VERIFIED, expires_on__lte=today)
    papers = ComplianceDocument.objects.filter(state=RegisterState.VALID, valid_until__lt=today)
    said += [_expire(KycCase, pk, at=at) for pk in cases.values_list("pk", flat=True)]
    said += [_expire(ComplianceDocument, pk, at=at) for pk in papers.values_list("pk", flat=True)]
    cases = KycCase.objects.filter(
        state=KycState.VERIFIED, expires_on__gt=today, expires_on__lte=soon, reminded_on=None
    )
    papers = ComplianceDocument.objects.filter(
        state=RegisterState.VALID, valid_until__lte=soon, reminded_on=None
    )
    for model, rows in ((KycCase, cases), (ComplianceDocument, papers)):
        pks = rows.values_list("pk", flat=True)
        said += [remind(model=model, pk=pk, actor=KEEPER, at=at) for pk in pks]
    return said


def _expire(model: type[KycCase | ComplianceDocument], pk: int, *, at: datetime) -> str:
    try:
        return f"{transit(model, pk, 'expire', actor=KEEPER, at=at).subject} has run out."
    except DomainError as refusal:
        return str(refusal)


@in_transaction
def remind(
    *, model: type[KycCase | ComplianceDocument], pk: int, actor: System, at: datetime
) -> str:
    """Note once that a paper ends soon; the queues show it from then on."""
    paper = lock(model, pk)
    if paper.reminded_on is not None:
        return f"{paper} was noted before."
    paper.reminded_on = day_of(at)
    record(paper, "remind", actor=actor, at=at)
    return f"{paper} ends soon."
