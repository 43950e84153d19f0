"""The tree explorer: a page, and JSON for what of the tree is on the screen."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import Count
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice.access import holds, require
from backoffice.admin import columns
from backoffice.admin.member_page import place_words, units_of
from backoffice.admin.page import page, whole_number
from domain.bookings.models import Booking
from domain.common.money import show
from domain.compliance.days import day_of
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules.parts import EARNINGS
from domain.network.models import Member, Node
from domain.network.queries.explorer import (
    Branch,
    Spot,
    branch_of,
    oldest_trees,
    search_tree,
)
from domain.network.queries.members import active_buyers_on
from domain.network.queries.tree import legs_of

if TYPE_CHECKING:
    from backoffice.admin.members import MemberAdmin

VIEW = "domain.view_node"
LONGEST_SEARCH = 100


def urls(admin: MemberAdmin) -> list[URLPattern]:
    """The explorer's addresses. Each reads only, and asks for the right itself."""

    def tree_view(request: HttpRequest) -> HttpResponse:
        require(request, VIEW)
        asked = whole_number(request.GET.get("member"), 0)
        trees = oldest_trees()
        first = asked or (trees[0].pk if trees else 0)
        return page(
            request,
            "admin/members/tree.html",
            **admin.page_context(request, title="Tree"),
            first=first,
            trees=trees,
            addresses={
                "branch": reverse("admin:tree_branch", args=[0]),
                "card": reverse("admin:tree_card", args=[0]),
                "search": reverse("admin:tree_search"),
            },
        )

    return [
        path("tree/", admin.page(tree_view), name="tree"),
        path("tree/search/", admin.page(search_view), name="tree_search"),
        path("tree/<int:member_id>/", admin.page(branch_view), name="tree_branch"),
        path("tree/<int:member_id>/card/", admin.page(card_view), name="tree_card"),
    ]


def search_view(request: HttpRequest) -> JsonResponse:
    require(request, VIEW)
    found = search_tree(request.GET.get("q", "")[:LONGEST_SEARCH])
    return JsonResponse({"found": [_found(member) for member in found]})


def _found(member: Member) -> dict[str, Any]:
    node = getattr(member, "node", None)
    where = f"level {node.depth}" if node else "no place yet"
    return _person(member) | {"placed": node is not None, "where": where}


def branch_view(request: HttpRequest, member_id: int) -> JsonResponse:
    """A member with the two levels below, and who is above."""
    require(request, VIEW)
    branch = branch_of(member_id, day_of(timezone.now()))
    if branch is None:
        return JsonResponse({"error": "This member has no place in the tree."}, status=404)
    return JsonResponse(_branch(branch))


def _branch(branch: Branch) -> dict[str, Any]:
    return {
        "nodes": [_spot(spot) for spot in branch.spots],
        "upline": [_person(node.member) | {"depth": node.depth} for node in branch.upline],
        "hidden": branch.hidden,
    }


def _person(member: Member) -> dict[str, Any]:
    return {"id": member.pk, "name": member.customer.full_name(), "code": member.code}


def _spot(spot: Spot) -> dict[str, Any]:
    return _person(spot.member) | {
        "path": spot.path,
        "depth": spot.depth,
        "side": spot.side,
        "left": spot.left_members,
        "right": spot.right_members,
        "tone": _tone(spot.member, is_buyer=spot.is_buyer),
        "state": _state(spot.member, is_buyer=spot.is_buyer),
    }


def _tone(member: Member, *, is_buyer: bool) -> str:
    if member.state != "active":
        return str(columns.Tone.STOPPED)
    return str(columns.Tone.GOOD if is_buyer else columns.Tone.WAITING)


def _state(member: Member, *, is_buyer: bool) -> str:
    return "Active Buyer" if is_buyer and member.state == "active" else member.state_label()


def card_view(request: HttpRequest, member_id: int) -> JsonResponse:
    """What the side card says of one member."""
    require(request, VIEW)
    related = ("customer", "referred_by__customer", "node__parent__member__customer")
    member = Member.objects.select_related(*related).filter(pk=member_id).first()
    if member is None:
        return JsonResponse({"error": "There is no such member."}, status=404)
    return JsonResponse(_card(request, member, timezone.now()))


def _card(request: HttpRequest, member: Member, now: datetime) -> dict[str, Any]:
    is_buyer = bool(active_buyers_on([member.pk], day_of(now)))
    node: Node | None = getattr(member, "node", None)
    parent = node.parent.member if node and node.parent else None
    sponsor = member.referred_by
    booked = Booking.objects.filter(customer=member.pk).aggregate(count=Count("pk"))["count"]
    facts = [
        ("Sponsor", str(sponsor.customer) if sponsor else "nobody"),
        ("Parent", _parent_words(node, parent, sponsor)),
        ("Bookings", f"{booked:,}"),
    ]
    if holds(request, "domain.view_wallet"):
        facts.append(("Wallet", show(balances_of(member.pk)[EARNINGS], "INR")))
    if node:
        facts += _figures(node, now)
    return _person(member) | {
        "tone": _tone(member, is_buyer=is_buyer),
        "state": _state(member, is_buyer=is_buyer),
        "facts": facts,
        "sponsor": sponsor.pk if sponsor else None,
        "url": columns.page_url(member) if holds(request, "domain.view_member") else "",
    }


def _parent_words(node: Node | None, parent: Member | None, sponsor: Member | None) -> str:
    if node is None:
        return "on the holding list"
    if parent is None:
        return "none: the root"
    same = ", the sponsor" if sponsor and parent.pk == sponsor.pk else ""
    return f"{parent.customer}, {node.get_side_display().lower()}{same}"


def _figures(node: Node, now: datetime) -> list[tuple[str, str]]:
    legs, units = legs_of([node.pk])[node.pk], units_of(node, now)
    return [
        ("Place", f"level {node.depth}: {place_words(node)}"),
        ("Members", f"{legs[0]:,} left · {legs[1]:,} right"),
        ("Units", f"{units.left:,} left · {units.right:,} right"),
        ("Carried on", f"{units.carry_left:,} left · {units.carry_right:,} right"),
        ("Pairs", f"{units.pairs:,} in all, {units.this_month} of {units.cap} this month"),
    ]
