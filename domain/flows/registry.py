"""Importing this registers what each step causes."""

from domain.catalog import effects as catalog
from domain.flows import cancellation, disputes, refunding, settlement

__all__ = ["cancellation", "catalog", "disputes", "refunding", "settlement"]
