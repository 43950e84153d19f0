"""Places in a tree as words of 0 (left) and 1 (right), '' for the root.

:source: docs/policies/network.md, "Placement"
"""

from __future__ import annotations

from collections.abc import Iterator

LEFT, RIGHT, AUTO = "L", "R", "AUTO"
SIDES = (LEFT, RIGHT)
DIGITS = {LEFT: "0", RIGHT: "1"}
BITS = {LEFT: 1, RIGHT: 2}


def child_path(path: str, side: str) -> str:
    return path + DIGITS[side]


def upper_bound(path: str) -> str:
    """The smallest word above everything that begins with ``path``."""
    return path + "2"


def first_open_side(open_slots: int) -> str:
    """Left before right. ``open_slots`` has a bit for each free side."""
    return LEFT if open_slots & BITS[LEFT] else RIGHT


def lighter_side(left_members: int, right_members: int) -> str:
    """The leg with fewer members; a tie goes left."""
    return RIGHT if right_members < left_members else LEFT


def ancestors(path: str) -> Iterator[tuple[str, str]]:
    """Each place above, nearest first, with the side on which ``path`` lies there."""
    for length in range(len(path) - 1, -1, -1):
        yield path[:length], LEFT if path[length] == "0" else RIGHT


def spelled(path: str) -> str:
    """A path as people read it: ``L R L``, or that it is the root."""
    return " ".join(LEFT if digit == "0" else RIGHT for digit in path) or "root"
