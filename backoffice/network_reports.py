"""Reports of the network: what is owed to members."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse

from backoffice.admin.report_ranges import Days
from backoffice.charts import Bar, draw
from backoffice.reports import Line, Money, Report, Total
from domain.common.money import show
from domain.reports import wallets as held

CURRENCY = "INR"


def wallets(days: Days, at: datetime) -> Report:
    """Wallet liabilities as they are now; a range makes no difference to them."""
    del days
    rows = held.wallets(currency=CURRENCY, at=at)
    whole = sum(row.cents for row in rows)
    bars = [Bar(row.name, row.cents, f"{row.name}: {show(row.cents, CURRENCY)}") for row in rows]
    return Report(
        name="wallets",
        title="Wallet liabilities",
        says="What the business owes its members, by what they may do with it.",
        headings=("Account", "Kind", "Members", "Largest", "Owed"),
        numbers=frozenset({2, 3, 4}),
        lines=tuple(_line(row) for row in rows),
        foot=Line(("Total", "", "", "", Money(whole, CURRENCY)), is_subtotal=True),
        totals=(Total("Owed to members", whole, None, CURRENCY),),
        agreement=held.wallets_agree(rows, currency=CURRENCY),
        currency=CURRENCY,
        chart=draw(bars) if whole else None,
        chart_title="Owed to members by kind",
        notes=("Deposits can be spent on bookings and are never paid out.",),
    )


def _line(row: held.Held) -> Line:
    account = reverse("admin:ledger_account", args=[row.code, CURRENCY])
    return Line(
        (
            row.code,
            row.name,
            row.members,
            Money(row.largest_cents, CURRENCY),
            Money(row.cents, CURRENCY, account),
        )
    )
