from __future__ import annotations

from django.utils import timezone

from domain.network.operations.counting import roll_up_counts


def count_legs() -> None:
    roll_up_counts(at=timezone.now())
