"""What money for a vehicle does to its buyer as a member: Active Buyer, units, a place.

:source: docs/policies/network.md, "Active Buyers", "Units", "Placement"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.bookings.models import Booking, Line
from domain.common.actors import Actor, System
from domain.common.effects import Change, Effect, Preview
from domain.common.errors import DomainError
from domain.common.jobs import enqueue
from domain.common.rows import read, read_known
from domain.common.settings.queries import choice_at
from domain.common.transactions import in_transaction
from domain.common.workflow.locking import lock_if_there
from domain.network.models import Member, MemberState
from domain.network.operations.active_buyers import work_out_active_buyer
from domain.network.operations.placement import Placement, place_member
from domain.network.operations.units import (
    BOOKING_SOURCE,
    EACH_BOOKING,
    add_units,
    reverse_unit,
)
from domain.network.queries.members import CONFIRMED, has_confirmed_booking

PLACE_DUE = "domain.flows.tasks.place_due_member"
TRIGGER = "placement.trigger"
PLACER = System("job:place_members")


@dataclass(frozen=True, slots=True)
class WorkOutBuyer(Effect):
    """Work the buyer's standing out anew, once the money is in the books."""

    booking: Booking

    def preview(self) -> Preview:
        return Preview(f"works out anew whether the buyer of {self.booking} is an Active Buyer")

    def apply(self, change: Change) -> None:
        work_out_buyer(booking_id=self.booking.pk, actor=change.actor, at=change.at)


def after_money(booking: Booking, at: datetime) -> list[Effect]:
    """What a payment, refund or cancellation of a booking does to its buyer.

    To be listed after everything else that the step causes: it reads the books.
    """
    del at
    return [WorkOutBuyer(booking)] if booking.line == Line.VEHICLE else []


@in_transaction
def work_out_buyer(*, booking_id: int, actor: Actor, at: datetime) -> None:
    """Bring Active Buyer, units and the placing job in line with the books. May be repeated."""
    del actor
    booking = read_known(Booking, booking_id)
    member = lock_if_there(Member, booking.customer_id)
    if member is None:
        return
    work_out_active_buyer(member_id=member.pk, because=f"Booking {booking}", at=at)
    if booking.state in CONFIRMED:
        if choice_at("pair.unit_basis", at) == EACH_BOOKING:
            add_units(member_id=member.pk, at=at, basis=EACH_BOOKING)
    else:
        reverse_unit(source_type=BOOKING_SOURCE, source_id=booking.pk, at=at)
    if member.placed_at is None and is_due(member, at):
        enqueue(PLACE_DUE, member.pk)


def is_due(member: Member, at: datetime) -> bool:
    """Whether a member on the holding list is to be placed by itself: T4."""
    if member.placed_at is not None or member.state != MemberState.ACTIVE:
        return False
    trigger = choice_at(TRIGGER, at)
    if trigger == "BOOKING_CONFIRMED":
        return has_confirmed_booking(member.pk)
    return trigger == "REGISTRATION"


def place_if_due(*, member_id: int, at: datetime) -> Placement | None:
    """Place a member whose turn it is; nothing when it is not, or somebody was faster."""
    member = read(Member, member_id)
    if member is None or not is_due(member, at):
        return None
    try:
        return place_member(member_id=member_id, actor=PLACER, at=at)
    except DomainError:
        if Member.objects.filter(pk=member_id, placed_at=None).exists():
            raise
        return None


def members_to_place(*, at: datetime, limit: int = 500) -> list[int]:
    """Members on the holding list whose turn it is, the longest waiting first."""
    waiting = Member.objects.filter(placed_at=None, state=MemberState.ACTIVE)
    trigger = choice_at(TRIGGER, at)
    if trigger == "STAFF":
        return []
    if trigger == "BOOKING_CONFIRMED":
        bought = Booking.objects.filter(line=Line.VEHICLE, state__in=CONFIRMED)
        waiting = waiting.filter(customer__in=bought.values("customer"))
    ordered = waiting.order_by("holding_since", "pk")
    return list(ordered.values_list("pk", flat=True)[:limit])
