"""The words of each message to a guest, or to our own staff: facts in, subject and body out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from string import Template


class MessageKind(StrEnum):
    RECEIVED = "received"
    PAID = "paid"
    CANCELLED = "cancelled"
    REFUNDED = "refunded"
    EXPIRED = "expired"
    BOOKED = "booked"
    PART_PAID = "part_paid"
    CONFIRMED = "confirmed"
    HANDED_OVER = "handed_over"
    INSTALMENT_SOON = "instalment_soon"
    INSTALMENT_OVERDUE = "instalment_overdue"
    TAX_DUE = "tax_due"


@dataclass(frozen=True, slots=True)
class Wording:
    subject: str
    body: str


CLOSING = """

You can see your booking at any time:
$status_url

Questions? Just answer this e-mail.
"""

WORDINGS = {
    MessageKind.RECEIVED: Wording(
        "We have your booking $number",
        "Hello $first_name,\n\nthank you. We have your booking $number for $what."
        "\nIt comes to $total. It is yours once it is paid; please pay by $deadline." + CLOSING,
    ),
    MessageKind.PAID: Wording(
        "Paid: your booking $number",
        "Hello $first_name,\n\nwe have received $amount for booking $number ($what)."
        "\nEverything is set." + CLOSING,
    ),
    MessageKind.CANCELLED: Wording(
        "Your booking $number is cancelled",
        "Hello $first_name,\n\nbooking $number ($what) is cancelled.\n$terms"
        "\nA refund reaches your card a few days after we have approved it." + CLOSING,
    ),
    MessageKind.REFUNDED: Wording(
        "Your refund for booking $number",
        "Hello $first_name,\n\nwe have sent back $amount for booking $number to your $source."
        "\nYour bank shows it within a few days." + CLOSING,
    ),
    MessageKind.EXPIRED: Wording(
        "Your booking $number has expired",
        "Hello $first_name,\n\nbooking $number ($what) was not paid in time and has"
        " expired.\nBook again, or answer this e-mail and we bring it back." + CLOSING,
    ),
    MessageKind.BOOKED: Wording(
        "We have your booking $number",
        "Hello $first_name,\n\nthank you. We have your booking $number for $what.\nIt comes to"
        " $total. It is confirmed once $to_confirm is paid; please pay by $deadline." + CLOSING,
    ),
    MessageKind.PART_PAID: Wording(
        "Received: $amount for your booking $number",
        "Hello $first_name,\n\nwe have received $amount for booking $number ($what).\n$rest"
        + CLOSING,
    ),
    MessageKind.CONFIRMED: Wording(
        "Confirmed: your booking $number",
        "Hello $first_name,\n\nbooking $number is confirmed, and $what is reserved for you."
        + CLOSING,
    ),
    MessageKind.HANDED_OVER: Wording(
        "Enjoy the ride: booking $number",
        "Hello $first_name,\n\nwe have handed over $what.\n$rest" + CLOSING,
    ),
    MessageKind.INSTALMENT_SOON: Wording(
        "Instalment $instalment of booking $number is due on $due_on",
        "Hello $first_name,\n\ninstalment $instalment for $what, $amount, is due on $due_on."
        + CLOSING,
    ),
    MessageKind.INSTALMENT_OVERDUE: Wording(
        "Overdue: instalment $instalment of booking $number",
        "Hello $first_name,\n\n$amount of instalment $instalment for $what was due on $due_on and"
        " has not arrived yet.\nIf you have paid in the meantime, thank you." + CLOSING,
    ),
    MessageKind.TAX_DUE: Wording(
        "Tax of $month $when",
        "$amount of the tax withheld in $month is in no confirmed challan. It $when."
        "\nDeposit it, draft its challan, and have another person confirm it."
        "\n\nThis is what our books say; it is no tax advice.\n",
    ),
}


def compose(kind: MessageKind, facts: Mapping[str, str]) -> Wording:
    """Fill a wording in. :raises KeyError: a fact is missing"""
    wording = WORDINGS[kind]
    return Wording(
        Template(wording.subject).substitute(facts), Template(wording.body).substitute(facts)
    )


def masked(email: str) -> str:
    """Show an address without giving it away: ``ada@…``."""
    return f"{email.partition('@')[0]}@…"
