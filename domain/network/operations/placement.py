"""Taking a member from the holding list into the tree.

No lock above the one place below which the member goes: a slot is claimed on its own row, and
whoever comes second looks for the next one.

:source: docs/policies/network.md, "Placement"; docs/decisions/0030-the-tree-is-paths.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from domain.common.actors import Actor, staff_id
from domain.common.errors import Conflict, Refused
from domain.common.settings.queries import snapshot
from domain.common.transactions import in_transaction
from domain.common.workflow import record
from domain.common.workflow.door import lock
from domain.network.models import Member, MemberState
from domain.network.operations.units import adding_units
from domain.network.queries.members import CONFIRMED
from domain.network.queries.tree import (
    Place,
    Slot,
    chosen_side,
    company_root,
    next_slot,
    place_of,
)
from domain.network.rights import require_right
from domain.network.rules.paths import BITS, SIDES, child_path, spelled

PLACE = "domain.place_member"
SETTINGS = (
    "placement.default_side",
    "placement.single_root",
    "placement.max_depth",
    "pair.unit_basis",
)
FIRST_ROOT_LOCK = 7_201_032
# Each time somebody else got the slot; so many at once are not met in life.
TRIES = 500

CLAIM = """
WITH parent AS (
    UPDATE domain_node SET open = open - %(bit)s
    WHERE member_id = %(parent)s AND tree = %(tree)s AND path = %(parent_path)s
      AND open & %(bit)s > 0
    RETURNING member_id
), placed AS (
    INSERT INTO domain_node (
        member_id, tree, parent_id, side, path, depth, open, placed_by_id, placed_at,
        left_units, right_units, pairs_matched, flushed_left, flushed_right, month_used)
    SELECT %(member)s, %(tree)s, member_id, %(side)s, %(path)s, %(depth)s, 3, %(by)s, %(at)s,
           0, 0, 0, 0, 0, 0
    FROM parent
    RETURNING member_id, tree, path
), units AS ({units})
INSERT INTO domain_uncountednode (node_id, tree, path) SELECT member_id, tree, path FROM placed
"""
BECOME_ROOT = """
WITH placed AS (
    INSERT INTO domain_node (
        member_id, tree, parent_id, side, path, depth, open, placed_by_id, placed_at,
        left_units, right_units, pairs_matched, flushed_left, flushed_right, month_used)
    VALUES (%(member)s, %(member)s, NULL, '', '', 0, 3, %(by)s, %(at)s, 0, 0, 0, 0, 0, 0)
    RETURNING member_id
)
{units}
"""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a member came to sit."""

    member: Member
    tree: int
    path: str
    parent_id: int | None
    side: str


@dataclass(frozen=True, slots=True)
class _Doing:
    actor: Actor
    at: datetime
    asked: str
    rules: dict[str, Any]

    def with_units(self, sql: str) -> str:
        """A statement that places, with the unit that the member has earned by then."""
        return sql.format(units=adding_units(str(self.rules["pair.unit_basis"])))


@in_transaction
def place_member(
    *, member_id: int, actor: Actor, at: datetime, side: str = "", seen_version: int | None = None
) -> Placement:
    """Place a member below the sponsor: on the side's own slot, else in that leg's first vacancy.

    :param side: L, R or AUTO; else the side that the settings name
    :raises Refused: placed already, not active, or the leg is full down to the depth limit
    """
    require_right(actor, PLACE)
    rules = snapshot(SETTINGS, at)
    doing = _Doing(actor, at, side or str(rules["placement.default_side"]), rules)
    member = _hold(member_id, seen_version)
    below = _place_above(member, doing)
    if below is None:
        return _make_root(member, doing)
    return _place_below(member, below, doing)


def _hold(member_id: int, seen_version: int | None) -> Member:
    member = lock(Member, member_id)
    if member.placed_at is not None:
        raise Refused(f"{member} has a place in the tree already.")
    if member.state != MemberState.ACTIVE:
        raise Refused(f"{member} is {member.state_label().lower()} and gets no place any more.")
    if seen_version is not None and seen_version != member.version:
        raise Refused(f"{member} changed while you looked. Nothing was done; look again.")
    return member


def _place_above(member: Member, doing: _Doing) -> Place | None:
    """Below whom the member goes: the sponsor, who becomes a root for it; or the company."""
    if member.referred_by_id is not None:
        if found := place_of(member.referred_by_id):
            return found
        sponsor = lock(Member, member.referred_by_id)
        return place_of(sponsor.pk) or _place_sponsor(sponsor, doing)
    return _company(doing)


def _company(doing: _Doing) -> Place | None:
    if not doing.rules["placement.single_root"]:
        return None
    if found := company_root():
        return found
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_ROOT_LOCK])
    return company_root()


def _place_sponsor(sponsor: Member, doing: _Doing) -> Place:
    above = _company(doing)
    by_rule = _Doing(doing.actor, doing.at, str(doing.rules["placement.default_side"]), doing.rules)
    placed = _place_below(sponsor, above, by_rule) if above else _make_root(sponsor, doing)
    return Place(sponsor.pk, placed.tree, placed.path, 3)


def _make_root(member: Member, doing: _Doing) -> Placement:
    asked = {"member": member.pk, "by": staff_id(doing.actor), "at": doing.at}
    with connection.cursor() as cursor:
        cursor.execute(doing.with_units(BECOME_ROOT), asked | {"confirmed": list(CONFIRMED)})
    return _note(member, Placement(member, member.pk, "", None, ""), doing)


def _place_below(member: Member, below: Place, doing: _Doing) -> Placement:
    limit = int(doing.rules["placement.max_depth"])
    for _ in range(TRIES):
        side = chosen_side(below.member_id, doing.asked)
        slot = next_slot(below, side, max_depth=limit)
        if slot is None:
            raise Refused(
                f"The {'left' if side == SIDES[0] else 'right'} leg is full down to "
                f"level {limit}, the deepest that is allowed."
            )
        if _claim(member, slot, doing):
            placed = Placement(member, slot.tree, slot.path, slot.parent_id, slot.side)
            return _note(member, placed, doing)
        fresh = place_of(below.member_id)
        assert fresh is not None  # a place is never taken away
        below = fresh
    raise Conflict("Many members are being placed there right now. Try again in a moment.")


def _claim(member: Member, slot: Slot, doing: _Doing) -> bool:
    asked = {
        "bit": BITS[slot.side],
        "parent": slot.parent_id,
        "tree": slot.tree,
        "parent_path": slot.parent_path,
        "member": member.pk,
        "side": slot.side,
        "path": child_path(slot.parent_path, slot.side),
        "depth": len(slot.path),
        "by": staff_id(doing.actor),
        "at": doing.at,
        "confirmed": list(CONFIRMED),
    }
    with connection.cursor() as cursor:
        cursor.execute(doing.with_units(CLAIM), asked)
        return bool(cursor.rowcount == 1)


def _note(member: Member, placed: Placement, doing: _Doing) -> Placement:
    member.placed_at = doing.at
    facts = {
        "tree": placed.tree,
        "place": spelled(placed.path),
        "under": placed.parent_id,
        "asked": doing.asked,
    }
    record(member, "place", actor=doing.actor, at=doing.at, facts=facts)
    return placed
