"""P9: taking members from the holding list into trees of two sizes, and looking round in them.

The trees have grown by anybody referring the next member, to either side.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import time
from collections.abc import Iterator
from statistics import median

import psycopg

from domain.common.actors import System
from domain.compliance.days import day_of
from domain.network.models import LegCount, Node
from domain.network.operations.counting import roll_up_counts
from domain.network.operations.placement import place_member
from domain.network.queries.explorer import branch_of
from tests.benchmarks.database import address, forget_connections
from tests.benchmarks.measure import Figure, milliseconds
from tests.network.factory import NOON
from tests.network.forest import grow_anywhere, waiting

ROBOT = System("bench")
WRITERS = 4
PLACED = 600
SMALL = 10_000
LARGE = int(os.environ.get("BENCH_TREE", "1000000"))
SIDES = ("L", "R")


def figures() -> Iterator[Figure]:
    small, large = tree_of(SMALL), tree_of(LARGE)
    yield from growth(small, large)
    yield together(large)
    yield looking(small, large)


def tree_of(size: int) -> int:
    """The root of a tree of that size, made once and kept for the next run."""
    counted = LegCount.objects.filter(node__parent=None).select_related("node")
    for found in counted:
        if size <= found.left_members + found.right_members + 1 < 2 * size:
            return found.node_id
    return grow_anywhere(size)


def growth(small: int, large: int) -> Iterator[Figure]:
    """One placement after the other, by one writer; the growth is the message."""
    few, many = one_by_one(small, SMALL), one_by_one(large, LARGE)
    naive = searched_naively(small, SMALL)
    bare = bare_rows(large, LARGE)
    yield Figure("P9", f"placement in {SMALL:,}, one writer", "ms", few, naive, None)
    yield Figure(
        "P9",
        f"placement in {LARGE:,}, one writer",
        "ms",
        many,
        None,
        bare,
        f"≤ 1.5 × the time in {SMALL:,}",
        many <= 1.5 * few,
        f"{many / few:.2f} × the time in {SMALL:,}",
    )


def one_by_one(root: int, size: int) -> float:
    """Milliseconds a placement through the product's own path, audit and commit included."""
    members = waiting(PLACED, root, size)
    for member in members[:50]:
        place(member)
    times = []
    for member in members[50:]:
        begun = time.perf_counter()
        place(member)
        times.append((time.perf_counter() - begun) * 1000)
    roll_up_counts(at=NOON)
    return median(times)


def place(member_id: int) -> None:
    place_member(member_id=member_id, side=SIDES[member_id % 2], actor=ROBOT, at=NOON)


def searched_naively(root: int, size: int) -> float:
    """The search alone as it is often written: breadth first, a query for each place seen."""
    draw = random.Random(7)
    times = []
    for _ in range(40):
        sponsor = root + draw.randrange(size)
        begun = time.perf_counter()
        queue = [sponsor]
        while queue:
            place_id = queue.pop(0)
            below = list(Node.objects.filter(parent=place_id).order_by("side").values_list("pk"))
            if len(below) < 2:
                break
            queue += [pk for (pk,) in below]
        times.append((time.perf_counter() - begun) * 1000)
    return sum(times) / len(times)


def bare_rows(root: int, size: int) -> float:
    """The rows alone, by psycopg: take a slot that is known, add the place, commit."""
    members = waiting(200, root, size)
    rows = Node.objects.filter(tree=root, open=3).order_by("-path")[: len(members)]
    slots = list(rows.values_list("pk", "path"))
    times = []
    with psycopg.connect(address()) as link, link.cursor() as cursor:
        for member, (parent, path) in zip(members, slots, strict=True):
            begun = time.perf_counter()
            cursor.execute("UPDATE domain_node SET open = open - 1 WHERE member_id = %s", [parent])
            cursor.execute(
                "INSERT INTO domain_node (member_id, tree, parent_id, side, path, depth, open,"
                " placed_at, left_units, right_units, pairs_matched, flushed_left, flushed_right,"
                " month_used) VALUES (%s, %s, %s, 'L', %s, %s, 3, %s, 0, 0, 0, 0, 0, 0)",
                [member, root, parent, path + "0", len(path) + 1, NOON],
            )
            cursor.execute(
                "INSERT INTO domain_uncountednode VALUES (%s, %s, %s)", [member, root, path + "0"]
            )
            link.commit()
            times.append((time.perf_counter() - begun) * 1000)
    return median(times)


def together(root: int) -> Figure:
    """Four writers at once, each in a process of its own."""
    members = waiting(WRITERS * PLACED, root, LARGE)
    parts = [members[n::WRITERS] for n in range(WRITERS)]
    forget_connections()
    context = multiprocessing.get_context("fork")
    begun = time.perf_counter()
    with context.Pool(WRITERS) as pool:
        pool.map(place_all, parts, chunksize=1)
    found = len(members) / (time.perf_counter() - begun)
    roll_up_counts(at=NOON)
    return Figure(
        "P9",
        f"placement in {LARGE:,}, {WRITERS} writers",
        "/s",
        found,
        bar="≥ 300/s",
        holds=found >= 300,
    )


def place_all(members: list[int]) -> None:
    for member in members:
        place(member)


def looking(small: int, large: int) -> Figure:
    """What the explorer asks when somebody is put into the middle: a place deep in the tree."""
    few, many = (milliseconds(lambda tree=tree: look(tree)) for tree in (small, large))
    return Figure(
        "P9",
        f"two levels of the explorer in {LARGE:,}",
        "ms",
        many,
        bar=f"≤ 1.5 × the time in {SMALL:,}",
        holds=many <= 1.5 * few,
        note=f"{many / few:.2f} × the time in {SMALL:,}",
    )


def look(root: int) -> None:
    branch_of(root, day_of(NOON))
