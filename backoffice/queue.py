"""A queue as the home page and the menu know it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.urls import reverse

from domain.reports.queued import Queued


@dataclass(frozen=True, slots=True)
class Queue:
    """``permission`` is the right to do something about it, not only to look."""

    name: str
    title: str
    icon: str
    permission: str
    address: str
    query: str
    rows: Callable[[], Queued]
    empty: str
    urgent: bool = False

    def url(self) -> str:
        return reverse(f"admin:{self.address}") + (f"?{self.query}" if self.query else "")
