"""Taking a member from the holding list into the tree.

No lock above the one place below which the member goes: a slot is claimed on its own row, and
whoever comes second looks for the next one.

:source: docs/policies/network.md, "Placement"; docs/decisions/0030-the-tree-is-paths.md
"""

from __future__ import annotations

from dataclasses import dataclass, replace
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
from domain.network.operations.claiming import Placed, Wish, claim
from domain.network.operations.units import adding_units
from domain.network.queries.members import CONFIRMED
from domain.network.queries.tree import company_root
from domain.network.rights import require_right
from domain.network.rules.paths import LEFT, spelled

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
    below_id = member.referred_by_id or _company(doing)
    return _make_root(member, doing) if below_id is None else _place_below(member, below_id, doing)


def _hold(member_id: int, seen_version: int | None) -> Member:
    member = lock(Member, member_id)
    if member.placed_at is not None:
        raise Refused(f"{member} has a place in the tree already.")
    if member.state != MemberState.ACTIVE:
        raise Refused(f"{member} is {member.state_label().lower()} and gets no place any more.")
    if seen_version is not None and seen_version != member.version:
        raise Refused(f"{member} changed while you looked. Nothing was done; look again.")
    return member


def _company(doing: _Doing) -> int | None:
    """Below whom those go whom nobody referred, where the company keeps a single tree."""
    if not doing.rules["placement.single_root"]:
        return None
    if found := company_root():
        return found.member_id
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [FIRST_ROOT_LOCK])
    found = company_root()
    return found.member_id if found else None


def _place_below(member: Member, below_id: int, doing: _Doing) -> Placement:
    limit = int(doing.rules["placement.max_depth"])
    wish = Wish(
        member_id=member.pk,
        below_id=below_id,
        side=doing.asked,
        max_depth=limit,
        unit_basis=str(doing.rules["pair.unit_basis"]),
        by_id=staff_id(doing.actor),
        at=doing.at,
    )
    for _ in range(TRIES):
        found = claim(wish)
        if found is None:
            _place_sponsor(below_id, doing)
        elif found.placed is not None:
            return _note(member, found.placed, doing)
        elif found.is_full:
            leg = "left" if found.side == LEFT else "right"
            raise Refused(
                f"The {leg} leg is full down to level {limit}, the deepest that is allowed."
            )
    raise Conflict("Many members are being placed there right now. Try again in a moment.")


def _place_sponsor(sponsor_id: int, doing: _Doing) -> None:
    """Give a sponsor the place that those below need first; perhaps somebody just did."""
    sponsor = lock(Member, sponsor_id)
    if sponsor.placed_at is not None:
        return
    by_rule = replace(doing, asked=str(doing.rules["placement.default_side"]))
    above_id = _company(doing)
    if above_id is None:
        _make_root(sponsor, doing)
    else:
        _place_below(sponsor, above_id, by_rule)


def _make_root(member: Member, doing: _Doing) -> Placement:
    asked = {"member": member.pk, "by": staff_id(doing.actor), "at": doing.at}
    sql = BECOME_ROOT.format(units=adding_units(str(doing.rules["pair.unit_basis"])))
    with connection.cursor() as cursor:
        cursor.execute(sql, asked | {"confirmed": list(CONFIRMED)})
    return _note(member, Placed(member.pk, None, "", ""), doing)


def _note(member: Member, placed: Placed, doing: _Doing) -> Placement:
    member.placed_at = doing.at
    facts = {
        "tree": placed.tree,
        "place": spelled(placed.path),
        "under": placed.parent_id,
        "asked": doing.asked,
    }
    record(member, "place", actor=doing.actor, at=doing.at, facts=facts)
    return Placement(member, placed.tree, placed.path, placed.parent_id, placed.side)
