"""The form of a vehicle's booking for a caller, and the wish it stands for."""

from __future__ import annotations

from typing import Any, override
from uuid import UUID, uuid4

from django import forms

from backoffice.admin.bookings.new_form import area_field, choose_field, text_field, tick_field
from backoffice.admin.dialogs import AmountField
from domain.bookings.models import PaymentOption
from domain.bookings.rules.instalments import MONTHS
from domain.bookings.rules.orders import VehicleRequest
from domain.catalog.rules import CatalogSnapshot
from domain.common.errors import DomainError
from domain.common.money import show
from domain.customers.operations import CONTACT_FIELDS

AT = {"booking_amount_cents": "booking_amount"}


class NewVehicleForm(forms.Form):
    """Loose on purpose: what is wrong with a wish is for the domain to say, all at once."""

    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    first_name = text_field("First name", autocomplete="off")
    last_name = text_field("Last name", autocomplete="off")
    email = text_field("E-mail", inputmode="email", autocomplete="off")
    phone = text_field("Phone", inputmode="tel", autocomplete="off")
    keep = tick_field("Remember as a customer")

    vehicle_sku = choose_field("Vehicle", ())
    colour = choose_field("Colour", ())
    payment_option = forms.ChoiceField(
        label="Payment", choices=PaymentOption.choices, required=False, widget=forms.RadioSelect
    )
    emi_months = choose_field("Months", [("", "Choose …"), *((each, each) for each in MONTHS)])
    booking_amount = AmountField(
        label="Booking amount",
        required=False,
        help_text="What is paid first; left out, the vehicle's minimum.",
        widget=forms.TextInput(attrs={"class": "bo-input", "inputmode": "decimal"}),
    )
    referral_code = text_field("Referral code", autocomplete="off")
    special_instructions = area_field("Special instructions")
    internal_notes = area_field("Internal notes", "Only staff read this.")
    expected_total_cents = forms.IntegerField(required=False, widget=forms.HiddenInput)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, catalog: CatalogSnapshot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("form_key", uuid4())
        self.initial.setdefault("payment_option", PaymentOption.FULL)
        self.fields["vehicle_sku"].choices = [  # type: ignore[attr-defined]
            ("", "Choose …"),
            *(
                (each.sku, f"{each.name}, {show(each.price_cents, each.currency)}")
                for each in catalog.vehicles.values()
            ),
        ]
        # Every colour of every vehicle: which of them this one has is for the domain to say.
        chosen = catalog.vehicles.get(str(self.data.get("vehicle_sku") or ""))
        known = [chosen] if chosen else list(catalog.vehicles.values())
        colours = sorted({colour for each in known for colour in each.colours})
        self.fields["colour"].choices = [  # type: ignore[attr-defined]
            ("", "Choose …"),
            *((each, each) for each in colours),
        ]

    def contact(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name) or "" for name in CONTACT_FIELDS}

    def key(self) -> UUID:
        found: UUID = self.cleaned_data["form_key"]
        return found

    def request(self) -> VehicleRequest:
        given = self.cleaned_data
        option = given.get("payment_option") or ""
        months = given.get("emi_months") if option == PaymentOption.EMI else ""
        return VehicleRequest(
            vehicle_sku=given.get("vehicle_sku") or "",
            colour=given.get("colour") or "",
            payment_option=option,
            emi_months=int(months) if months else None,
            booking_amount_cents=given.get("booking_amount"),
        )

    def refuse(self, refusal: DomainError) -> None:
        """Every sentence at its field; what has none stands above the form."""
        if not refusal.field_errors:
            self.add_error(None, str(refusal))
        for name, sentences in refusal.field_errors.items():
            at = AT.get(name, name)
            for sentence in sentences:
                self.add_error(at if at in self.fields else None, sentence)

    @override
    def full_clean(self) -> None:
        super().full_clean()
        if not hasattr(self, "cleaned_data"):
            self.cleaned_data = {}
