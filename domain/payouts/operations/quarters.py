"""Closing tax quarters: locked by one person, filed by another, corrected when need be.

:source: docs/policies/tax.md, "Quarters"
"""

from __future__ import annotations

from datetime import datetime

from domain.common.transactions import in_transaction
from domain.common.workflow import transit
from domain.payouts.models import TaxQuarter, TaxStatement
from domain.payouts.statements import Statement, statement_of
from domain.staff.models import Staff

ORIGINAL, CORRECTION = "original", "c"


def lock_quarter(
    *, quarter_id: int, actor: Staff, at: datetime, seen_version: int | None = None
) -> TaxQuarter:
    """Close a quarter that is over: nothing is dated into it any more."""
    done = transit(TaxQuarter, quarter_id, "lock", actor=actor, at=at, seen_version=seen_version)
    return done.subject


def file_quarter(
    *, quarter_id: int, acknowledgement: str, actor: Staff, at: datetime
) -> TaxQuarter:
    """Note that the statement was filed, and keep it as it was."""
    params = {"acknowledgement": acknowledgement}
    return transit(TaxQuarter, quarter_id, "file", actor=actor, at=at, params=params).subject


def correct_quarter(
    *, quarter_id: int, acknowledgement: str, reason: str, actor: Staff, at: datetime
) -> TaxQuarter:
    """Note that a correction was filed, and keep it beside what was filed before."""
    params = {"acknowledgement": acknowledgement}
    done = transit(
        TaxQuarter, quarter_id, "correct", actor=actor, at=at, params=params, reason=reason
    )
    return done.subject


@in_transaction
def keep_statement(
    *, quarter_id: int, kind: str, acknowledgement: str, at: datetime
) -> TaxStatement:
    """Keep a statement to the byte."""
    quarter = TaxQuarter.objects.get(pk=quarter_id)
    made: Statement = statement_of(quarter, at, corrected=kind == CORRECTION)
    return TaxStatement.objects.create(
        quarter=quarter,
        form=made.form,
        kind=kind,
        file_name=made.name,
        content=made.content,
        sha256=made.sha256,
        acknowledgement=acknowledgement.strip()[:40],
        made_at=at,
    )
