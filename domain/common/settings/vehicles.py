"""Settings of the vehicles line: bookings, members, commission, payouts, tax withheld.

Amounts are paise. They count from the day on which the line opened its books.

:source: docs/policies/settings.md; rules B, P, R, T, M and Y of docs/policies
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.common.settings.kinds import Definition, Kind

OPENED = datetime(2024, 4, 1, tzinfo=ZoneInfo("Asia/Kolkata"))


def paise(name: str, default: int | None, means: str) -> Definition:
    return Definition(name, Kind.CENTS, default, means, currency="INR")


def share(name: str, default: int, means: str) -> Definition:
    return Definition(name, Kind.BPS, default, means, most=10_000)


def days(name: str, default: int, means: str) -> Definition:
    return Definition(name, Kind.DAYS, default, means, most=3_650)


def count(name: str, default: int, means: str, *, most: int = 10_000) -> Definition:
    return Definition(name, Kind.COUNT, default, means, most=most)


def yes_no(name: str, default: int, means: str) -> Definition:
    return Definition(name, Kind.YES_NO, default, means, most=1)


def choice(name: str, choices: tuple[str, ...], means: str) -> Definition:
    """The first is the default."""
    return Definition(name, Kind.CHOICE, 0, means, most=len(choices) - 1, choices=choices)


# What a line of a bank's file may have; without those needed a bank can pay nobody, and its
# answer finds no payout. New ones are added at the end.
BANK_COLUMNS = (
    *("reference", "beneficiary", "ifsc", "account_number", "amount", "payment_type"),
    *("narration", "currency", "member_code"),
)
NEEDED_BY_BANKS = ("reference", "ifsc", "account_number", "amount")

BOOKINGS = (
    paise("booking.min_prebooking", 500_00, "The least first payment, or the price if smaller."),
    paise("booking.confirm_threshold", 5_000_00, "Net paid from which a booking is confirmed."),
    days("booking.expiry_days", 30, "An unconfirmed vehicle booking is valid this many days."),
    share("booking.forfeit_bps", 0, "Share of a deposit that is kept on cancelling or expiry."),
    count("emi.max_months", 24, "The longest instalment plan, of 3, 6, 12 and 24 months.", most=24),
    days("emi.remind_before_days", 3, "Buyers are reminded this long before a due day."),
    days("emi.remind_after_days", 2, "Buyers are reminded of what is overdue this long."),
    choice(
        "emi.autofill_scope",
        ("DUE_ONLY", "DUE_PLUS_NEXT", "ALL_OUTSTANDING"),
        "Which instalments a payout or the reserve fills.",
    ),
)
MEMBERS = (
    paise("member.active_buyer_threshold", 5_000_00, "Net paid that makes an Active Buyer."),
    choice(
        "earning.requires_distributor",
        ("PAYOUT", "NEVER"),
        "Where a signed agreement and verified KYC are needed before earnings are paid out.",
    ),
    share("referral.rate_bps", 500, "Referral bonus on eligible payments."),
    yes_no("referral.catch_up", 1, "At confirmation, one bonus on all paid so far."),
    yes_no("referral.clawback", 1, "A refund takes its share of the bonus back."),
    choice("placement.default_side", ("AUTO", "L", "R"), "Side when nobody names one."),
    yes_no("placement.single_root", 0, "All members under one root of the company."),
    choice(
        "placement.trigger",
        ("BOOKING_CONFIRMED", "REGISTRATION", "STAFF"),
        "When a member may be placed.",
    ),
    days("placement.correction_days", 7, "How long a misplacement can be corrected."),
    count("placement.max_depth", 1_000, "The deepest level of a tree.", most=5_000),
)
PAIRS = (
    choice(
        "pair.unit_basis",
        ("ACTIVE_BUYER", "PLACEMENT", "EACH_BOOKING"),
        "What makes a unit. Only a sale should: paying for enrolment is unlawful in many places.",
    ),
    count("pair.monthly_cap", 10, "Pairs a member is paid in a month."),
    choice("pair.cap_overflow", ("CARRY", "FLUSH"), "Balanced pairs over the cap."),
    paise("pair.amount", None, "Paid for a pair. There is no default: no run without it."),
    count("pair.full_count", 5, "The first pairs of a lifetime that are paid in full."),
    share("pair.emi_deduction_bps", 2_000, "Share of later pairs that goes to the EMI reserve."),
    choice("pair.on_reversal", ("DEBT", "CLAWBACK_LAST"), "What a reversed sale does."),
    share("reserve.holdback_bps", 0, "Share of each earning held back against refunds."),
    days("reserve.days", 90, "How long earnings are held back."),
)
PAYOUTS = (
    paise("payout.minimum", 500_00, "The least that can be paid out."),
    paise("payout.second_approval", 1_00_000_00, "Above this, a second approver is needed."),
    yes_no("payout.autofill", 0, "Fill due instalments from payouts by default."),
    Definition(
        "payout.bank_columns",
        Kind.WORDS,
        1_234_567,
        "Columns of the file for the bank, in the bank's order.",
        least=1,
        choices=BANK_COLUMNS,
        needed=NEEDED_BY_BANKS,
    ),
    share("tds.rate_bps", 500, "Tax withheld from payouts."),
    share("tds.no_pan_rate_bps", 2_000, "At least this rate without a valid PAN."),
    paise("tds.ceiling", 10_000_00, "The most tax withheld, where a ceiling applies."),
    choice("tds.ceiling_scope", ("REQUEST", "YEAR", "NONE"), "What the ceiling applies to."),
    paise("tds.threshold", 0, "Yearly sum up to which no tax is due."),
    choice(
        "tds.threshold_mode",
        ("CATCH_UP", "EXCESS_ONLY", "TRANSACTION"),
        "What is taxed when the threshold is crossed.",
    ),
    choice("tds.rounding", ("RUPEE_HALF_UP", "PAISA"), "How the tax is rounded."),
    choice("tds.base", ("REQUESTED", "EARNINGS_ONLY"), "What of a request is taxed."),
    choice("tds.timing", ("PAYOUT", "ACCRUAL"), "Tax is withheld when paid out, or when credited."),
)

VEHICLES = tuple(replace(each, since=OPENED) for each in BOOKINGS + MEMBERS + PAIRS + PAYOUTS)

# What the law of India says, as far as its published pages tell; beside the rules above.
INDIA_2026: dict[str, int] = {
    "tds.rate_bps": 200,
    "tds.threshold": 20_000_00,
    "tds.threshold_mode": 0,
    "tds.ceiling_scope": 2,
    "tds.base": 1,
    "tds.timing": 1,
    "pair.unit_basis": 0,
    "payout.autofill": 0,
}
PROFILES = {"INDIA_2026": INDIA_2026}
