"""Where each member sits.

:source: docs/decisions/0030-the-tree-is-paths.md
"""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models.functions import Length, Right
from django.db.models.lookups import Exact

from domain.common.storage import RoomToChange


class Side(models.TextChoices):
    LEFT = "L", "Left"
    RIGHT = "R", "Right"


def _path_ends(digit: str) -> Exact:
    return Exact(Right("path", 1), models.Value(digit))


class Node(models.Model):
    """One member's place. ``path`` is the way down from the root: 0 left, 1 right, '' the root.

    ``open`` has bit 1 while the left slot is free and bit 2 while the right one is. The unit
    counters change only when a commission run is posted.
    """

    member = models.OneToOneField("Member", models.PROTECT, primary_key=True, related_name="node")
    # The root's key. No foreign key: every placement would lock the root's row.
    tree = models.BigIntegerField("key of the tree's root")
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", db_index=False
    )
    side = models.CharField(max_length=1, choices=Side.choices, blank=True)
    path = models.TextField(db_collation="C")
    depth = models.PositiveSmallIntegerField()
    open = models.PositiveSmallIntegerField("free slots", default=3)
    left_units = models.PositiveIntegerField(default=0)
    right_units = models.PositiveIntegerField(default=0)
    pairs_matched = models.PositiveIntegerField(default=0)
    flushed_left = models.PositiveIntegerField(default=0)
    flushed_right = models.PositiveIntegerField(default=0)
    month = models.DateField("month of month_used", null=True)
    month_used = models.PositiveIntegerField("pairs of that month", default=0)
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    placed_at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        verbose_name = "place in the tree"
        verbose_name_plural = "places in the tree"
        triggers: ClassVar = [
            pgtrigger.Protect(name="only_growth", operation=pgtrigger.Delete),
        ]
        constraints: ClassVar = [
            RoomToChange(name="node_room", fill=50),
            models.UniqueConstraint(fields=["parent", "side"], name="node_one_child_a_side"),
            models.UniqueConstraint(fields=["tree", "path"], name="node_path_unique"),
            models.CheckConstraint(
                name="node_root_or_child",
                condition=models.Q(parent=None, side="", path="", tree=models.F("member"))
                | (
                    models.Q(_path_ends("0"), parent__isnull=False, side="L")
                    | models.Q(_path_ends("1"), parent__isnull=False, side="R")
                )
                & ~models.Q(parent=models.F("member")),
            ),
            models.CheckConstraint(
                name="node_depth_is_path_length", condition=models.Q(depth=Length("path"))
            ),
            models.CheckConstraint(name="node_open_is_two_bits", condition=models.Q(open__lte=3)),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["tree", "depth", "path"],
                name="node_open_slots",
                condition=models.Q(open__gt=0),
            ),
            models.Index(fields=["depth", "placed_at"], name="node_levels"),
            models.Index(
                fields=["placed_at", "member"],
                name="node_roots",
                condition=models.Q(parent=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member}"


class LegCount(models.Model):
    """How many members sit in each leg of a node, without those still in ``UncountedNode``."""

    node = models.OneToOneField(
        Node, models.PROTECT, primary_key=True, related_name="leg_count", db_constraint=False
    )
    left_members = models.PositiveIntegerField(default=0)
    right_members = models.PositiveIntegerField(default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.left_members} left, {self.right_members} right"


class UncountedNode(models.Model):
    """A placement that the leg counts of its ancestors do not hold yet.

    Written with the placement, taken away when the roll-up adds it: both together are exact
    at every moment, and no placement waits for a counter of a node far above it.
    """

    node = models.OneToOneField(
        Node, models.PROTECT, primary_key=True, related_name="uncounted", db_constraint=False
    )
    tree = models.BigIntegerField()
    path = models.TextField(db_collation="C")

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [models.Index(fields=["tree", "path"], name="uncounted_path")]

    def __str__(self) -> str:
        return f"{self.node_id}"
