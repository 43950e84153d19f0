"""Looking round the tree: never more than what is on the screen, whatever the size.

Places are asked by their exact paths, which the unique index answers one by one: a branch of
two levels is seven look-ups in a tree of ten members and in one of ten million.

:source: docs/decisions/0030-the-tree-is-paths.md
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from domain.customers.models import Customer
from domain.customers.search import find_customers
from domain.network.models import Member, Node
from domain.network.queries.members import active_buyers_on, member_by_code
from domain.network.queries.tree import legs_of
from domain.network.rules.paths import DIGITS, child_path

LEVELS = 2
NEAREST = 8
MOST_FOUND = 12


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as the explorer draws it."""

    member: Member
    path: str
    depth: int
    side: str
    left_members: int
    right_members: int
    is_buyer: bool


@dataclass(frozen=True, slots=True)
class Branch:
    """A member with the levels below, and the way up: the root, then the nearest places."""

    spots: list[Spot]
    upline: list[Node]
    hidden: int


def paths_below(path: str, levels: int) -> list[str]:
    """A path and all that are possible down to so many levels below it."""
    found, row = [path], [path]
    for _ in range(levels):
        row = [child_path(each, side) for each in row for side in DIGITS]
        found += row
    return found


def _with_people(nodes: QuerySet[Node]) -> QuerySet[Node]:
    return nodes.select_related("member__customer")


def branch_of(member_id: int, day: date, *, levels: int = LEVELS) -> Branch | None:
    """A member's place with those below, level by level; None without a place."""
    top = Node.objects.filter(pk=member_id).values_list("tree", "path").first()
    if top is None:
        return None
    tree, path = top
    nodes = _with_people(Node.objects.filter(tree=tree, path__in=paths_below(path, levels)))
    ordered = list(nodes.order_by("depth", "path"))
    return Branch(spots_of(ordered, day), *_upline(tree, path))


def spots_of(nodes: Iterable[Node], day: date) -> list[Spot]:
    found = list(nodes)
    ids = [node.pk for node in found]
    legs, buyers = legs_of(ids), active_buyers_on(ids, day)
    return [
        Spot(node.member, node.path, node.depth, node.side, *legs[node.pk], node.pk in buyers)
        for node in found
    ]


def _upline(tree: int, path: str) -> tuple[list[Node], int]:
    above = [path[:length] for length in range(len(path))]
    shown = above if len(above) <= NEAREST + 1 else [above[0], *above[-NEAREST:]]
    nodes = _with_people(Node.objects.filter(tree=tree, path__in=shown))
    return list(nodes.order_by("depth")), len(above) - len(shown)


def search_tree(text: str) -> list[Member]:
    """The first members found by code, name, e-mail or phone, those without a place as well."""
    if not text.strip():
        return []
    if member := member_by_code(text):
        return [member]
    # No order, so that the database stops at the first that it finds, however many there are.
    people = find_customers(text, Customer.objects.filter(member__isnull=False)).order_by()
    found = people.select_related("member__node")[:MOST_FOUND]
    return [customer.member for customer in sorted(found, key=Customer.full_name)]


def oldest_trees(limit: int = MOST_FOUND) -> list[Node]:
    """Where to begin to look."""
    roots = _with_people(Node.objects.filter(parent=None))
    return list(roots.order_by("placed_at", "pk")[:limit])
