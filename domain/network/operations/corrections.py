"""Moving a member who was placed wrongly, by two people: T5.

:source: docs/policies/network.md, "Correcting a place"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from domain.common.effects import Change, Effect, Preview
from domain.common.errors import Conflict, InvalidInput, Refused
from domain.common.settings.queries import setting_at
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, begin, effects_of, record, transit
from domain.common.workflow.door import lock
from domain.network.models import Member, Node, PlacementCorrection
from domain.network.models.corrections import why_not_correctable
from domain.network.operations.counting import hold_counters
from domain.network.queries.tree import Slot, next_slot, place_of
from domain.network.rights import require_right
from domain.network.rules.paths import BITS, SIDES, ancestors, child_path, spelled
from domain.staff.models import Staff

REQUEST = "domain.request_correction"

MOVE = """
WITH parent AS (
    UPDATE domain_node SET open = open - %(bit)s
    WHERE member_id = %(parent)s AND tree = %(tree)s AND path = %(parent_path)s
      AND open & %(bit)s > 0
    RETURNING member_id
)
UPDATE domain_node n
SET tree = %(tree)s, parent_id = parent.member_id, side = %(side)s, path = %(path)s,
    depth = %(depth)s
FROM parent WHERE n.member_id = %(member)s AND n.open = 3
"""
FREE = "UPDATE domain_node SET open = open + %s WHERE member_id = %s"
UNCOUNT = """
UPDATE domain_legcount c
SET left_members = c.left_members - a.on_left, right_members = c.right_members - a.on_right
FROM unnest(%(paths)s::text[], %(lefts)s::int[], %(rights)s::int[]) AS a(path, on_left, on_right)
JOIN domain_node n ON n.tree = %(tree)s AND n.path = a.path
WHERE c.node_id = n.member_id
"""


@in_transaction
def request_correction(
    *, member_id: int, under_id: int, side: str, reason: str, actor: Staff, at: datetime
) -> PlacementCorrection:
    """Ask for a member to be moved below somebody else, or to the other side.

    :raises Refused: the place stands for good, or the member sits there already
    :raises InvalidInput: no reason, no such side, or nobody to move below
    """
    require_right(actor, REQUEST)
    if side not in SIDES:
        raise InvalidInput.of({"side": ["Choose left or right."]})
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say what went wrong."]})
    member = lock(Member, member_id)
    if sentence := why_not_correctable(member, at):
        raise Refused(sentence)
    if PlacementCorrection.objects.filter(member=member, state="requested").exists():
        raise Conflict(f"A correction of the place of {member} already waits for approval.")
    node = Node.objects.get(pk=member_id)
    correction = PlacementCorrection(
        member=member,
        under_id=under_id,
        side=side,
        reason=reason,
        from_tree=node.tree,
        from_path=node.path,
        requested_by=actor,
        requested_at=at,
    )
    slot_of(correction, at)
    return begin(correction, actor=actor, at=at, reason=reason).subject


def slot_of(correction: PlacementCorrection, at: datetime) -> Slot:
    """Where a correction would put its member now.

    :raises Refused: where they sit already, or the leg is full
    """
    below = place_of(correction.under_id) if correction.under_id else None
    if below is None or below.member_id == correction.member_id:
        raise InvalidInput.of({"under": ["Choose somebody else who has a place in the tree."]})
    limit = setting_at("placement.max_depth", at)
    slot = next_slot(below, correction.side, max_depth=limit, mover_id=correction.member_id)
    if slot is None:
        raise Refused(f"That leg is full down to level {limit}, the deepest that is allowed.")
    here, leg = place_of(correction.member_id), child_path(below.path, correction.side)
    if here and here.tree == below.tree and here.path.startswith(leg):
        raise Refused(f"{correction.member} sits in that leg already.")
    return slot


def apply_correction(*, correction_id: int, actor: Staff, at: datetime) -> PlacementCorrection:
    """Move the member; somebody else than the requester."""
    return transit(PlacementCorrection, correction_id, "apply", actor=actor, at=at).subject


def deny_correction(
    *, correction_id: int, reason: str, actor: Staff, at: datetime
) -> PlacementCorrection:
    return transit(
        PlacementCorrection, correction_id, "deny", actor=actor, at=at, reason=reason
    ).subject


def withdraw_correction(*, correction_id: int, actor: Staff, at: datetime) -> PlacementCorrection:
    return transit(PlacementCorrection, correction_id, "withdraw", actor=actor, at=at).subject


@dataclass(frozen=True, slots=True)
class MoveMember(Effect):
    """Take the member from the old place to the first vacancy of the new leg."""

    correction: PlacementCorrection
    slot: Slot

    def preview(self) -> Preview:
        parent = Member.objects.select_related("customer").get(pk=self.slot.parent_id)
        return Preview(
            f"moves {self.correction.member} from {spelled(self.correction.from_path)} to "
            f"{spelled(self.slot.path)}, below {parent}"
        )

    def apply(self, change: Change) -> None:
        move_member(correction=self.correction, slot=self.slot, change=change)


@effects_of(PlacementCorrection, "apply")
def applying(correction: PlacementCorrection, ask: Ask) -> list[Effect]:
    return [MoveMember(correction, slot_of(correction, ask.at))]


@in_transaction
def move_member(*, correction: PlacementCorrection, slot: Slot, change: Change) -> None:
    """Do what ``MoveMember`` told. The member's row is held.

    :raises Conflict: somebody took the slot, or sat down below the member, meanwhile
    """
    hold_counters()
    member = lock(Member, correction.member_id)
    node = Node.objects.select_for_update().get(pk=member.pk)
    with connection.cursor() as cursor:
        cursor.execute(MOVE, _asked(member.pk, slot))
        if cursor.rowcount != 1:
            raise Conflict("The new place was taken meanwhile. Nothing was moved; look again.")
        if node.parent_id is not None:
            cursor.execute(FREE, [BITS[node.side], node.parent_id])
    _recount(node, slot)
    PlacementCorrection.objects.filter(pk=correction.pk).update(to_path=slot.path)
    facts = {"from": spelled(node.path), "to": spelled(slot.path), "under": slot.parent_id}
    record(member, "correct_place", actor=change.actor, at=change.at, facts=facts)


def _asked(member_id: int, slot: Slot) -> dict[str, int | str]:
    return {
        "bit": BITS[slot.side],
        "parent": slot.parent_id,
        "tree": slot.tree,
        "parent_path": slot.parent_path,
        "side": slot.side,
        "path": slot.path,
        "depth": len(slot.path),
        "member": member_id,
    }


def _recount(node: Node, slot: Slot) -> None:
    """Take the member off the counts above the old place, and on the list for the new one."""
    above = list(ancestors(node.path))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM domain_uncountednode WHERE node_id = %s", [node.pk])
        if cursor.rowcount == 0 and above:
            asked: dict[str, int | list[str] | list[int]] = {
                "tree": node.tree,
                "paths": [path for path, _ in above],
                "lefts": [int(side == "L") for _, side in above],
                "rights": [int(side == "R") for _, side in above],
            }
            cursor.execute(UNCOUNT, asked)
        cursor.execute(
            "INSERT INTO domain_uncountednode (node_id, tree, path) VALUES (%s, %s, %s)",
            [node.pk, slot.tree, slot.path],
        )
