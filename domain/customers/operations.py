from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.common.actors import Actor, System, may
from domain.common.errors import Conflict, InvalidInput, NotFound, NotPermitted
from domain.common.prepared import rows_prepared
from domain.common.rows import read
from domain.common.transactions import in_transaction
from domain.customers.models import Customer, GuestCheckout, SavedAddress
from domain.customers.rules import (
    CONTACT_FIELDS,
    NICKNAME_LENGTH,
    address_errors,
    read_contact,
)
from domain.staff.models import Staff

DELIVERIES_REGION = "US"

WHOSE = """
SELECT EXISTS (SELECT 1 FROM domain_staff WHERE upper(email::text) = upper(%(email)s::text)),
       (SELECT min(id) FROM domain_customer WHERE upper(email::text) = upper(%(email)s::text))
"""


def hold_email(email: str) -> None:
    """Serialise everything that asks whose an e-mail address is, until the commit."""
    rows_prepared("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"email:{email.lower()}"])


def clean_contact(contact: Mapping[str, str], *, region: str = DELIVERIES_REGION) -> dict[str, str]:
    """Check and normalise contact details.

    :raises InvalidInput: with every field that is wrong
    """
    cleaned, errors = read_contact(contact, region=region)
    if errors:
        raise InvalidInput.of(errors)
    return cleaned


@in_transaction
def register_customer(*, contact: Mapping[str, str], actor: Actor, at: datetime) -> Customer:
    """Add a customer, or return the one who already has this e-mail address.

    :raises Conflict: the address belongs to a member of staff
    """
    _require_edit(actor)
    cleaned = clean_contact(contact)
    hold_email(cleaned["email"])
    [(is_staff, known_id)] = rows_prepared(WHOSE, {"email": cleaned["email"]})
    if is_staff:
        raise Conflict(
            "This e-mail address belongs to a member of staff. "
            "One person is either staff or customer, never both."
        )
    return read(Customer, known_id) or Customer.objects.create(**cleaned, created_at=at)


@in_transaction
def edit_customer(
    *, customer_id: int, values: Mapping[str, str], actor: Actor, at: datetime
) -> Customer:
    """Change contact details, preferences and notes.

    :raises Conflict: the new e-mail address is another customer's or a member of staff's
    """
    del at
    _require_edit(actor)
    customer = Customer.objects.select_for_update().filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.")
    cleaned = clean_contact(
        {field: values.get(field, getattr(customer, field)) for field in CONTACT_FIELDS}
    )
    hold_email(cleaned["email"])
    others = Customer.objects.filter(email__iexact=cleaned["email"]).exclude(pk=customer_id)
    if others.exists() or Staff.objects.filter(email__iexact=cleaned["email"]).exists():
        raise Conflict("This e-mail address already belongs to somebody else.")
    for field, value in cleaned.items():
        setattr(customer, field, value)
    customer.notes = values.get("notes", customer.notes)
    customer.preferences = values.get("preferences", customer.preferences)
    customer.save()
    return customer


@in_transaction
def save_address(
    *, customer_id: int, nickname: str, address: Mapping[str, str], actor: Actor, at: datetime
) -> SavedAddress:
    """Keep an address under a nickname; the same nickname replaces the old address."""
    del at
    _require_edit(actor)
    errors = address_errors(address)
    if not nickname.strip():
        errors["nickname"] = ["Give the address a name such as Home."]
    elif len(nickname.strip()) > NICKNAME_LENGTH:
        errors["nickname"] = [f"At most {NICKNAME_LENGTH} characters."]
    if errors:
        raise InvalidInput.of(errors)
    found = SavedAddress.objects.select_for_update().filter(
        customer_id=customer_id, nickname__iexact=nickname.strip()
    )
    saved = found.first() or SavedAddress(customer_id=customer_id, nickname=nickname.strip())
    saved.address_line_1 = address["address_line_1"].strip()
    saved.address_line_2 = address.get("address_line_2", "").strip()
    saved.city = address["city"].strip()
    saved.region = address["state"]
    saved.zip_code = address["zip_code"]
    saved.access_notes = address.get("access_notes", "")
    saved.save()
    return saved


def new_guest(*, contact: Mapping[str, str], at: datetime) -> GuestCheckout:
    """A guest's contact details, checked by ``clean_contact`` already and not yet written."""
    return GuestCheckout(**{field: contact[field] for field in CONTACT_FIELDS}, created_at=at)


def _require_edit(actor: Actor) -> None:
    if not isinstance(actor, System) and not may(actor, "domain.edit_customer"):
        raise NotPermitted("You may not create or edit customers.")


@in_transaction
def forget_customer(*, customer_id: int, guest_ids: Sequence[int], at: datetime) -> Customer:
    """Empty what is known of a person, as a customer in every version and as a guest."""
    customer = Customer.objects.select_for_update().get(pk=customer_id)
    emptied = {
        "first_name": "Erased",
        "last_name": f"person {customer.pk}",
        "email": "",
        "phone": "",
    }
    more = {"notes": "", "preferences": "", "stripe_customer_id": ""}
    for field, value in (emptied | more).items():
        setattr(customer, field, value)
    customer.erased_at = at
    customer.save()
    customer.history.update(**emptied, **more)
    customer.addresses.all().delete()
    GuestCheckout.objects.filter(pk__in=guest_ids).update(**emptied)
    return customer
