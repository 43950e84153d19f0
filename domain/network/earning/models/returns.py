from __future__ import annotations

from typing import ClassVar

from django.db import models

from domain.common.money import show
from domain.network.earning.models.pairs import Pair, made_once
from domain.network.earning.models.runs import CommissionRun


class PairReturn(models.Model):
    """A posted pair whose money a run takes back (−1), or gives again (+1) once units are there.

    The pair itself, its number and its two units stay as they were posted.
    """

    run = models.ForeignKey(CommissionRun, models.PROTECT, related_name="returns", db_index=False)
    pair = models.ForeignKey(Pair, models.PROTECT, related_name="returns")
    sign = models.SmallIntegerField()

    class Meta:
        default_permissions = ()
        triggers: ClassVar = made_once()
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "pair"], name="pair_return_once_a_run"),
            models.CheckConstraint(name="pair_return_sign", condition=models.Q(sign__in=[-1, 1])),
        ]

    def __str__(self) -> str:
        what = "given again" if self.sign > 0 else "taken back"
        return f"{show(self.pair.amount_cents, 'INR')} of {self.pair} {what}"

    @property
    def entry_key(self) -> str:
        """The key of its entry in the books, and of its tax in the register."""
        what = "again" if self.sign > 0 else "back"
        return f"pair:{self.pair.member_id}:{self.pair.number}:{what}:{self.pk}"
