"""A believable company for the demo, grown through the product's own operations."""

from backoffice.sandbox.company.growth import Company, all_sent, grow

__all__ = ["Company", "all_sent", "grow"]
