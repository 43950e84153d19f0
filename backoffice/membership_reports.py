"""Reports of who the members are, how deep they sit, and whether commission rests on sales."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from backoffice.admin.report_ranges import Days
from backoffice.charts import Bar, draw
from backoffice.reports import Kind, Line, Money, Number, Report, Total, behind_url, rows_url
from backoffice.vehicle_reports import share
from domain.reports import backing, membership
from domain.reports.backing import CURRENCY, BackingMonth
from domain.reports.membership import Standing

NOT_ADVICE = "Figures as kept by us. Not legal or tax advice."


# --- Sale-backed ----------------------------------------------------------------------------------


def sale_backed(days: Days, at: datetime) -> Report:
    del at
    rows = backing.backing(since=days.since, until=days.until)
    bars = [
        Bar(f"{row.month:%b}", _percent(row), f"{row.month:%b %Y}: {_share([row])} rests on sales")
        for row in rows
    ]
    return Report(
        name="sale-backed",
        title=KINDS["sale-backed"].title,
        says=(
            "How much of the commission rests on sales. A pair does when both its units were made "
            "by purchases that stand; a place in the tree alone is no sale."
        ),
        headings=(
            *("Month", "Commission", "Referrals", "Pairs", "A place alone"),
            *("Sale undone since", "Booking given up", "Rests on sales", "Share"),
        ),
        numbers=frozenset(range(1, 9)),
        lines=tuple(_backing_line(f"{row.month:%b %Y}", [row], days) for row in rows),
        foot=_backing_line("Total", rows, days, is_subtotal=True),
        totals=(
            Total("Commission", sum(row.total_cents for row in rows), None, CURRENCY),
            Total("Rests on sales", sum(row.backed_cents for row in rows), None, CURRENCY),
        ),
        agreement=backing.backing_agrees(rows, since=days.since, until=days.until),
        agrees="The bonuses and the posted runs, added up, equal",
        currency=CURRENCY,
        chart=draw(bars, most_labels=12, money=False) if any(bar.value for bar in bars) else None,
        chart_title="Percent of the commission that rests on sales, month by month",
        notes=(NOT_ADVICE,),
        empty="Nobody earned commission in these days. Choose a longer range.",
    )


def _share(rows: Sequence[BackingMonth]) -> str:
    return share(sum(row.backed_cents for row in rows), sum(row.total_cents for row in rows))


def _percent(row: BackingMonth) -> int:
    return row.backed_cents * 100 // row.total_cents if row.total_cents > 0 else 0


def _backing_line(
    label: str, rows: Sequence[BackingMonth], days: Days, *, is_subtotal: bool = False
) -> Line:
    of = days if is_subtotal else days.within_month(rows[0].month)
    within = {"since": of.since, "until": of.until}

    def sum_of(name: str) -> int:
        return sum(getattr(row, name) for row in rows)

    def entries(name: str, codes: str) -> Money:
        url = behind_url(codes=codes, currency=CURRENCY, **within)
        return Money(sum_of(name), CURRENCY, url if sum_of(name) else "")

    def unbacked(name: str, rows_name: str, **more: str) -> Money:
        url = rows_url(rows_name, **within, **more) if sum_of(name) else ""
        return Money(sum_of(name), CURRENCY, url)

    return Line(
        (
            label,
            entries("total_cents", "5000,5010"),
            entries("referral_cents", "5000"),
            entries("pair_cents", "5010"),
            unbacked("place_cents", "pairs", why="place"),
            unbacked("undone_cents", "pairs", why="undone"),
            unbacked("given_up_cents", "bonuses"),
            Money(sum_of("backed_cents"), CURRENCY),
            _share(rows),
        ),
        is_subtotal=is_subtotal,
    )


# --- The register ---------------------------------------------------------------------------------


def register(days: Days, at: datetime) -> Report:
    """Who the members are, as it is now; each count opens its part of the register."""
    del days
    rows = membership.standings(at=at)
    bars = [
        Bar(_short(row), row.members, f"{row.words}: {row.members:,}", url=_part(row))
        for row in rows
    ]
    return Report(
        name="register",
        title=KINDS["register"].title,
        says=(
            "Every member, by what they may do: only a distributor, who signed the agreement and "
            "whose KYC is valid, can be paid. A count opens the register itself."
        ),
        headings=("Members", "Count", "with a verified PAN", "with a verified bank account"),
        numbers=frozenset({1, 2, 3}),
        lines=tuple(_register_line(row.words, [row], _part(row)) for row in rows),
        foot=_register_line("All members", rows, rows_url("register"), is_subtotal=True),
        totals=(),
        agreement=None,
        currency="",
        chart=draw(bars, money=False) if rows else None,
        chart_title="Members by how they stand",
        empty="Nobody is a member yet.",
        notes=(NOT_ADVICE,),
    )


def _short(row: Standing) -> str:
    return row.words.partition(":")[0]


def _part(row: Standing) -> str:
    return rows_url("register", standing=row.name)


def _register_line(
    label: str, rows: Sequence[Standing], url: str, *, is_subtotal: bool = False
) -> Line:
    return Line(
        (
            label,
            Number(sum(row.members for row in rows), url),
            Number(sum(row.with_pan for row in rows)),
            Number(sum(row.with_account for row in rows)),
        ),
        is_subtotal=is_subtotal,
    )


# --- Depth ----------------------------------------------------------------------------------------


def depth(days: Days, at: datetime) -> Report:
    """Members by level of the tree, as it is now."""
    del days, at
    rows = membership.levels()
    whole, so_far, lines = sum(row.members for row in rows), 0, []
    for row in rows:
        so_far += row.members
        label = f"Level {row.depth}" if row.depth else "Roots"
        url = rows_url("level", level=row.depth)
        values = (label, Number(row.members, url), share(row.members, whole), share(so_far, whole))
        lines.append(Line(values))
    bars = [
        Bar(str(row.depth), row.members, f"Level {row.depth}: {row.members:,} members",
            url=rows_url("level", level=row.depth))
        for row in rows
    ]  # fmt: skip
    return Report(
        name="depth",
        title=KINDS["depth"].title,
        says="How many members sit on each level of all trees; the roots are level 0.",
        headings=("Level", "Members", "Share", "Up to this level"),
        numbers=frozenset({1, 2, 3}),
        lines=tuple(lines),
        foot=Line(("Total", Number(whole), share(whole, whole), ""), is_subtotal=True),
        totals=(),
        agreement=None,
        currency="",
        chart=draw(bars, most_labels=20, money=False) if rows else None,
        chart_title="Members by level",
        empty="Nobody has a place in the tree yet.",
    )


KINDS = {
    "sale-backed": Kind("Sale-backed ratio", sale_backed, CURRENCY, "Compliance"),
    "register": Kind("Membership register", register, CURRENCY, "Compliance", ranged=False),
    "depth": Kind("Depth", depth, CURRENCY, "Network", ranged=False),
}
