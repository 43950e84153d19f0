"""The dialogs of a customer's page."""

from __future__ import annotations

from typing import Any, override

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from backoffice.admin.dialogs import DialogForm, choice_field, text_field
from domain.customers.rules import CONTACT_FIELDS, STATES

ADDRESS_FIELDS = ("address_line_1", "address_line_2", "city", "state", "zip_code", "access_notes")


def notes_field(label: str, help_text: str = "") -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})
    return forms.CharField(
        label=label, required=False, max_length=4_000, widget=widget, help_text=help_text
    )


class NewCustomerForm(DialogForm):
    title = "New customer"
    lead = "Whoever has this e-mail address already is opened instead."
    submit = "Register"
    first_name = text_field("First name", most=80)
    last_name = text_field("Last name", most=80)
    email = text_field("E-mail", most=254)
    phone = text_field("Phone", most=30, help_text="With or without +; stored as +1…")

    def contact(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in CONTACT_FIELDS}


class CustomerForm(NewCustomerForm):
    title = "Edit this customer"
    lead = "Bookings already made follow: they show the customer's contact details."
    submit = "Save"
    preferences = notes_field("Preferences", "What the crew should know.")
    notes = notes_field("Notes", "For staff only.")

    @override
    def prepare(self) -> None:
        for name in (*CONTACT_FIELDS, "preferences", "notes"):
            self.initial[name] = getattr(self.subject, name, "")

    def cleaned_values(self) -> dict[str, Any]:
        kept = (*CONTACT_FIELDS, "preferences", "notes")
        return {name: self.cleaned_data[name] for name in kept}


class AddressForm(DialogForm):
    title = "Keep an address"
    lead = "The same nickname replaces the address that has it."
    submit = "Keep"
    nickname = text_field("Nickname", most=40, help_text="Home, Beach house, …")
    address_line_1 = text_field("Street and number")
    address_line_2 = text_field("Apartment, floor", required=False)
    city = text_field("City", most=100)
    state = choice_field("State", [(each, each) for each in STATES])
    zip_code = text_field("ZIP code", most=10)
    access_notes = text_field("Access notes", required=False, most=300)

    def address(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in ADDRESS_FIELDS}
