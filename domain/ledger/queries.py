"""Balances and pages of the books. A balance is the monthly and daily sums up to the horizon and
the few transfers after it, read in one statement, so that it is exact at any moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from domain.common.prepared import rows_prepared
from domain.ledger.chart import CHART, ChartAccount, Kind

MOVED = """
WITH horizon AS (
    SELECT coalesce(max(transfer_id), 0) AS id, coalesce(bool_and(has_months), false) AS months
    FROM domain_ledgerhorizon
), tail AS (
    SELECT debit_code, credit_code, amount_cents, currency, effective_on
    FROM domain_transfer WHERE id > (SELECT id FROM horizon)
), moved AS (
    {kept}
    UNION ALL
    SELECT debit_code, currency, effective_on, amount_cents, 0 FROM tail
    UNION ALL
    SELECT credit_code, currency, effective_on, 0, amount_cents FROM tail
)
"""
DAYS = """
    SELECT code, currency, day, debit_cents AS debit, credit_cents AS credit
    FROM domain_ledgerday"""
MONTHS = """
    SELECT code, currency, month AS day, debit_cents AS debit, credit_cents AS credit
    FROM domain_ledgermonth WHERE (SELECT months FROM horizon)"""
UNTIL_MONTHS = " WHERE NOT (SELECT months FROM horizon)"
BEFORE = " AND month < date_trunc('month', %(as_of)s::date)"
OF_MONTH = """
    WHERE code = ANY(%(codes)s) AND (
        NOT (SELECT months FROM horizon) OR day >= date_trunc('month', %(as_of)s::date))"""
BY_DAY = MOVED.format(kept=DAYS)
# Which days there are does not matter: the whole months, or the days until there are months.
IN_ALL = MOVED.format(kept=" UNION ALL ".join((MONTHS, DAYS + UNTIL_MONTHS)))
# The whole months before that of a day, and the days of this one.
UNTIL = MOVED.format(kept=" UNION ALL ".join((MONTHS + BEFORE, DAYS + OF_MONTH)))


@dataclass(frozen=True, slots=True)
class AccountTotal:
    """An account code's sums in one currency, in minor units."""

    account: ChartAccount
    currency: str
    debit_cents: int
    credit_cents: int

    @property
    def balance_cents(self) -> int:
        return natural(self.account.kind, self.debit_cents - self.credit_cents)


@dataclass(frozen=True, slots=True)
class BookingCash:
    """What the books say of one booking's money, in minor units."""

    captured_cents: int = 0
    refunded_cents: int = 0
    disputed_cents: int = 0
    surplus_cents: int = 0
    moved_cents: int = 0
    allowed_cents: int = 0

    @property
    def net_cents(self) -> int:
        """What of the money is still with the booking."""
        return self.captured_cents - self.refunded_cents - self.disputed_cents - self.moved_cents


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One transfer as seen from an account; ``change_cents`` has the account's own sign."""

    transfer_id: int
    entry_id: int
    key: str
    event: str
    effective_on: date
    other_code: str
    change_cents: int
    balance_cents: int
    booking_id: int | None
    source_type: str
    source_id: int | None
    actor_label: str
    memo: str


def natural(kind: Kind, debit_less_credit: int) -> int:
    """Give a balance the sign people expect: assets and expenses grow by debit."""
    return debit_less_credit if kind.grows_by_debit else -debit_less_credit


def balance(
    code: str, currency: str, *, as_of: date | None = None, booking_id: int | None = None
) -> int:
    """The balance of an account code, or of one booking's account, in minor units."""
    if booking_id is not None:
        return _booking_balance(code, currency, booking_id, as_of)
    found = _sums([code], currency, as_of).get(code, (0, 0))
    return natural(CHART[code].kind, found[0] - found[1])


def _sums(codes: Sequence[str], currency: str, as_of: date | None) -> dict[str, tuple[int, int]]:
    """Debits and credits of account codes, for those that have any."""
    asked = {"codes": list(codes), "currency": currency, "as_of": as_of}
    with connection.cursor() as cursor:
        cursor.execute(
            f"{UNTIL if as_of else IN_ALL} "  # noqa: S608
            "SELECT code, sum(debit), sum(credit) FROM moved "
            "WHERE code = ANY(%(codes)s) AND currency = %(currency)s "
            f"{'AND day <= %(as_of)s' if as_of else ''} GROUP BY code",
            asked,
        )
        return {code: (int(debit), int(credit)) for code, debit, credit in cursor.fetchall()}


def _booking_balance(code: str, currency: str, booking_id: int, as_of: date | None) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT coalesce(sum(CASE WHEN t.debit_id = a.id THEN t.amount_cents
                                     ELSE -t.amount_cents END), 0)
            FROM domain_account a
            JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
            WHERE a.code = %s AND a.currency = %s AND a.booking_id = %s
              AND (%s::date IS NULL OR t.effective_on <= %s)
            """,
            [code, currency, booking_id, as_of, as_of],
        )
        return natural(CHART[code].kind, int(cursor.fetchone()[0]))


def trial_balance(*, currency: str, as_of: date | None = None) -> list[AccountTotal]:
    """Every account code with its sums; debits and credits are equal over the whole list."""
    sums = _sums(list(CHART), currency, as_of)
    return [
        AccountTotal(account, currency, *sums.get(code, (0, 0))) for code, account in CHART.items()
    ]


def movements(code: str, currency: str, *, since: date, until: date) -> dict[date, tuple[int, int]]:
    """Debits and credits of an account code for each day that has any."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"{BY_DAY} SELECT day, sum(debit), sum(credit) FROM moved WHERE code = %s "  # noqa: S608
            "AND currency = %s AND day BETWEEN %s AND %s GROUP BY day ORDER BY day",
            [code, currency, since, until],
        )
        return {day: (int(debit), int(credit)) for day, debit, credit in cursor.fetchall()}


# Money that came onto a booking, and that left it other than as a refund to its payer.
PAID_IN = (
    "payment.captured",
    "payment.applied",
    "emi_reserve.applied",
    "emi_reserve.applied_after_delivery",
    "wallet.applied",
)
SET_FREE = ("booking.expired_to_wallet", "booking.expired_to_booking")
MOVED_OUT = (*SET_FREE, "booking.returned_to_member")
# An approved payout fills instalments of several bookings by one entry: it is found by the
# booking's own account.
CASH = """
WITH told AS (
    SELECT e.booking_id, e.event, t.amount_cents, t.debit_code, t.credit_code
    FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
    WHERE e.booking_id = ANY(%(ids)s::bigint[])
    UNION ALL
    SELECT a.booking_id, e.event, t.amount_cents, t.debit_code, t.credit_code
    FROM domain_account a JOIN domain_transfer t ON t.credit_id = a.id OR t.debit_id = a.id
    JOIN domain_entry e ON e.id = t.entry_id AND e.booking_id IS NULL
    WHERE a.booking_id = ANY(%(ids)s::bigint[]) AND a.currency = 'INR'
      AND e.event IN ('payout.approved', 'payout.returned')
)
SELECT booking_id,
    coalesce(sum(amount_cents) FILTER (WHERE event = ANY(%(paid)s) OR event = 'payout.approved'), 0)
    - coalesce(sum(amount_cents) FILTER (WHERE event = 'payout.returned'), 0),
    coalesce(sum(amount_cents) FILTER (WHERE event = 'refund.completed'), 0)
    - coalesce(sum(amount_cents) FILTER (WHERE event = 'refund.reversed'), 0),
    coalesce(sum(amount_cents) FILTER (WHERE event = 'dispute.lost'), 0),
    coalesce(sum(amount_cents) FILTER (WHERE event = 'payment.surplus'), 0),
    coalesce(sum(amount_cents) FILTER (WHERE event = ANY(%(moved)s)), 0),
    coalesce(sum(amount_cents) FILTER (
        WHERE event = 'refund.completed' AND debit_code = '4000'), 0)
    - coalesce(sum(amount_cents) FILTER (
        WHERE event = 'refund.reversed' AND credit_code = '4000'), 0)
FROM told GROUP BY booking_id
"""


def booking_cash(booking_ids: Sequence[int]) -> dict[int, BookingCash]:
    """What each booking was paid and refunded, by the books, in one query."""
    found = dict.fromkeys(booking_ids, BookingCash())
    asked: dict[str, list[int] | list[str]] = {
        "ids": list(booking_ids),
        "paid": list(PAID_IN),
        "moved": list(MOVED_OUT),
    }
    for booking_id, *sums in rows_prepared(CASH, asked):
        found[booking_id] = BookingCash(*(int(cents) for cents in sums))
    return found


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page of an account ends: the next one starts before it."""

    day: date
    transfer_id: int
    balance_cents: int


# Each side is read from its own index, newest first, and the two are merged.
ROWS = """
SELECT t.id, t.entry_id, e.key, e.event, t.effective_on, t.other, t.signed,
       e.booking_id, e.source_type, e.source_id, e.actor_label, e.memo, {total}
FROM (
    (SELECT id, entry_id, effective_on, credit_code AS other, amount_cents AS signed
     FROM domain_transfer WHERE debit_code = %(code)s AND currency = %(currency)s
       AND effective_on <= %(as_of)s AND (effective_on, id) < (%(day)s, %(transfer)s)
     ORDER BY effective_on DESC, id DESC LIMIT %(limit)s)
    UNION ALL
    (SELECT id, entry_id, effective_on, debit_code, -amount_cents
     FROM domain_transfer WHERE credit_code = %(code)s AND currency = %(currency)s
       AND effective_on <= %(as_of)s AND (effective_on, id) < (%(day)s, %(transfer)s)
     ORDER BY effective_on DESC, id DESC LIMIT %(limit)s)
) t JOIN domain_entry e ON e.id = t.entry_id
ORDER BY t.effective_on DESC, t.id DESC LIMIT %(limit)s
"""
# The first page asks for the balance in the same statement: between two, somebody could post.
TOTAL = """(SELECT coalesce(sum(debit) - sum(credit), 0) FROM moved
            WHERE code = %(code)s AND currency = %(currency)s {until})"""
PAGE = ROWS.format(total="NULL")
FIRST_PAGE = IN_ALL + ROWS.format(total=TOTAL.format(until=""))
FIRST_PAGE_UNTIL = UNTIL + ROWS.format(total=TOTAL.format(until="AND day <= %(as_of)s"))
END_OF_TIME = date(9999, 12, 31)


def account_page(
    code: str,
    currency: str,
    *,
    as_of: date | None = None,
    before: Cursor | None = None,
    limit: int = 50,
) -> list[AccountRow]:
    """A page of an account, the newest first, each row with the balance after it.

    The balance runs backwards from the account's total, so a page deep in the past costs
    what the first one does; ``before`` carries it on.
    """
    kind = CHART[code].kind
    asked: dict[str, str | int | date | list[str]] = {
        "code": code,
        "codes": [code],
        "currency": currency,
        "as_of": as_of or END_OF_TIME,
        "day": before.day if before else END_OF_TIME,
        "transfer": before.transfer_id if before else 0,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        first = FIRST_PAGE_UNTIL if as_of else FIRST_PAGE
        cursor.execute(PAGE if before else first, asked)
        found = cursor.fetchall()
    if not found:
        return []
    running = before.balance_cents if before else natural(kind, int(found[0][-1]))
    rows = []
    for transfer, entry, key, event, day, other, signed, *more, _total in found:
        change = natural(kind, int(signed))
        row = AccountRow(transfer, entry, key, event, day, other, change, running, *more)
        rows.append(row)
        running -= change
    return rows


def cursor_after(rows: Sequence[AccountRow]) -> Cursor | None:
    """Where the page after these rows starts."""
    if not rows:
        return None
    last = rows[-1]
    return Cursor(last.effective_on, last.transfer_id, last.balance_cents - last.change_cents)
