"""The form of a vehicle's booking for a caller, and the wish it stands for."""

from __future__ import annotations

from typing import Any, override

from django import forms

from backoffice.admin.bookings.caller import CallerForm, area_field, choose_field, text_field
from backoffice.admin.dialogs import AmountField
from domain.bookings.models import PaymentOption
from domain.bookings.rules.instalments import MONTHS
from domain.bookings.rules.orders import VehicleRequest
from domain.catalog.rules import CatalogSnapshot
from domain.common.money import show

AT = {"booking_amount_cents": "booking_amount"}


class NewVehicleForm(CallerForm):
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

    def __init__(self, *args: Any, catalog: CatalogSnapshot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("payment_option", PaymentOption.FULL)
        self.fields["vehicle_sku"].choices = [
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
        self.fields["colour"].choices = [
            ("", "Choose …"),
            *((each, each) for each in colours),
        ]

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

    @override
    def field_of(self, name: str) -> str | None:
        return super().field_of(AT.get(name, name))
