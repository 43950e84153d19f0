"""The permission matrix as text, made from the one table of rights."""

from __future__ import annotations

from domain.staff.roles import RIGHTS, Role


def matrix_rows() -> list[tuple[str, str, list[bool]]]:
    """Each right's codename, what it lets one do, and for each role whether it holds it."""
    return [(each.codename, each.means, [role in each.roles for role in Role]) for each in RIGHTS]


def matrix_markdown() -> str:
    head = ["Right", "Lets one", *(role.label for role in Role)]
    lines = [_line(head), _line(["---"] * len(head))]
    for codename, means, held in matrix_rows():
        lines.append(_line([f"`{codename}`", means, *("yes" if each else "–" for each in held)]))
    return "\n".join(lines) + "\n"


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"
