from domain.bookings.rules.cancellation import (
    CancellationTerms,
    Policy,
    cancellation_terms,
    pickup_moment,
    refund_parts,
)

__all__ = [
    "CancellationTerms",
    "Policy",
    "cancellation_terms",
    "pickup_moment",
    "refund_parts",
]
