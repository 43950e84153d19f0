"""What a member earned in a month of the books, and why: each figure with its rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, Sum

from domain.ledger.models import Transfer
from domain.network.earning.models import (
    CommissionRun,
    Pair,
    PairReturn,
    ReferralBonus,
    ReferralClawback,
    RunMember,
    RunState,
)
from domain.network.earning.models.pairs import key_of
from domain.network.earning.queries.wallets import Line, balances_of, lines_of
from domain.network.earning.rules.parts import EARNED_FROM, PARTS, RECOVERABLE, Part

TAX = "2100"


@dataclass(frozen=True, slots=True)
class RunPart:
    """A member in a run that was posted: the legs, the pairs they made and each pair's worth."""

    run: CommissionRun
    row: RunMember
    pairs: list[Pair]

    @property
    def cap(self) -> int:
        return int(self.run.rules["pair.monthly_cap"])

    @property
    def waits_for_cap(self) -> int:
        """Pairs that both sides could make and the cap left for later."""
        return max(min(self.row.carry_left, self.row.carry_right), 0)


@dataclass(frozen=True, slots=True)
class Moved:
    """What one part of the wallet did in the month."""

    part: Part
    begun_cents: int
    came_cents: int
    went_cents: int
    ended_cents: int


@dataclass(frozen=True, slots=True)
class MemberMonth:
    """A month of a member by the books. Amounts are paise."""

    first: date
    last: date
    runs: list[RunPart]
    returns: list[PairReturn]
    bonuses: list[ReferralBonus]
    clawbacks: list[ReferralClawback]
    lines: list[Line]
    parts: list[Moved]
    tax_cents: int
    ledger_cents: int

    @property
    def pair_cents(self) -> int:
        return sum(each.row.gross_cents for each in self.runs)

    @property
    def return_cents(self) -> int:
        """What pairs given again came to, less those taken back."""
        return sum(each.sign * each.pair.amount_cents for each in self.returns)

    @property
    def bonus_cents(self) -> int:
        return sum(each.amount_cents for each in self.bonuses)

    @property
    def clawback_cents(self) -> int:
        return sum(each.amount_cents for each in self.clawbacks)

    @property
    def earned_cents(self) -> int:
        return self.pair_cents + self.return_cents + self.bonus_cents - self.clawback_cents

    @property
    def agrees(self) -> bool:
        return self.earned_cents == self.ledger_cents

    @property
    def went_to(self) -> list[tuple[Part, int]]:
        """How the earnings were spread over the parts; what settles a debt lowers it."""
        earned = [each for each in self.lines if each.other_code in EARNED_FROM]
        sums = [
            (part, sum(_gain(each) for each in earned if each.code == code))
            for code, part in PARTS.items()
        ]
        return [(part, cents) for part, cents in sums if cents]

    @property
    def otherwise(self) -> list[Line]:
        """What moved the wallet and was no earning: payouts, dues paid, releases."""
        return [each for each in self.lines if each.other_code not in EARNED_FROM]


def month_of_member(member_id: int, first: date) -> MemberMonth:
    last = last_day(first)
    lines = lines_of(member_id, since=first, until=last, limit=None)
    runs = _runs(member_id, first, last)
    bonuses = ReferralBonus.objects.filter(sponsor=member_id, earned_on__range=(first, last))
    clawbacks = ReferralClawback.objects.filter(sponsor=member_id, at__range=_moments(first, last))
    returns = PairReturn.objects.filter(
        pair__member=member_id,
        run__state=RunState.POSTED,
        run__posted_at__range=_moments(first, last),
    )
    given = list(bonuses.select_related("booking", "payment").order_by("pk"))
    returned = list(returns.select_related("pair", "run").order_by("pk"))
    tax = _tax_at_credit(
        [part.row.entry_key for part in runs if part.row.new_pairs],
        bonus=[bonus.pk for bonus in given],
        pairreturn=[each.pk for each in returned],
    )
    to_parts = sum(_gain(each) for each in lines if each.other_code in EARNED_FROM)
    return MemberMonth(
        first=first,
        last=last,
        runs=runs,
        returns=returned,
        bonuses=given,
        clawbacks=list(clawbacks.select_related("booking").order_by("pk")),
        lines=lines,
        parts=moved_parts(member_id, lines, first, last),
        tax_cents=tax,
        ledger_cents=to_parts + tax,
    )


def _tax_at_credit(of_runs: Sequence[str], **sources: Sequence[int]) -> int:
    """What of these earnings went to the tax office at once and so never reached the member."""
    mine = Q(entry__key__in=of_runs)
    for kind, ids in sources.items():
        mine |= Q(entry__source_type=kind, entry__source_id__in=ids)
    rows = Transfer.objects.filter(mine, debit_code__in=EARNED_FROM, credit_code=TAX)
    return int(rows.aggregate(cents=Sum("amount_cents"))["cents"] or 0)


def last_day(month: date) -> date:
    return (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def _gain(line: Line) -> int:
    """What a line gives the member: a debt that shrinks is a gain."""
    return -line.change_cents if line.code == RECOVERABLE else line.change_cents


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    """A month of India from its first moment to its last."""
    zone = ZoneInfo(settings.VEHICLES_TIME_ZONE)
    return datetime.combine(first, time.min, zone), datetime.combine(last, time.max, zone)


def _runs(member_id: int, first: date, last: date) -> list[RunPart]:
    """The runs that were posted in the month; one may take in an earlier month's units."""
    posted = CommissionRun.objects.filter(
        state=RunState.POSTED, posted_at__range=_moments(first, last)
    )
    keys = [key_of(member_id, run) for run in posted.values_list("pk", flat=True)]
    rows = RunMember.objects.filter(pk__in=keys)
    found = list(rows.select_related("run").order_by("run__posted_at", "run"))
    made = Pair.objects.filter(member=member_id, run__in=[row.run_id for row in found])
    units = (f"{side}_unit__node__member__customer" for side in ("left", "right"))
    pairs: dict[int, list[Pair]] = {}
    for pair in made.select_related(*units).order_by("number"):
        pairs.setdefault(pair.run_id, []).append(pair)
    return [RunPart(row.run, row, pairs.get(row.run_id, [])) for row in found]


def moved_parts(member_id: int, lines: Sequence[Line], first: date, last: date) -> list[Moved]:
    """Where each part began, what came and went, where it ended; untouched ones are left out."""
    begun = balances_of(member_id, until=first - timedelta(days=1))
    ended = balances_of(member_id, until=last)
    found = []
    for code, part in PARTS.items():
        changes = [line.change_cents for line in lines if line.code == code]
        if begun[code] or ended[code] or changes:
            came = sum(each for each in changes if each > 0)
            went = -sum(each for each in changes if each < 0)
            found.append(Moved(part, begun[code], came, went, ended[code]))
    return found
