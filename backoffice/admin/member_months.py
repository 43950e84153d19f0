"""A member's month explained: what was earned, why, and where it went, equal to the books."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice.access import require
from backoffice.admin.doors import door
from backoffice.admin.page import page
from backoffice.admin.wallet_doors import shown_lines
from backoffice.admin.wallets import VIEW, member_of, month_of
from domain.compliance.days import day_of
from domain.network.earning.models import Pair
from domain.network.earning.queries.months import MemberMonth, RunPart, month_of_member
from domain.network.earning.queries.wallets import months_of
from domain.payouts.models import TaxRecord

MOST = 200


def pages(site: AdminSite) -> list[URLPattern]:
    address = "wallet/<int:member_id>/month/<str:month>/"
    return [path(address, site.admin_view(month_view), name="member_month")]


def month_view(request: HttpRequest, member_id: int, month: str) -> HttpResponse:
    require(request, VIEW)
    member, first = member_of(member_id), month_of(month)
    if first is None or first > day_of(timezone.now()):
        raise Http404("There is no such month.")
    found = month_of_member(member.pk, first)
    return page(
        request,
        "admin/wallets/month.html",
        f"{first:%B %Y} of {member.customer.full_name()}",
        member=member,
        found=found,
        runs=[(each, why_of(each), pairs_of(request, each)) for each in found.runs],
        bonuses=[
            (each, door(request, "booking", each.booking_id)) for each in found.bonuses[:MOST]
        ],
        returns=[(each, door(request, "pair", each.pair_id)) for each in found.returns[:MOST]],
        clawbacks=[
            (each, door(request, "booking", each.booking_id)) for each in found.clawbacks[:MOST]
        ],
        otherwise=shown_lines(request, found.otherwise[:MOST]),
        more=max(len(found.otherwise) - MOST, 0),
        **_tax(request, member.pk, found),
        **_doors(request, member.pk, first),
    )


def why_of(part: RunPart) -> list[str]:
    """The run's arithmetic in sentences, in the order in which it is done."""
    row, said = part.row, []
    paired = min(row.free_left, row.free_right)
    if not row.may_earn:
        return ["The member may not earn any more, so that no pair was made."]
    weaker = "left" if row.free_left <= row.free_right else "right"
    if paired <= 0:
        return [f"The {weaker} side has nobody to pair: no pair is possible."]
    said.append(f"The {weaker} side is the weaker one: {paired} could be paired.")
    room = max(part.cap - row.used_before, 0)
    if row.new_pairs < paired:
        used = f", {row.used_before} of them used before" if row.used_before else ""
        said.append(f"The cap of {part.cap} a month{used} left room for {room}.")
    if row.flushed:
        said.append(f"{row.flushed} that both sides could still make were burned.")
    elif part.waits_for_cap:
        said.append(f"{part.waits_for_cap} wait for the next month.")
    return said


def pairs_of(request: HttpRequest, part: RunPart) -> list[tuple[Pair, str]]:
    return [(each, door(request, "pair", each.pk)) for each in part.pairs[:MOST]]


def _tax(request: HttpRequest, member_id: int, found: MemberMonth) -> dict[str, Any]:
    """Tax rows of the month: withheld when a payout is approved, so not from these earnings."""
    rows = TaxRecord.objects.filter(member=member_id, deducted_on__range=(found.first, found.last))
    shown = list(rows.order_by("deducted_on", "pk")[:MOST])
    return {
        "tax_rows": [(each, door(request, "taxrecord", each.pk)) for each in shown],
        "tax_cents": sum(each.tds_cents for each in shown),
    }


def _doors(request: HttpRequest, member_id: int, first: date) -> dict[str, Any]:
    months = months_of(member_id)
    earlier = [each for each in months if each < first]
    later = [each for each in months if each > first]
    return {
        "wallet_url": f"{reverse('admin:wallet', args=[member_id])}?month={first:%Y-%m}",
        "statement_url": reverse("admin:wallet_statement", args=[member_id, f"{first:%Y-%m}"]),
        "before": (earlier[0], month_url(member_id, earlier[0])) if earlier else None,
        "after": (later[-1], month_url(member_id, later[-1])) if later else None,
    }


def month_url(member_id: int, month: date) -> str:
    return reverse("admin:member_month", args=[member_id, f"{month:%Y-%m}"])
