from __future__ import annotations

from typing import ClassVar

from django.db import models

from domain.network.models.members import Member


class ActiveBuyerPeriod(models.Model):
    """From when to when a member was an Active Buyer, and why it began and ended.

    ``ended_on`` is the first day on which the member was none any more: what counts for a
    day is how it ended.
    """

    member = models.ForeignKey(
        Member, models.PROTECT, related_name="active_buyer_periods", db_index=False
    )
    started_on = models.DateField()
    ended_on = models.DateField(null=True)
    reason = models.CharField("why it began", max_length=120)
    end_reason = models.CharField("why it ended", max_length=120, blank=True)
    net_paid_cents = models.BigIntegerField("net paid when it began")
    threshold_cents = models.BigIntegerField("threshold in force when it began")

    class Meta:
        default_permissions = ()
        ordering: ClassVar = ["-started_on", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member"], name="active_buyer_once", condition=models.Q(ended_on=None)
            ),
            models.CheckConstraint(
                name="active_buyer_ends_after_start",
                condition=models.Q(ended_on=None) | models.Q(ended_on__gte=models.F("started_on")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["member", "started_on"], name="active_buyer_history"),
        ]

    def __str__(self) -> str:
        until = self.ended_on or "now"
        return f"Active Buyer {self.started_on} – {until}"
