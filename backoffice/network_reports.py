"""Reports of the network: commission, payouts and tax, wallets, growth."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.urls import reverse

from backoffice.access import url_for_holders
from backoffice.admin.report_ranges import Days
from backoffice.charts import Bar, Chart, draw
from backoffice.reports import Kind, Line, Money, Number, Report, Total, behind_url, rows_url
from domain.common.money import show
from domain.reports import network
from domain.reports import wallets as held
from domain.reports.network import CURRENCY, CommissionMonth, GrowthMonth, PayoutQuarter

NOT_ADVICE = "Figures as kept by us. Not legal or tax advice."


def _chart(bars: list[Bar], *, money: bool = True) -> Chart | None:
    if not any(bar.value for bar in bars):
        return None
    return draw(bars, most_labels=12, money=money)


def _money(cents: int, url: str = "") -> Money:
    return Money(cents, CURRENCY, url if cents else "")


# --- Commission -----------------------------------------------------------------------------------


def commission(days: Days, at: datetime) -> Report:
    del at
    rows = network.commission(since=days.since, until=days.until)
    earlier = days.before()
    before = network.commission(since=earlier.since, until=earlier.until)
    return Report(
        name="commission",
        title=KINDS["commission"].title,
        says="What the network earned, in the month of the books; what was taken back lowers it.",
        headings=("Month", "Referrals", "Pairs", "Earned", "Runs", "Pairs made", "Members paid"),
        numbers=frozenset(range(1, 7)),
        lines=tuple(_commission_line(f"{row.month:%b %Y}", [row], days) for row in rows),
        foot=_commission_line("Total", rows, days, is_subtotal=True),
        totals=(
            Total("Earned", _earned(rows), _earned(before), CURRENCY),
            Total("of it referrals", _referrals(rows), _referrals(before), CURRENCY),
            Total("of it pairs", _pairs(rows), _pairs(before), CURRENCY),
        ),
        agreement=network.commission_agrees(rows, since=days.since, until=days.until),
        currency=CURRENCY,
        chart=_chart(
            [
                Bar(f"{row.month:%b}", row.total_cents, f"{row.month:%b %Y}: {_shown(row)}")
                for row in rows
            ]
        ),
        chart_title="Earned a month",
    )


def _shown(row: CommissionMonth) -> str:
    return show(row.total_cents, CURRENCY)


def _referrals(rows: Sequence[CommissionMonth]) -> int:
    return sum(row.referral_cents for row in rows)


def _pairs(rows: Sequence[CommissionMonth]) -> int:
    return sum(row.pair_cents for row in rows)


def _earned(rows: Sequence[CommissionMonth]) -> int:
    return sum(row.total_cents for row in rows)


def _commission_line(
    label: str, rows: Sequence[CommissionMonth], days: Days, *, is_subtotal: bool = False
) -> Line:
    of = days if is_subtotal else days.within_month(rows[0].month)

    def behind(codes: str) -> str:
        return behind_url(codes=codes, since=of.since, until=of.until, currency=CURRENCY)

    def counted(name: str) -> Number:
        count = sum(getattr(row, name) for row in rows)
        return Number(count, rows_url("runs", since=of.since, until=of.until) if count else "")

    return Line(
        (
            label,
            _money(_referrals(rows), behind("5000")),
            _money(_pairs(rows), behind("5010")),
            _money(_earned(rows), behind("5000,5010")),
            counted("runs"),
            counted("pairs"),
            counted("members"),
        ),
        is_subtotal=is_subtotal,
    )


# --- Payouts and tax ------------------------------------------------------------------------------


def payouts(days: Days, at: datetime) -> Report:
    del at
    rows = network.payout_quarters(since=days.since, until=days.until)
    return Report(
        name="payouts",
        title=KINDS["payouts"].title,
        says="Whole tax quarters that the days touch: what reached members, and their tax.",
        headings=(
            *("Quarter", "Payouts", "Gross", "Instalments", "To the bank"),
            *("Withheld", "Handed over", "Statement due"),
        ),
        numbers=frozenset(range(1, 7)),
        lines=tuple(_payout_line(str(row.quarter), [row]) for row in rows),
        foot=_payout_line("Total", rows, is_subtotal=True),
        totals=(
            Total("Paid out, gross", sum(row.gross_cents for row in rows), None, CURRENCY),
            Total("Withheld", sum(row.tds_cents for row in rows), None, CURRENCY),
            Total("Handed over", sum(row.deposited_cents for row in rows), None, CURRENCY),
        ),
        agreement=network.tax_agrees(rows),
        agrees="The tax register equals",
        currency=CURRENCY,
        chart=_chart(
            [
                Bar(str(row.quarter.name), row.tds_cents, f"{row.quarter}: {_withheld(row)}")
                for row in rows
            ]
        ),
        chart_title="Tax withheld a quarter",
        notes=(NOT_ADVICE,),
    )


def _withheld(row: PayoutQuarter) -> str:
    return f"{show(row.tds_cents, CURRENCY)} withheld"


def _payout_line(label: str, rows: Sequence[PayoutQuarter], *, is_subtotal: bool = False) -> Line:
    one = None if is_subtotal else rows[0].quarter
    paid = rows_url("payouts", year=one.year, quarter=one.number) if one else ""
    since, until = (rows[0].quarter.starts_on, rows[-1].quarter.ends_on) if rows else (None, None)

    def figure(name: str) -> Money:
        return _money(sum(getattr(row, name) for row in rows), paid)

    def of_tax(name: str, **events: str) -> Money:
        cents = sum(getattr(row, name) for row in rows)
        if since is None or until is None:
            return _money(cents)
        asked = {"codes": "2100", "currency": CURRENCY, **events}
        return _money(cents, behind_url(since=since, until=until, **asked))

    count = sum(row.payouts for row in rows)
    return Line(
        (
            label,
            Number(count, paid if count else ""),
            figure("gross_cents"),
            figure("emi_cents"),
            figure("bank_cents"),
            of_tax("tds_cents", but="tds.deposited", sign="income"),
            of_tax("deposited_cents", event="tds.deposited"),
            "" if one is None else one.statement_by,
        ),
        is_subtotal=is_subtotal,
    )


# --- Wallets --------------------------------------------------------------------------------------


def wallets(days: Days, at: datetime) -> Report:
    """Wallet liabilities as they are now; a range makes no difference to them."""
    del days
    rows = held.wallets(currency=CURRENCY, at=at)
    whole = sum(row.cents for row in rows)
    return Report(
        name="wallets",
        title=KINDS["wallets"].title,
        says="What the business owes its members, by what they may do with it.",
        headings=("Account", "Kind", "Members", "Largest", "Owed"),
        numbers=frozenset({2, 3, 4}),
        lines=tuple(_wallet_line(row) for row in rows),
        foot=Line(("Total", "", "", "", _money(whole)), is_subtotal=True),
        totals=(Total("Owed to members", whole, None, CURRENCY),),
        agreement=held.wallets_agree(rows, currency=CURRENCY),
        agrees="The balances that wallets keep, added up, equal",
        currency=CURRENCY,
        chart=_chart(
            [Bar(row.name, row.cents, f"{row.name}: {show(row.cents, CURRENCY)}") for row in rows]
        ),
        chart_title="Owed to members by kind",
        notes=("Deposits can be spent on bookings and are never paid out.",),
        empty="No member has a wallet yet.",
    )


def _wallet_line(row: held.Held) -> Line:
    account = url_for_holders(
        "domain.view_ledger", reverse("admin:ledger_account", args=[row.code, CURRENCY])
    )
    whose = rows_url("wallets", code=row.code)
    return Line(
        (
            row.code,
            row.name,
            Number(row.members, whose if row.members else ""),
            _money(row.largest_cents, whose),
            _money(row.cents, account),
        )
    )


# --- Growth ---------------------------------------------------------------------------------------


def members(days: Days, at: datetime) -> Report:
    del at
    rows = network.growth(since=days.since, until=days.until)
    return Report(
        name="members",
        title=KINDS["members"].title,
        says="Who joined, who was placed, and who became or ceased to be an Active Buyer.",
        headings=(
            *("Month", "Joined", "Placed", "Became Active Buyer", "Ceased to be"),
            "Deepest place filled",
        ),
        numbers=frozenset(range(1, 6)),
        lines=tuple(_growth_line(f"{row.month:%b %Y}", [row], days) for row in rows),
        foot=_growth_line("Total", rows, days, is_subtotal=True),
        totals=(),
        agreement=None,
        currency="",
        chart=_chart(
            [
                Bar(f"{row.month:%b}", row.joined, f"{row.month:%b %Y}: {row.joined} joined")
                for row in rows
            ],
            money=False,
        ),
        chart_title="Members who joined a month",
        empty="Nobody joined in these days. Choose a longer range.",
    )


def _growth_line(
    label: str, rows: Sequence[GrowthMonth], days: Days, *, is_subtotal: bool = False
) -> Line:
    of = days if is_subtotal else days.within_month(rows[0].month)

    def counted(name: str, what: str) -> Number:
        count = sum(getattr(row, name) for row in rows)
        url = rows_url("growth", what=what, since=of.since, until=of.until)
        return Number(count, url if count else "")

    return Line(
        (
            label,
            counted("joined", "joined"),
            counted("placed", "placed"),
            counted("active_buyers_begun", "begun"),
            counted("active_buyers_ended", "ended"),
            Number(max((row.deepest for row in rows), default=0)),
        ),
        is_subtotal=is_subtotal,
    )


KINDS = {
    "commission": Kind("Commission", commission, CURRENCY, "Network"),
    "payouts": Kind("Payouts and tax", payouts, CURRENCY, "Network"),
    "wallets": Kind("Wallet liabilities", wallets, CURRENCY, "Network", ranged=False),
    "members": Kind("Member growth", members, CURRENCY, "Network"),
}
