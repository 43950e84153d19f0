"""The members, payouts, runs and pairs behind the figures of the network's reports."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from django.urls import reverse

from backoffice.report_rows import (
    INR,
    MOST,
    Asked,
    Rows,
    booking_link,
    member_link,
    moment,
    rows_of,
)
from backoffice.reports import Money, Named, Number
from domain.common.money import show
from domain.payouts.rules.calendar import Quarter
from domain.reports import backing, people
from domain.reports.network import payout_quarter
from domain.reports.wallets import KINDS
from domain.reports.wallets import wallets as wallet_sums


def pairs(asked: Asked) -> Rows:
    by_place, days = asked.words.get("why") == "place", asked.days
    rows, count, cents = backing.unbacked_pairs(
        since=days.since, until=days.until, by_place=by_place, limit=MOST
    )
    lines = [
        (
            Named(f"Pair {row.number}", reverse("admin:domain_pair_change", args=[row.pair_id])),
            member_link(row.member_id, row.name),
            Money(row.cents, INR),
        )
        for row in rows
    ]
    why = "a unit of a place alone" if by_place else "a unit whose sale was undone since"
    about = f"Pairs with {why} · {days.said()}"
    headings = ("Pair", "Member", "Amount")
    return rows_of("Pairs without a sale", about, headings, lines, count, cents, numbers={2})


def bonuses(asked: Asked) -> Rows:
    days = asked.days
    rows, count, cents = backing.standing_bonuses(since=days.since, until=days.until, limit=MOST)
    lines = [
        (
            booking_link(row.booking_id, row.number),
            member_link(row.member_id, row.name),
            row.on,
            Money(row.cents, INR),
        )
        for row in rows
    ]
    about = f"What sponsors keep for bookings that were given up · {days.said()}"
    headings = ("Booking", "Sponsor", "Last bonus", "Kept")
    return rows_of("Bonuses without a sale", about, headings, lines, count, cents, numbers={3})


def _members(title: str, about: str, when: str, found: people.People) -> Rows:
    rows, count = found.first(MOST)
    lines = [
        (
            member_link(row.member_id, row.name),
            row.code,
            moment(row.on) if isinstance(row.on, datetime) else row.on,
        )
        for row in rows
    ]
    return rows_of(title, about, ("Member", "Code", when), lines, count, None, numbers=set())


def growth(asked: Asked) -> Rows:
    what = asked.one_of("what", people.GROWTH, "joined")
    words, find = people.GROWTH[what]
    days = asked.days
    return _members("Members", f"{words} · {days.said()}", words, find(days.since, days.until))


def level(asked: Asked) -> Rows:
    depth = asked.number("level") or 0
    about = f"Level {depth}" if depth else "Roots"
    return _members("Members by level", about, "Placed", people.on_level(min(depth, 30_000)))


def wallets(asked: Asked) -> Rows:
    code = asked.one_of("code", KINDS, "2000")
    rows, kept = people.wallets_of(code), wallet_sums(currency=INR, at=asked.at)
    found = list(rows[:MOST])
    count = len(found) if len(found) < MOST else rows.count()
    lines = [
        (
            member_link(row.customer_id or 0, row.customer.full_name()) if row.customer else "–",
            Money(row.balance_cents, INR),
        )
        for row in found
    ]
    return rows_of(
        "Wallets",
        f"{code} {KINDS[code]} · the largest first",
        ("Member", "Balance"),
        lines,
        count,
        sum(each.cents for each in kept if each.code == code),
        numbers={1},
    )


def payouts(asked: Asked) -> Rows:
    day = asked.days.since
    quarter = Quarter(asked.number("year") or day.year, min(asked.number("quarter") or 1, 4) or 1)
    rows = people.paid_in(quarter)
    found = list(rows[:MOST])
    lines = [
        (
            Named(str(row.pk), reverse("admin:domain_payout_change", args=[row.pk])),
            member_link(row.member_id, row.member.customer.full_name()),
            row.deducted_on or "–",
            *(
                Money(cents or 0, INR)
                for cents in (row.amount_cents, row.tds_cents, row.emi_cents, row.bank_cents)
            ),
        )
        for row in found
    ]
    sums = payout_quarter(quarter)
    parts = {
        "gross": sums.gross_cents,
        "tax": sums.gross_cents - sums.emi_cents - sums.bank_cents,
        "instalments": sums.emi_cents,
        "to the bank": sums.bank_cents,
    }
    about = ", ".join(f"{words} {show(cents, INR)}" for words, cents in parts.items())
    headings = ("Payout", "Member", "Deducted", "Gross", "Tax", "Instalments", "To the bank")
    numbers = {3, 4, 5, 6}
    title = f"Payouts of {quarter}"
    return rows_of(title, about, headings, lines, sums.payouts, None, numbers=numbers)


def runs(asked: Asked) -> Rows:
    days = asked.days
    rows = list(people.runs_of(days.since, days.until)[:MOST])
    lines = [
        (
            Named(str(row), reverse("admin:domain_commissionrun_change", args=[row.pk])),
            row.as_of,
            Number(row.pairs),
            Number(row.members),
            Money(row.gross_cents, INR),
        )
        for row in rows
    ]
    cents = sum(row.gross_cents for row in rows)
    headings = ("Run", "Units up to", "Pairs", "Members paid", "Gross")
    about = f"Posted runs · {days.said()}"
    return rows_of("Commission runs", about, headings, lines, len(rows), cents, numbers={2, 3, 4})


PAGES: dict[str, Callable[[Asked], Rows]] = {
    "pairs": pairs,
    "bonuses": bonuses,
    "growth": growth,
    "level": level,
    "wallets": wallets,
    "payouts": payouts,
    "runs": runs,
}
