"""Revenue, payments and refunds, straight from the books: every figure is a sum of transfers.

Each report's total is, by construction, the change of the ledger's own accounts over the same
days; ``agrees`` asks the ledger by its other road (daily sums) and says whether it is so.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db import connection

from domain.ledger.queries import movements
from domain.reports.moved import LEGS

REVENUE, FEES, TAX = "4005", "4010", "2110"
CARD, BANK = "1010", "1000"

CHANGES = f"""
WITH {LEGS}
SELECT l.effective_on, coalesce(b.service_type, ''), l.code, e.event, sum(l.cents),
       count(DISTINCT e.booking_id)
FROM legs l JOIN domain_entry e ON e.id = l.entry_id
LEFT JOIN domain_booking b ON b.id = e.booking_id
GROUP BY 1, 2, 3, 4
"""  # noqa: S608  our own words only


@dataclass(frozen=True, slots=True)
class Change:
    """The change of an account code on a day; debits count up, in minor units."""

    day: date
    service: str
    code: str
    event: str
    cents: int
    bookings: int


def changes(*, since: date, until: date, currency: str, codes: list[str]) -> list[Change]:
    with connection.cursor() as cursor:
        asked: dict[str, date | str | list[str]] = {"since": since, "until": until}
        asked |= {"currency": currency, "codes": codes}
        cursor.execute(CHANGES, asked)
        return [
            Change(day, service, code, event, int(cents), bookings)
            for day, service, code, event, cents, bookings in cursor.fetchall()
        ]


@dataclass(slots=True)
class Revenue:
    """What one service earned on one day; ``service`` is "" for what has no booking."""

    day: date
    service: str
    deliveries: int = 0
    revenue_cents: int = 0
    fees_cents: int = 0
    tax_cents: int = 0

    @property
    def total_cents(self) -> int:
        return self.revenue_cents + self.fees_cents


def revenue(*, since: date, until: date, currency: str) -> list[Revenue]:
    """Revenue and kept fees by day and service; sales tax beside them, owed and not earned."""
    rows: dict[tuple[date, str], Revenue] = {}
    codes = [REVENUE, FEES, TAX]
    for change in changes(since=since, until=until, currency=currency, codes=codes):
        key = change.day, change.service
        row = rows.setdefault(key, Revenue(*key))
        if change.code == REVENUE:
            row.revenue_cents -= change.cents
            # A refund after delivery lowers revenue and delivers nothing.
            row.deliveries += change.bookings if change.event == "booking.revenue" else 0
        elif change.code == FEES:
            row.fees_cents -= change.cents
        else:
            row.tax_cents -= change.cents
    return [rows[key] for key in sorted(rows)]


@dataclass(slots=True)
class CashDay:
    """One day's money in and out, signed: what goes out is below zero, in minor units."""

    day: date
    card_cents: int = 0
    offline_cents: int = 0
    refunds_cents: int = 0
    disputes_cents: int = 0
    fees_cents: int = 0
    other_cents: int = 0

    @property
    def net_cents(self) -> int:
        return (
            self.card_cents
            + self.offline_cents
            + self.refunds_cents
            + self.disputes_cents
            + self.fees_cents
            + self.other_cents
        )


KINDS_OF_CASH = ("card", "offline", "refunds", "disputes", "fees", "other")


def kind_of_cash(event: str, code: str) -> str:
    """Say under which heading a movement of cash stands."""
    family = event.partition(".")[0]
    if family == "payment":
        return "card" if code == CARD else "offline"
    return {"refund": "refunds", "dispute": "disputes", "fee": "fees"}.get(family, "other")


def cash_days(*, since: date, until: date, currency: str) -> list[CashDay]:
    """Money through the bank and the card gateway, by day."""
    sums: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for change in changes(since=since, until=until, currency=currency, codes=[CARD, BANK]):
        sums[change.day][kind_of_cash(change.event, change.code)] += change.cents
    return [
        CashDay(day, **{f"{kind}_cents": sums[day][kind] for kind in KINDS_OF_CASH})
        for day in sorted(sums)
    ]


def refunded_cents(*, since: date, until: date, currency: str) -> int:
    found = changes(since=since, until=until, currency=currency, codes=[CARD, BANK])
    return -sum(each.cents for each in found if each.event.startswith("refund."))


def ledger_change(codes: list[str], *, since: date, until: date, currency: str) -> int:
    """Debits less credits of account codes over some days, as the ledger itself sums them."""
    return sum(
        debit - credit
        for code in codes
        for debit, credit in movements(code, currency, since=since, until=until).values()
    )


@dataclass(frozen=True, slots=True)
class Agreement:
    """Whether a report's total is the ledger's, and both figures, in minor units."""

    report_cents: int
    ledger_cents: int
    accounts: str

    @property
    def holds(self) -> bool:
        return self.report_cents == self.ledger_cents


def revenue_agrees(rows: list[Revenue], *, since: date, until: date, currency: str) -> Agreement:
    ledger = -ledger_change([REVENUE, FEES], since=since, until=until, currency=currency)
    total = sum(row.total_cents for row in rows)
    return Agreement(total, ledger, "4005 Delivery revenue and 4010 Forfeited advances and fees")


def cash_agrees(rows: list[CashDay], *, since: date, until: date, currency: str) -> Agreement:
    ledger = ledger_change([CARD, BANK], since=since, until=until, currency=currency)
    total = sum(row.net_cents for row in rows)
    return Agreement(total, ledger, "1000 Bank and 1010 Gateway clearing")
