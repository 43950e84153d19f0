"""From a line of a wallet to what caused it: pair, run, booking, payout, tax row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse

from backoffice.admin.doors import door, type_label
from domain.bookings.models import Booking
from domain.network.earning.models import PairReturn, ReferralBonus, ReferralClawback, RunMember
from domain.network.earning.models.pairs import key_of
from domain.network.earning.queries.wallets import Line
from domain.payments.models import Payment, Refund
from domain.payouts.models import TaxRecord

BONUSES = {"bonus": ReferralBonus, "clawback": ReferralClawback}
RUN, SETTLES = "commissionrun", "recoverable:"
NAMED_OTHERWISE = {"booking", "pairreturn", RUN, *BONUSES}
TAX = "2100"


@dataclass(frozen=True, slots=True)
class Door:
    """Something that has a page; the address is empty for those who may not see it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A line with the page of its entry and those of what it came from."""

    line: Line
    entry_url: str
    doors: tuple[Door, ...]


def shown_lines(request: HttpRequest, lines: Sequence[Line]) -> list[Shown]:
    """Lines with their doors, in a few queries however many lines there are."""
    paid = _paid_by_runs(lines)
    returns = PairReturn.objects.select_related("pair", "run").in_bulk(_ids(lines, "pairreturn"))
    bookings = _bookings(lines)
    tax = _tax_rows(lines)
    found = []
    for line in lines:
        doors = [_source(request, line)]
        if (back := returns.get(line.source_id or 0)) and line.source_type == "pairreturn":
            doors.append(_door(request, f"Pair {back.pair.number}", "pair", back.pair_id))
            doors.append(_door(request, str(back.run), "commissionrun", back.run_id))
        if run_row := paid.get(line.key.removeprefix(SETTLES)):
            doors.append(_month(run_row, line))
            doors.append(_door(request, str(run_row.run), RUN, run_row.run_id))
        if booking := bookings.get((line.source_type, line.source_id)):
            doors.append(_door(request, str(booking), "booking", booking.pk))
        if line.other_code == TAX and (row := tax.get(line.source_id or 0)):
            doors.append(_door(request, f"Tax row {row}", "taxrecord", row))
        entry = door(request, "entry", line.entry_id)
        found.append(Shown(line, entry, tuple(each for each in doors if each.text)))
    return found


def _source(request: HttpRequest, line: Line) -> Door:
    """What an entry names as its cause; some kinds are named by what is better known."""
    if line.source_id is None or line.source_type in NAMED_OTHERWISE:
        return Door("", "")
    name = type_label(line.source_type)
    text = f"{name[:1].upper()}{name[1:]} {line.source_id}"
    return _door(request, text, line.source_type, line.source_id)


def _door(request: HttpRequest, text: str, kind: str, pk: int | None) -> Door:
    return Door(text, door(request, kind, pk))


def _month(row: RunMember, line: Line) -> Door:
    """The month in which a run paid: its page says of each pair which two, and what it is worth."""
    return Door(
        row.numbers, reverse("admin:member_month", args=[row.member_id, f"{line.day:%Y-%m}"])
    )


def _paid_by_runs(lines: Sequence[Line]) -> dict[str, RunMember]:
    """What runs paid, by the keys of the entries."""
    ours = [each for each in lines if each.source_type == RUN]
    if not ours:
        return {}
    members = {int(each.key.removeprefix(SETTLES).split(":")[1]) for each in ours}
    runs = set(_ids(ours, RUN))
    keys = [key_of(member, run) for member in members for run in runs]
    rows = RunMember.objects.filter(pk__in=keys, new_pairs__gt=0)
    return {row.entry_key: row for row in rows.select_related("run")}


def _ids(lines: Iterable[Line], *kinds: str) -> list[int]:
    return [each.source_id for each in lines if each.source_id and each.source_type in kinds]


def _bookings(lines: Sequence[Line]) -> dict[tuple[str, int | None], Booking]:
    """The booking behind each source that has one."""
    behind: dict[tuple[str, int | None], int | None] = {}
    for kind, model in (*BONUSES.items(), ("payment", Payment), ("refund", Refund)):
        if ids := _ids(lines, kind):
            rows = model._default_manager.filter(pk__in=ids).values_list("pk", "booking_id")
            behind |= {(kind, pk): booking for pk, booking in rows}
    behind |= {(row.source_type, row.source_id): row.booking_id for row in lines if row.booking_id}
    wanted = {pk for pk in behind.values() if pk}
    found = Booking.objects.in_bulk(wanted) if wanted else {}
    return {source: found[pk] for source, pk in behind.items() if pk in found}


def _tax_rows(lines: Sequence[Line]) -> dict[int, int]:
    """The tax row of each payout that withheld some."""
    ids = [each.source_id for each in lines if each.other_code == TAX and each.source_id]
    if not ids:
        return {}
    rows = TaxRecord.objects.filter(payout__in=ids, reverses=None).values_list("payout_id", "pk")
    return {int(payout or 0): pk for payout, pk in rows}
