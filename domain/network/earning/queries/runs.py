"""What a run's page shows: totals against the month before, who moved most, which units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from domain.network.earning.models import CommissionRun, Pair, RunMember, RunState
from domain.network.earning.models.pairs import key_of
from domain.network.models import Member

MOVERS = """
WITH now AS (
    SELECT member_id, gross_cents FROM domain_runmember WHERE run_id = %(run)s AND gross_cents > 0
), before AS (
    SELECT r.member_id, sum(r.gross_cents)::bigint AS gross_cents
    FROM domain_runmember r JOIN domain_commissionrun c ON c.id = r.run_id
    WHERE c.state = 'posted' AND c.month = %(month)s AND r.gross_cents > 0 GROUP BY 1
)
SELECT coalesce(n.member_id, b.member_id), coalesce(n.gross_cents, 0),
       coalesce(b.gross_cents, 0)
FROM now n FULL JOIN before b ON b.member_id = n.member_id
WHERE coalesce(n.gross_cents, 0) <> coalesce(b.gross_cents, 0)
ORDER BY abs(coalesce(n.gross_cents, 0) - coalesce(b.gross_cents, 0)) DESC, 1 LIMIT %(most)s
"""


@dataclass(frozen=True, slots=True)
class Mover:
    """A member whose income changes most against the month before, in paise."""

    member: Member
    now_cents: int
    before_cents: int

    @property
    def change_cents(self) -> int:
        return self.now_cents - self.before_cents


def month_before(run: CommissionRun) -> CommissionRun | None:
    """The last posted run of an earlier month."""
    earlier = CommissionRun.objects.filter(state=RunState.POSTED, month__lt=run.month)
    return earlier.order_by("-as_of", "-pk").first()


def movers_of(run: CommissionRun, *, most: int = 8) -> list[Mover]:
    before = month_before(run)
    asked: dict[str, Any] = {
        "run": run.pk,
        "month": before.month if before else run.month,
        "most": most,
    }
    if before is None:
        asked["month"] = run.month.replace(year=1900)
    with connection.cursor() as cursor:
        cursor.execute(MOVERS, asked)
        found = cursor.fetchall()
    members = Member.objects.select_related("customer").in_bulk([row[0] for row in found])
    return [Mover(members[pk], int(now), int(was)) for pk, now, was in found]


def pairs_of(run: CommissionRun) -> QuerySet[Pair]:
    related = (
        "member__customer",
        "left_unit__node__member__customer",
        "right_unit__node__member__customer",
    )
    return Pair.objects.filter(run=run).select_related(*related).order_by("member", "number")


def row_of(pair: Pair) -> RunMember:
    """The counters of the pair's member in its run."""
    return RunMember.objects.get(pk=key_of(pair.member_id, pair.run_id))
