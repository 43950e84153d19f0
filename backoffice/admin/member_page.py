"""What a member's page and the holding list show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from backoffice.access import holds
from backoffice.admin.compliance.person import papers_of
from backoffice.admin.page import PER_PAGE
from backoffice.admin.paging import BoundedPaginator
from backoffice.admin.trail import trail_of
from domain.bookings.models import Booking
from domain.common.settings.queries import choice_at, setting_at
from domain.compliance.days import day_of
from domain.compliance.models import Nominee, NomineeState
from domain.compliance.queries import verified_kyc
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules.parts import EARNINGS, PARTS
from domain.network.models import Member, Node
from domain.network.queries.members import CONFIRMED, standing_of
from domain.network.queries.tree import legs_of
from domain.network.rules.paths import spelled

if TYPE_CHECKING:
    from backoffice.admin.members import MemberAdmin

SHOWN = 20
TRIGGERS = {
    "BOOKING_CONFIRMED": "A confirmed booking places a member by itself; staff may place sooner.",
    "REGISTRATION": "Members are placed by themselves as they join; who is here had no room.",
    "STAFF": "Nobody is placed by themselves: staff place every member.",
}


@dataclass(frozen=True, slots=True)
class Units:
    """A place's counters as the last posted run left them."""

    left: int
    right: int
    pairs: int
    carry_left: int
    carry_right: int
    this_month: int
    cap: int


def units_of(node: Node, at: datetime) -> Units:
    used = node.month_used if node.month == day_of(at).replace(day=1) else 0
    return Units(
        left=node.left_units,
        right=node.right_units,
        pairs=node.pairs_matched,
        carry_left=node.left_units - node.pairs_matched - node.flushed_left,
        carry_right=node.right_units - node.pairs_matched - node.flushed_right,
        this_month=used,
        cap=setting_at("pair.monthly_cap", at),
    )


def about(request: HttpRequest, member: Member) -> dict[str, Any]:
    now = timezone.now()
    node: Node | None = getattr(member, "node", None)
    referrals = member.referrals.select_related("customer").order_by("-joined_at", "-pk")
    asked = member.placement_corrections.order_by("-requested_at", "-pk")
    left = member.transmissions.order_by("-requested_at", "-pk")
    corrections, transmissions = list(asked[:SHOWN]), list(left[:SHOWN])
    booked = Booking.objects.filter(customer=member.pk).select_related("customer")
    sees_bookings = holds(request, "domain.view_booking")
    return {
        "member": member,
        "node": node,
        "place_words": place_words(node),
        "units": units_of(node, now) if node else None,
        "own_units": node.unit_events.order_by("-id")[:SHOWN] if node else [],
        "periods": member.active_buyer_periods.all()[:SHOWN],
        "referrals": list(referrals[:SHOWN]),
        "referrals_count": member.referrals.count(),
        "bookings": list(booked.order_by("-created_at", "-id")[:SHOWN]) if sees_bookings else [],
        "shows_money": holds(request, "domain.view_prices"),
        "corrections": corrections,
        "transmissions": transmissions,
        "nominee": Nominee.objects.filter(customer=member.pk, state=NomineeState.NAMED).first(),
        "kyc": verified_kyc(member.pk, day_of(now)),
        "standing": standing_of(member),
        "tree_url": tree_url(member) if node and holds(request, "domain.view_node") else "",
        **wallet_of(request, member),
        **papers_of(request, member.customer),
        "lines": trail_of(request, [member, *corrections, *transmissions]),
    }


def wallet_of(request: HttpRequest, member: Member) -> dict[str, Any]:
    """What the parts of the wallet hold, for those who may see it."""
    if not holds(request, "domain.view_wallet"):
        return {}
    held = [(PARTS[code], cents) for code, cents in balances_of(member.pk).items()]
    shown = [(part, cents) for part, cents in held if cents or part.code == EARNINGS]
    this_month = f"{day_of(timezone.now()):%Y-%m}"
    return {
        "wallet": shown,
        "wallet_url": reverse("admin:wallet", args=[member.pk]),
        "month_url": reverse("admin:member_month", args=[member.pk, this_month]),
    }


def place_words(node: Node | None) -> str:
    """A place in words that fit: the whole way, or how deep and its last steps."""
    if node is None:
        return ""
    way = spelled(node.path)
    return way if node.depth <= 12 else f"… {way[-23:]}"


def tree_url(member: Member) -> str:
    return f"{reverse('admin:tree')}?member={member.pk}"


def holding(request: HttpRequest, admin: MemberAdmin, asked: int) -> dict[str, Any]:
    """A page of those who wait, each with the sponsor's legs and what would place them."""
    waiting = Member.objects.filter(placed_at=None, state="active")
    ordered = waiting.select_related("customer", "referred_by__customer", "referred_by__node")
    pages = BoundedPaginator(ordered.order_by("holding_since", "pk"), PER_PAGE)
    shown: Page[Any] = pages.get_page(asked)
    rows = list(shown.object_list)
    bought = Booking.objects.filter(
        customer__in=[row.pk for row in rows], line="vehicle", state__in=CONFIRMED
    )
    buyers = set(bought.values_list("customer_id", flat=True))
    legs = legs_of([row.referred_by_id for row in rows if row.referred_by_id])
    for row in rows:
        row.put_url = admin.url_of("put", row.pk)
        row.has_bought = row.pk in buyers
        row.sponsor_legs = legs.get(row.referred_by_id)
    now = timezone.now()
    return {
        "rows": rows,
        "shown": shown,
        "count": pages.count,
        "more": pages.there_are_more,
        "trigger": TRIGGERS[choice_at("placement.trigger", now)],
        "may_place": holds(request, "domain.place_member"),
    }
