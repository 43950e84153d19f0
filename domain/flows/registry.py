"""Importing this registers what each step causes."""

from domain.catalog import effects as catalog
from domain.flows import cancellation, disputes, refunding, settlement
from domain.notifications import effects as notifications

__all__ = ["cancellation", "catalog", "disputes", "notifications", "refunding", "settlement"]
