"""Emptying a person's data everywhere the law allows it; two people, and no way back.

:source: docs/policies/compliance.md, "Personal data"
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from domain.bookings.contact import forget_contact
from domain.bookings.models import Booking, BookingAddress, InstalmentWaiver
from domain.common.actors import Actor
from domain.common.audit.models import AuditDetail
from domain.common.effects import Change, Effect, Note, Preview
from domain.common.errors import Conflict, InvalidInput
from domain.common.staff_actions import take_out_of_filters
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, begin, effects_of
from domain.common.workflow.models import Plan
from domain.common.workflow.stateful import Stateful
from domain.compliance.guards import hold_customer, require
from domain.compliance.models import (
    BankAccount,
    Erasure,
    KycCase,
    Nominee,
    PrivateDocument,
    TaxIdentity,
)
from domain.compliance.operations.erasing import erase_papers
from domain.customers.models import Customer, GuestCheckout
from domain.customers.operations import forget_customer
from domain.network.earning.models import ReserveRelease
from domain.network.models import PlacementCorrection, Transmission
from domain.notifications.models import Message
from domain.payments.models import MoneyCase, Payment, Refund, WebhookEvent
from domain.payouts.models import Payout, TaxRecord
from domain.staff.models import Staff

type Rows = QuerySet[Any]
type Fields = tuple[str, ...]

REQUEST = "domain.request_erasure"
ERASED = "[erased]"
SHORTEST_NAME = 3
# Words of staff that may name the person, and of whom or what each row is one.
TEXTS: tuple[tuple[type[Stateful], Fields, str], ...] = (
    (Refund, ("reason", "failure"), "booking"),
    (InstalmentWaiver, ("reason",), "booking"),
    (Payment, ("evidence", "reference"), "booking"),
    (MoneyCase, ("sentence", "resolution"), "booking"),
    (Payout, ("note", "hold_reason", "failure"), "member"),
    (ReserveRelease, ("reason",), "member"),
    (PlacementCorrection, ("reason",), "member"),
    (Transmission, ("reason",), "member"),
    (KycCase, ("decision",), "customer"),
    (TaxIdentity, ("decision",), "customer"),
    (BankAccount, ("decision",), "customer"),
    (Erasure, ("reason",), "customer"),
)
OF_MEMBERS = (Payout, ReserveRelease, PlacementCorrection, Transmission)
STAYS = (
    ("Amounts, days and entries of the books", "Accounts must be kept; they name ids, not people."),
    (
        "PAN beside each amount of tax",
        "The tax office asks for it for eight years after the last amount.",
    ),
    (
        "IFSC and last four digits of accounts",
        "They prove where payouts went. The number itself goes.",
    ),
    (
        "Town, state and postcode of bookings",
        "Prices and sales tax were worked out from them. Street and access notes go.",
    ),
    ("The place in the tree", "Other members' pairs rest on it; it shows no name any more."),
    (
        "Who decided what, and when",
        "The audit trail holds ids and figures; reasons that name the person go.",
    ),
    ("That documents were there, and their digests", "They prove that checks were made."),
    ("What Stripe keeps of card payments", "Stripe keeps it under its own duties, not with us."),
)


@dataclass(frozen=True, slots=True)
class Goes:
    """One kind of data that an erasure empties, and how many there are."""

    what: str
    count: int


def goes_of(customer: Customer) -> list[Goes]:
    """What an erasure of this person would empty now."""
    mine = Q(customer=customer)
    bookings = _bookings(customer)
    files = PrivateDocument.objects.filter(
        Q(kyc_case__customer=customer)
        | Q(bank_account__customer=customer)
        | Q(registered__customer=customer),
        erased_at=None,
    )
    counts = (
        ("name, e-mail, phone, notes and preferences", 0 if customer.erased_at else 1),
        ("earlier versions of them", customer.history.count()),
        ("saved addresses", customer.addresses.count()),
        ("guest details with the same e-mail", _guests(customer).count()),
        ("streets and access notes of bookings", _streets(customer).count()),
        (
            "instructions and notes on bookings",
            bookings.exclude(special_instructions="", internal_notes="").count(),
        ),
        ("messages that were sent", Message.objects.filter(booking__in=bookings).count()),
        ("documents with their files", files.count()),
        ("account numbers", BankAccount.objects.filter(mine).exclude(number="").count()),
        ("nominees", Nominee.objects.filter(mine).count()),
    )
    return [Goes(what, count) for what, count in counts if count]


def has_tax(customer_id: int) -> bool:
    return TaxRecord.objects.filter(member=customer_id).exists()


@in_transaction
def request_erasure(*, customer_id: int, reason: str, actor: Staff, at: datetime) -> Erasure:
    """Ask for a person's data to be erased; another person decides.

    :raises Conflict: it is asked for already
    """
    require(actor, REQUEST)
    customer = hold_customer(customer_id)
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say how the person asked for it."]})
    if customer.erasures.filter(state="requested").exists():
        raise Conflict("This erasure was asked for already.")
    asked = Erasure(customer=customer, reason=reason.strip(), requested_by=actor, requested_at=at)
    return begin(asked, actor=actor, at=at, reason=reason).subject


@dataclass(frozen=True, slots=True)
class EmptyPerson(Effect):
    """Empty everything, in the transaction of the approval."""

    erasure: Erasure

    def preview(self) -> Preview:
        found = ", ".join(f"{each.what} ({each.count})" for each in goes_of(self.erasure.customer))
        return Preview(f"empties {found or 'nothing that is left'}")

    def apply(self, change: Change) -> None:
        erase_person(customer_id=self.erasure.customer_id, actor=change.actor, at=change.at)


@effects_of(Erasure, "erase")
def erasing(erasure: Erasure, ask: Ask) -> Sequence[Effect]:
    del ask
    kept = Note("keeps amounts, days, PANs beside tax, and the place in the tree")
    return [EmptyPerson(erasure), kept]


@in_transaction
def erase_person(*, customer_id: int, actor: Actor, at: datetime) -> None:
    """Empty a person's data. Figures stay; files go with the commit."""
    customer = hold_customer(customer_id)
    guests = list(_guests(customer).values_list("pk", flat=True))
    bookings = list(_bookings(customer).order_by("pk").values_list("pk", flat=True))
    # What names the person is looked for while the names are known.
    plans = _plans(customer_id, bookings)
    if named := _mentions(customer):
        _empty_texts(customer_id, bookings, named)
        _take_out(Plan.objects.filter(pk__in=plans), ("reason",), named)
        take_out_of_filters(named, ERASED)
    _empty_reasons(customer, bookings, plans, named)
    _empty_letters(customer, bookings)
    erase_papers(customer_id=customer_id, actor=actor, at=at)
    forget_customer(customer_id=customer_id, guest_ids=guests, at=at)
    for pk in bookings:
        forget_contact(booking_id=pk, actor=actor, at=at)


def _guests(customer: Customer) -> QuerySet[GuestCheckout]:
    found = GuestCheckout.objects.filter(email__iexact=customer.email)
    return found if customer.email else found.none()


def _bookings(customer: Customer) -> QuerySet[Booking]:
    """The person's own, and those they made as a guest."""
    return Booking.objects.filter(Q(customer=customer) | Q(guest__in=_guests(customer)))


def _streets(customer: Customer) -> QuerySet[BookingAddress]:
    return BookingAddress.objects.filter(booking__in=_bookings(customer))


def _mentions(customer: Customer) -> re.Pattern[str] | None:
    """Whatever spells the person: names from three letters on, e-mail, phone."""
    names = [customer.full_name(), customer.first_name, customer.last_name]
    digits = customer.phone.lstrip("+")
    spelled = [each for each in names if len(each) >= SHORTEST_NAME]
    spelled += [each for each in (customer.email, customer.phone, digits[-10:]) if each]
    for each in customer.history.values_list("first_name", "last_name", "email", "phone"):
        spelled += [word for word in each if len(word) >= SHORTEST_NAME]
    longest_first = sorted(set(spelled), key=len, reverse=True)
    if not longest_first:
        return None
    return re.compile("|".join(re.escape(each) for each in longest_first), re.IGNORECASE)


def _written(customer_id: int, bookings: Sequence[int]) -> Iterable[tuple[Rows, Fields]]:
    """What staff wrote about the person and their money, a kind of record at a time."""
    # A member has the number of the customer that they are.
    whose = {"booking": bookings, "member": [customer_id], "customer": [customer_id]}
    for model, fields, of in TEXTS:
        yield model._default_manager.filter(**{f"{of}__in": whose[of]}), fields


def _plans(customer_id: int, bookings: Sequence[int]) -> list[int]:
    """Batches that one of the person's records was in."""
    theirs = Q(subject_type_name=Booking.subject_type, rows__subject_id__in=bookings)
    for rows, _ in _written(customer_id, bookings):
        theirs |= Q(subject_type_name=rows.model.subject_type, rows__subject_id__in=rows)
    return list(Plan.objects.filter(theirs).distinct().values_list("pk", flat=True))


def _empty_texts(customer_id: int, bookings: Sequence[int], named: re.Pattern[str]) -> None:
    """Take the person out of what staff wrote; the rest of it is the books'."""
    for rows, fields in _written(customer_id, bookings):
        _take_out(rows, fields, named)


def _take_out(rows: Rows, fields: Fields, named: re.Pattern[str]) -> None:
    for row in rows.only("pk", *fields):
        changed = {
            field: named.sub(ERASED, getattr(row, field))
            for field in fields
            if named.search(getattr(row, field))
        }
        if changed:
            rows.filter(pk=row.pk).update(**changed)


def _empty_reasons(
    customer: Customer,
    bookings: Sequence[int],
    plans: Sequence[int],
    named: re.Pattern[str] | None,
) -> None:
    """Empty reasons that name the person, and from where their own requests came."""
    own = Q(entry__booking_id__in=bookings)
    own |= Q(entry__subject_type=Plan.subject_type, entry__subject_id__in=plans)
    for kind, ids in _subjects(customer):
        own |= Q(entry__subject_type=kind, entry__subject_id__in=ids)
    gone = [
        detail.pk
        for detail in AuditDetail.objects.filter(own).select_related("entry")
        if (named and named.search(detail.reason))
        or (detail.entry.actor_id is None and detail.client_ip)
    ]
    AuditDetail.objects.filter(pk__in=gone).update(reason="", client_ip=None, salt="erased")


def _subjects(customer: Customer) -> Iterable[tuple[str, list[int]]]:
    """The records about the person that belong to no booking."""
    yield "member", [customer.pk]
    for name in ("kyc_cases", "bank_accounts", "nominees", "tax_identities", "erasures"):
        rows: Any = getattr(customer, name)
        yield rows.model.subject_type, list(rows.values_list("pk", flat=True))
    for model in OF_MEMBERS:
        of_theirs = model._default_manager.filter(member=customer.pk)
        yield model.subject_type, list(of_theirs.values_list("pk", flat=True))


def _empty_letters(customer: Customer, bookings: Sequence[int]) -> None:
    """Mails to the person, and what Stripe told of their cards."""
    letters = Message.objects.filter(
        Q(booking__in=bookings) | Q(recipient__iexact=customer.email or "-")
    )
    letters.update(recipient="", subject="Erased", body="")
    events = WebhookEvent.objects.filter(booking__in=bookings)
    events.update(payload={"erased": True})
