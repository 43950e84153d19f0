from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models

from domain.common.storage import RoomToChange
from domain.network.models.tree import Node


class UnitEvent(models.Model):
    """A unit of a placed member that counts for all ancestors (+1), or its reversal (−1).

    Append-only but for ``run``, the commission run that consumed it, which is set once.
    """

    node = models.ForeignKey(Node, models.PROTECT, related_name="unit_events")
    sign = models.SmallIntegerField()
    source_type = models.CharField(max_length=20)
    source_id = models.BigIntegerField()
    at = models.DateTimeField()
    run_id = models.BigIntegerField("commission run", null=True)

    class Meta:
        default_permissions = ("view",)
        triggers: ClassVar = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            # Which run consumed an event is noted once, when that run is posted. Asked after the
            # update: before it, each of a million rows would be locked on its own first.
            pgtrigger.Protect(
                name="taken_once",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                condition=pgtrigger.Q(old__run_id__isnull=False),
            ),
            pgtrigger.Protect(
                name="same_event",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                condition=pgtrigger.AnyChange(
                    "id", "node", "sign", "source_type", "source_id", "at"
                ),
            ),
        ]
        # No index holds ``run_id``: a run reads all rows that none has consumed, and marks them.
        constraints: ClassVar = [
            RoomToChange(name="unit_event_room", fill=50),
            models.CheckConstraint(
                name="unit_event_adds_or_takes_one", condition=models.Q(sign__in=[1, -1])
            ),
            models.UniqueConstraint(
                fields=["source_type", "source_id", "sign"], name="unit_event_once_a_source"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="unit_event_reversal", condition=models.Q(sign=-1)),
        ]

    def __str__(self) -> str:
        return f"{self.sign:+d} of {self.source_type} {self.source_id}"
