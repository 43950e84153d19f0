"""Commission, payouts with their tax, and the growth of the network.

What is money is read from the books and compared with them by another road, as in ``money``.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.conf import settings
from django.db import connection
from django.db.models import Count, Sum

from domain.network.earning.models import CommissionRun, RunState
from domain.payouts.models import Payout, PayoutState, TaxRecord
from domain.payouts.queries.register import quarter_sums
from domain.payouts.rules.calendar import Quarter, year_of
from domain.reports.days import moments
from domain.reports.money import Agreement, changes, ledger_change

CURRENCY = "INR"
REFERRALS, PAIRS = "5000", "5010"


def month_of(day: date) -> date:
    return day.replace(day=1)


@dataclass(slots=True)
class CommissionMonth:
    """What the network earned in a month by the books, and the runs posted for it."""

    month: date
    referral_cents: int = 0
    pair_cents: int = 0
    runs: int = 0
    pairs: int = 0
    members: int = 0

    @property
    def total_cents(self) -> int:
        return self.referral_cents + self.pair_cents


def commission(*, since: date, until: date) -> list[CommissionMonth]:
    """Referral bonuses and pair commission by month; what was taken back lowers its month."""
    rows: dict[date, CommissionMonth] = {}
    for change in changes(since=since, until=until, currency=CURRENCY, codes=[REFERRALS, PAIRS]):
        row = rows.setdefault(month_of(change.day), CommissionMonth(month_of(change.day)))
        if change.code == REFERRALS:
            row.referral_cents += change.cents
        else:
            row.pair_cents += change.cents
    posted = CommissionRun.objects.filter(state=RunState.POSTED, as_of__range=(since, until))
    for run in posted:
        row = rows.setdefault(run.month, CommissionMonth(run.month))
        row.runs += 1
        row.pairs += run.pairs
        row.members += run.members
    return [rows[month] for month in sorted(rows)]


def commission_agrees(rows: list[CommissionMonth], *, since: date, until: date) -> Agreement:
    ledger = ledger_change([REFERRALS, PAIRS], since=since, until=until, currency=CURRENCY)
    total = sum(row.total_cents for row in rows)
    return Agreement(total, ledger, "5000 Referral expense and 5010 Pair commission expense")


@dataclass(frozen=True, slots=True)
class PayoutQuarter:
    """A tax quarter: payouts that reached the bank, and what was withheld and handed over."""

    quarter: Quarter
    payouts: int
    gross_cents: int
    emi_cents: int
    bank_cents: int
    tds_cents: int
    ledger_tds_cents: int
    deposited_cents: int


def payout_quarters(*, since: date, until: date) -> list[PayoutQuarter]:
    """Every tax quarter that the days touch, whole, in the order of time."""
    quarter = Quarter(year_of(since), (since.month - 4) % 12 // 3 + 1)
    found = []
    while quarter.starts_on <= until:
        found.append(payout_quarter(quarter))
        quarter = quarter.next()
    return found


def payout_quarter(quarter: Quarter) -> PayoutQuarter:
    days = (quarter.starts_on, quarter.ends_on)
    paid = Payout.objects.filter(state=PayoutState.COMPLETED, deducted_on__range=days).aggregate(
        count=Count("pk"),
        gross=Sum("amount_cents", default=0),
        emi=Sum("emi_cents", default=0),
        bank=Sum("bank_cents", default=0),
    )
    withheld = TaxRecord.objects.filter(deducted_on__range=days)
    sums = quarter_sums(quarter.year, quarter.number)
    moved = changes(since=days[0], until=days[1], currency=CURRENCY, codes=["2100"])
    return PayoutQuarter(
        quarter=quarter,
        payouts=paid["count"],
        gross_cents=paid["gross"],
        emi_cents=paid["emi"],
        bank_cents=paid["bank"],
        tds_cents=withheld.aggregate(total=Sum("tds_cents", default=0))["total"],
        ledger_tds_cents=sums.ledger_cents,
        deposited_cents=sum(each.cents for each in moved if each.event == "tds.deposited"),
    )


def tax_agrees(rows: list[PayoutQuarter]) -> Agreement:
    register = sum(row.tds_cents for row in rows)
    ledger = sum(row.ledger_tds_cents for row in rows)
    return Agreement(register, ledger, "2100 TDS payable, deposits left out")


# Each level's newest places by the index of levels, which a range of days alone would not use.
GROWTH = """
WITH days AS (
    SELECT (joined_at AT TIME ZONE %(zone)s)::date AS day, 1 AS joined, 0 AS placed, 0 AS begun,
           0 AS ended, 0 AS depth FROM domain_member
    WHERE joined_at >= %(from)s AND joined_at < %(to)s
    UNION ALL
    SELECT (n.placed_at AT TIME ZONE %(zone)s)::date, 0, 1, 0, 0, n.depth
    FROM generate_series(0, (SELECT max(depth) FROM domain_node)) AS level(depth)
    JOIN domain_node n ON n.depth = level.depth
      AND n.placed_at >= %(from)s AND n.placed_at < %(to)s
    UNION ALL
    SELECT started_on, 0, 0, 1, 0, 0 FROM domain_activebuyerperiod
    WHERE started_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT ended_on, 0, 0, 0, 1, 0 FROM domain_activebuyerperiod
    WHERE ended_on BETWEEN %(since)s AND %(until)s
)
SELECT date_trunc('month', day)::date, sum(joined), sum(placed), sum(begun), sum(ended),
       max(depth)
FROM days GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class GrowthMonth:
    month: date
    joined: int
    placed: int
    active_buyers_begun: int
    active_buyers_ended: int
    deepest: int


def growth(*, since: date, until: date) -> list[GrowthMonth]:
    """Members who joined, were placed, and became or ceased to be Active Buyers, by month."""
    first, after = moments(since, until)
    with connection.cursor() as cursor:
        cursor.execute(
            GROWTH,
            {
                "zone": settings.VEHICLES_TIME_ZONE,
                "from": first,
                "to": after,
                "since": since,
                "until": until,
            },
        )
        return [GrowthMonth(month, *map(int, row)) for month, *row in cursor.fetchall()]
