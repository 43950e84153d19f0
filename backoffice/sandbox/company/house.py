"""What both sides of the demo's company share: its people, and the clock of the story."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from random import Random

from domain.staff.models import Staff


@dataclass(slots=True)
class Company:
    """The people at work on one side. ``now`` is the story's clock, and ``today`` its end."""

    staff: dict[str, Staff]
    rng: Random
    today: datetime
    now: datetime

    def happens(self, chance: float) -> bool:
        return self.rng.random() < chance

    def at(self, moment: datetime) -> datetime:
        """Move the clock forward, never past today."""
        self.now = min(moment, self.today)
        return self.now
