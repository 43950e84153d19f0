"""What a payment makes of a vehicle's booking: pure arithmetic in paise.

:source: docs/policies/vehicles.md
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.bookings.rules.cancellation import CancellationTerms
from domain.common.money import share, show


class FirstPayment(StrEnum):
    OK = "OK"
    BELOW_MINIMUM = "BELOW_MINIMUM"
    ABOVE_PRICE = "ABOVE_PRICE"


@dataclass(frozen=True, slots=True)
class Applied:
    """Where money that arrived goes: onto the price, and what is too much."""

    applied_cents: int
    surplus_cents: int
    remaining_cents: int


def least_payment(price_cents: int, minimum_cents: int) -> int:
    return min(price_cents, minimum_cents)


def first_payment(amount_cents: int, price_cents: int, minimum_cents: int) -> FirstPayment:
    """Whether a booking may start with this payment."""
    if amount_cents > price_cents:
        return FirstPayment.ABOVE_PRICE
    if amount_cents < least_payment(price_cents, minimum_cents):
        return FirstPayment.BELOW_MINIMUM
    return FirstPayment.OK


def standing(
    *, price_cents: int, net_paid_cents: int, confirm_at_cents: int, was_confirmed: bool
) -> str:
    """The state to which the money alone brings a booking; a refund takes nothing back."""
    if net_paid_cents >= price_cents:
        return "completed"
    if was_confirmed or net_paid_cents >= min(confirm_at_cents, price_cents):
        return "active"
    return "pending"


def valid_until(created_on: date, expiry_days: int, zone: ZoneInfo) -> datetime:
    """The end of the last day on which an unconfirmed booking is good."""
    return datetime.combine(created_on + timedelta(days=expiry_days + 1), time(), tzinfo=zone)


def apply_payment(price_cents: int, paid_cents: int, amount_cents: int) -> Applied:
    """Take money that has arrived up to the price; nothing that came is refused."""
    applied = min(amount_cents, max(price_cents - paid_cents, 0))
    return Applied(applied, amount_cents - applied, max(price_cents - paid_cents - applied, 0))


def deposit_terms(*, held_cents: int, forfeit_bps: int, currency: str) -> CancellationTerms:
    """What is kept of a deposit, and what goes back, when a booking is given up."""
    held = max(held_cents, 0)
    fee = share(held, forfeit_bps)
    if not held:
        return CancellationTerms(0, 0, "Nothing is held for it, so nothing is kept or refunded.")
    kept = f"{show(fee, currency)} of the deposit is kept" if fee else "nothing is kept"
    words = f"{show(held, currency)} is held: {kept}, {show(held - fee, currency)} goes back."
    return CancellationTerms(fee, held - fee, words)
