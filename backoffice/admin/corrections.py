"""What two people decide about members: corrections of a place, a dead member's wallet."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import display

from backoffice.admin.asked import AskedOfMemberAdmin
from domain.common.errors import DomainError
from domain.compliance.days import day_of
from domain.network.earning.queries.wallets import balances_of
from domain.network.earning.rules.parts import EARNINGS
from domain.network.models import Member, PlacementCorrection, Transmission
from domain.network.operations.corrections import slot_of
from domain.network.rules.paths import spelled


@admin.register(PlacementCorrection)
class PlacementCorrectionAdmin(AskedOfMemberAdmin):
    list_display = ("who", "state_column", "from_to", "asker", "asked_at", "why")
    page_related = (
        "member__customer",
        "under__member__customer",
        "requested_by",
        "decided_by",
    )
    steps = ("apply", "deny", "withdraw")
    record_template = "admin/members/correction.html"
    empty_sentence = "Nobody asked for a place to be corrected. It begins on a member's page."

    @display(description="Place")
    def from_to(self, asked: PlacementCorrection) -> str:
        to = spelled(asked.to_path) if asked.to_path else asked.get_side_display().lower()
        return f"{spelled(asked.from_path)} → {to}"

    @override
    def record_context(self, request: HttpRequest, record: PlacementCorrection) -> dict[str, Any]:
        own = {"from_words": spelled(record.from_path), **_target(record)}
        return super().record_context(request, record) | own


def _target(asked: PlacementCorrection) -> dict[str, Any]:
    """Where the member went, or would go now, or why nowhere."""
    if asked.to_path:
        return {"to_words": spelled(asked.to_path)}
    if asked.state != "requested":
        return {}
    try:
        slot = slot_of(asked, timezone.now())
    except DomainError as refusal:
        return {"refusal": str(refusal)}
    above = Member.objects.select_related("customer").get(pk=slot.parent_id)
    return {"to_words": spelled(slot.path), "above": above}


@admin.register(Transmission)
class TransmissionAdmin(AskedOfMemberAdmin):
    list_display = ("who", "state_column", "heir", "asker", "asked_at", "why")
    list_select_related = ("member__customer", "requested_by", "nominee")
    page_related = ("member__customer", "nominee", "account", "requested_by", "decided_by")
    steps = ("approve", "deny", "withdraw")
    record_template = "admin/members/transmission.html"
    empty_sentence = "No wallet was left to a nominee."

    @display(description="Nominee")
    def heir(self, asked: Transmission) -> str:
        return str(asked.nominee)

    @override
    def record_context(self, request: HttpRequest, record: Transmission) -> dict[str, Any]:
        died_on = record.member.died_on
        kept = balances_of(record.member_id)
        left = (("Earnings", kept[EARNINGS]), ("EMI reserve", kept["2010"]))
        return super().record_context(request, record) | {
            "wallet": [(name, cents) for name, cents in left if cents],
            "named_late": bool(died_on and day_of(record.nominee.named_at) > died_on),
        }
