"""A believable company for the demo, grown through the product's own operations."""

from backoffice.sandbox.company.growth import Company, grow

__all__ = ["Company", "grow"]
