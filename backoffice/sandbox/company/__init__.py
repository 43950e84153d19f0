"""A believable company for the demo, grown through the product's own operations."""

from backoffice.sandbox.company.growth import Deliveries, all_sent, grow
from backoffice.sandbox.company.house import Company

__all__ = ["Company", "Deliveries", "all_sent", "grow"]
