"""What the parts of a wallet are, and what moved them, in words for whoever asks.

:source: docs/policies/earnings.md
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One of a member's accounts, as staff and members call it."""

    code: str
    name: str
    means: str


EARNINGS, RECOVERABLE = "2000", "1300"
# The expenses from which whatever is earned comes: referrals and pairs.
EARNED_FROM = ("5000", "5010")
PARTS = {
    each.code: each
    for each in (
        Part(
            EARNINGS,
            "Earnings",
            "Earned and free: it can be paid out, and it pays the member's own dues.",
        ),
        Part(
            "2005",
            "Deposits",
            "The member's own money from bookings that ended or were paid too much. "
            "It can be spent on bookings and is never paid out.",
        ),
        Part(
            "2010",
            "EMI reserve",
            "Kept from pairs for the member's own instalments. It pays what is due each day; "
            "two people may release it to the earnings.",
        ),
        Part(
            "2015",
            "Held back",
            "Earned, and kept against refunds for some days. It is released by itself.",
        ),
        Part(
            "2020",
            "On hold",
            "Asked for as a payout and not yet on its way: approved it leaves, refused it goes "
            "back to the earnings.",
        ),
        Part(
            RECOVERABLE,
            "Recoverable",
            "Owed by the member: bonuses taken back that the wallet could not pay. What is "
            "earned next settles it first.",
        ),
    )
}

EVENTS = {
    "pair.credited": "Pairs of a run",
    "pair.credited_deducted": "Pairs of a run, part of it to the reserve",
    "pair.taken_back": "Pair taken back: a sale was undone",
    "pair.given_again": "Pair given again: new units fill the gap",
    "tds.taken_back": "Tax on an undone earning given back",
    "referral.credited": "Referral bonus",
    "referral.clawed_back": "Referral bonus taken back after a refund",
    "recoverable.offset": "An earning settles what was owed",
    "holdback.released": "Held back until its day, released",
    "reserve.released": "Reserve released by two people",
    "emi_reserve.applied": "Own instalment paid from the reserve",
    "emi_reserve.applied_after_delivery": "Own instalment paid from the reserve",
    "wallet.applied": "Own instalment paid from the wallet",
    "payout.requested": "Payout asked for",
    "payout.approved": "Payout approved",
    "payout.rejected": "Payout refused or withdrawn",
    "payout.returned": "Payout returned by the bank",
    "payout.bounced": "Payout returned by the bank",
    "payout.back_to_hold": "Payout returned by the bank, the tax stands",
    "payout.resent": "Payout sent again",
    "booking.expired_to_wallet": "Money of a booking that expired",
    "booking.returned_to_member": "Booking settled, money returned",
    "receipt.to_wallet": "Money that fitted no booking",
    "manual": "Entry by hand",
}
# What an approved payout's hold is spent on, by the account it goes to.
SPENT_ON = {
    "2030": "to the bank",
    "2100": "tax withheld",
    "1200": "own instalments",
    "2300": "own instalments",
}


def words_for(event: str, other_code: str) -> str:
    """What moved an account, in words; an event that has none keeps its own name."""
    said = EVENTS.get(event, event)
    if event == "payout.approved" and other_code in SPENT_ON:
        return f"{said}: {SPENT_ON[other_code]}"
    return said
