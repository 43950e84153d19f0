from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models

from domain.network.models.tree import Node

# Which run consumed an event is noted once, when that run is posted.
TAKEN_ONCE = """
IF OLD.run_id IS NOT NULL
   OR (NEW.id, NEW.node_id, NEW.sign, NEW.source_type, NEW.source_id, NEW.at)
      IS DISTINCT FROM (OLD.id, OLD.node_id, OLD.sign, OLD.source_type, OLD.source_id, OLD.at)
THEN RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;
END IF;
RETURN NEW;
"""


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
            pgtrigger.Trigger(
                name="taken_once",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=TAKEN_ONCE,
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="unit_event_adds_or_takes_one", condition=models.Q(sign__in=[1, -1])
            ),
            models.UniqueConstraint(
                fields=["source_type", "source_id", "sign"], name="unit_event_once_a_source"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["id"], name="unit_event_unconsumed", condition=models.Q(run_id=None)
            ),
            models.Index(fields=["id"], name="unit_event_reversal", condition=models.Q(sign=-1)),
        ]

    def __str__(self) -> str:
        return f"{self.sign:+d} of {self.source_type} {self.source_id}"
