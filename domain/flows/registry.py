"""Importing this registers what each step causes."""

from domain.catalog import effects as catalog
from domain.compliance import effects as compliance
from domain.flows import (
    cancellation,
    commission,
    disputes,
    erasure,
    instalments,
    payouts,
    refunding,
    reserve,
    settlement,
    tax,
    vehicles,
)
from domain.network.operations import corrections
from domain.notifications import effects as notifications

__all__ = [
    "cancellation",
    "catalog",
    "commission",
    "compliance",
    "corrections",
    "disputes",
    "erasure",
    "instalments",
    "notifications",
    "payouts",
    "refunding",
    "reserve",
    "settlement",
    "tax",
    "vehicles",
]
