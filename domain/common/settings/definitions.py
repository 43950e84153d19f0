"""Every business setting: its name, kind, default and meaning. Values are dated rows.

:source: docs/policies/settings.md
"""

from __future__ import annotations

from domain.common.settings.kinds import NO_MOST, Definition, Kind
from domain.common.settings.vehicles import PROFILES, VEHICLES

__all__ = ["DEFINITIONS", "PROFILES", "Definition", "Kind"]


def define(name: str, kind: Kind, default: int, means: str, *, most: int = NO_MOST) -> Definition:
    return Definition(name, kind, default, means, most=most)


DELIVERIES = (
    define(
        "booking.delivery_expiry_hours",
        Kind.HOURS,
        24,
        "An unpaid delivery expires after this long.",
        most=24 * 60,
    ),
    define(
        "booking.months_ahead",
        Kind.MONTHS,
        18,
        "The furthest a pickup may lie ahead.",
        most=120,
    ),
    define(
        "booking.same_day_cutoff_hour",
        Kind.HOUR_OF_DAY,
        11,
        "Same-day deliveries are taken before this hour, New York time.",
        most=24,
    ),
    define(
        "refund.second_approval_cents",
        Kind.CENTS,
        500_000,
        "A refund above this needs an operations manager or admin to approve it.",
    ),
    define(
        "catalog.approval_bps",
        Kind.BPS,
        1_000,
        "A price that moves by more than this share needs a second person.",
        most=100_000,
    ),
    define(
        "customer.vip_bookings",
        Kind.COUNT,
        10,
        "A customer with this many bookings is a VIP.",
    ),
    define(
        "customer.vip_spent_cents",
        Kind.CENTS,
        200_000,
        "A customer who spent this much, in US cents, is a VIP.",
    ),
)
COMPLIANCE = (
    define(
        "kyc.valid_months",
        Kind.MONTHS,
        24,
        "A KYC verification is valid this long, or until its papers end.",
        most=120,
    ),
    define(
        "compliance.reminder_days",
        Kind.DAYS,
        30,
        "Papers that end within this many days are shown as ending soon.",
        most=365,
    ),
)
DEFINITIONS = {each.name: each for each in DELIVERIES + COMPLIANCE + VEHICLES}
