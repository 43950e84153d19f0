"""Where a member would come to sit, before anybody places them.

:source: docs/policies/network.md, "Placement"
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from domain.common.settings.queries import setting_at
from domain.network.models import Member
from domain.network.queries.tree import (
    Place,
    company_root,
    leg_counts,
    next_slot,
    place_of,
)
from domain.network.rules.paths import AUTO, LEFT, RIGHT, lighter_side, spelled

SAID = {LEFT: "left", RIGHT: "right"}


@dataclass(frozen=True, slots=True)
class Landing:
    """What asking for ``side`` would do now; ``open`` is False when that leg is full."""

    side: str
    sentence: str
    open: bool = True


def landings(member: Member, at: datetime) -> list[Landing]:
    """For AUTO, left and right, where the member would sit if they were placed now."""
    single = bool(setting_at("placement.single_root", at))
    if member.referred_by_id is None:
        root = company_root() if single else None
        if root is None:
            return [Landing(AUTO, "becomes the root of a tree of their own")]
        return _below(root, at)
    sponsor = place_of(member.referred_by_id)
    if sponsor is None:
        name = member.referred_by
        first = "is placed below the company" if single and company_root() else "becomes a root"
        return [
            Landing(side, f"{name} has no place yet and {first} first; then {SAID[real]} below")
            for side, real in ((AUTO, LEFT), (LEFT, LEFT), (RIGHT, RIGHT))
        ]
    return _below(sponsor, at)


def _below(place: Place, at: datetime) -> list[Landing]:
    counts = leg_counts(place.member_id)
    lighter = lighter_side(*counts)
    limit = setting_at("placement.max_depth", at)
    found = {side: _landing(place, side, limit) for side in (LEFT, RIGHT)}
    legs = f"{counts[0]:,} left, {counts[1]:,} right"
    auto = Landing(
        AUTO, f"{legs}, so {SAID[lighter]}: {found[lighter].sentence}", found[lighter].open
    )
    return [auto, found[LEFT], found[RIGHT]]


def _landing(place: Place, side: str, limit: int) -> Landing:
    slot = next_slot(place, side, max_depth=limit)
    if slot is None:
        return Landing(side, f"this leg is full down to level {limit}", open=False)
    above = Member.objects.select_related("customer").get(pk=slot.parent_id)
    way = spelled(slot.path)
    tail = way if len(slot.path) <= 12 else f"… {way[-23:]}"
    where = f"below {above}, level {len(slot.path)} ({tail})"
    return Landing(side, where)
