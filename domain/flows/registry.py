"""Importing this registers what each step causes."""

from domain.flows import cancellation, disputes, refunding, settlement

__all__ = ["cancellation", "disputes", "refunding", "settlement"]
