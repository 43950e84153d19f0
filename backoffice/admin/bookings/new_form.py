"""The form of a booking for a caller, and the wish it stands for."""

from __future__ import annotations

from typing import Any, override

from django import forms

from backoffice.admin.bookings.caller import (
    CallerForm,
    area_field,
    choose_field,
    text_field,
    tick_field,
)
from domain.bookings.models import PickupTime, ServiceType
from domain.catalog.rules import Address, CatalogSnapshot, QuoteRequest, SpecialtyChoice
from domain.common.money import show
from domain.customers.rules import ACCESS_NOTES_LENGTH, NICKNAME_LENGTH, STATES, ZIP_CODE

SERVICES = [each for each in ServiceType.choices if each[0] != ServiceType.VEHICLE]
PLACES = {"pickup": "From", "delivery": "To"}
ADDRESS_PARTS = ("address_line_1", "address_line_2", "city", "state", "zip_code")
HOURS = [
    ("", "–"),
    *((hour, f"{(hour - 1) % 12 + 1} {'am' if hour < 12 else 'pm'}") for hour in range(8, 18)),
]
PLACE_PARTS = (*ADDRESS_PARTS, "access_notes", "keep_as")
PIECE = "piece_"


def _number(label: str, least: int = 1) -> forms.IntegerField:
    widget = forms.NumberInput(attrs={"class": "bo-input", "min": least})
    return forms.IntegerField(label=label, required=False, widget=widget)


class NewBookingForm(CallerForm):
    service_type = forms.ChoiceField(
        label="Service", choices=SERVICES, required=False, widget=forms.RadioSelect
    )
    package_type = choose_field("Package", ())
    include_packing = tick_field("Packing")
    include_unpacking = tick_field("Unpacking")
    standard_delivery_item_count = _number("Items")
    is_same_day_delivery = tick_field("Same day")

    pickup_date = forms.DateField(
        label="Pickup day",
        required=False,
        widget=forms.DateInput(attrs={"class": "bo-input", "type": "date"}, format="%Y-%m-%d"),
    )
    pickup_time = choose_field("Window", [("", "Choose …"), *PickupTime.choices])
    specific_pickup_hour = choose_field("Hour", HOURS)
    coi_required = tick_field("The building wants a certificate of insurance")

    special_instructions = area_field("Special instructions", "The crew reads this.")

    def __init__(self, *args: Any, catalog: CatalogSnapshot, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.catalog = catalog
        self.initial.setdefault("service_type", ServiceType.MINI_MOVE)
        self.fields["package_type"].choices = [
            ("", "Choose …"),
            *(
                (each.package_type, f"{each.name}, {show(each.base_price_cents, each.currency)}")
                for each in catalog.packages.values()
            ),
        ]
        for item in catalog.specialty_items.values():
            price = show(item.price_cents, item.currency)
            self.fields[PIECE + item.item_type] = _number(f"{item.name}, {price}", least=0)
        for place in PLACES:
            self._add_address(place)

    def _add_address(self, place: str) -> None:
        self.fields[f"{place}_address_line_1"] = text_field("Street")
        self.fields[f"{place}_address_line_2"] = text_field("Apartment, floor")
        self.fields[f"{place}_city"] = text_field("City")
        states = [("", "–"), *((state, state) for state in STATES)]
        self.fields[f"{place}_state"] = choose_field("State", states)
        self.fields[f"{place}_zip_code"] = text_field("ZIP", inputmode="numeric")
        notes = text_field("Access", maxlength=str(ACCESS_NOTES_LENGTH))
        notes.help_text = "Doorman, elevator, loading dock: the crew reads this."
        self.fields[f"{place}_access_notes"] = notes
        kept = text_field("Remember as", maxlength=str(NICKNAME_LENGTH))
        kept.help_text = "Keeps it among the customer's addresses: Home, Beach house, …"
        self.fields[f"{place}_keep_as"] = kept

    # --- For the template -------------------------------------------------------------------------

    def pieces(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(PIECE)]

    def places(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        return [
            (place, title, [self[f"{place}_{part}"] for part in PLACE_PARTS])
            for place, title in PLACES.items()
        ]

    # --- What it stands for -----------------------------------------------------------------------

    def of_places(self, part: str) -> dict[str, str]:
        """What was typed about each address beyond where it is."""
        typed = {place: self.cleaned_data.get(f"{place}_{part}") or "" for place in PLACES}
        return {place: text for place, text in typed.items() if text}

    def request(self, *, half_typed: bool = False) -> QuoteRequest:
        """The wish; with ``half_typed`` an address that is not finished is left out."""
        given = self.cleaned_data
        service = given.get("service_type") or ""
        is_move = service == ServiceType.MINI_MOVE
        is_standard = service == ServiceType.STANDARD_DELIVERY
        hour = given.get("specific_pickup_hour")
        window = given.get("pickup_time") or ""
        return QuoteRequest(
            service_type=service,
            package_type=(given.get("package_type") or "") if is_move else "",
            include_packing=is_move and bool(given.get("include_packing")),
            include_unpacking=is_move and bool(given.get("include_unpacking")),
            standard_delivery_item_count=given.get("standard_delivery_item_count")
            if is_standard
            else None,
            is_same_day_delivery=is_standard and bool(given.get("is_same_day_delivery")),
            specialty_items=self._pieces() if service == ServiceType.SPECIALTY_ITEM else (),
            pickup_date=given.get("pickup_date"),
            pickup_time=window,
            specific_pickup_hour=int(hour)
            if hour and window == PickupTime.MORNING_SPECIFIC
            else None,
            coi_required=bool(given.get("coi_required")),
            pickup_address=self._address("pickup", half_typed=half_typed),
            delivery_address=self._address("delivery", half_typed=half_typed),
        )

    def _pieces(self) -> tuple[SpecialtyChoice, ...]:
        return tuple(
            SpecialtyChoice(name.removeprefix(PIECE), count)
            for name, count in self.cleaned_data.items()
            if name.startswith(PIECE) and count
        )

    def _address(self, place: str, *, half_typed: bool) -> Address | None:
        parts = {
            part: str(self.cleaned_data.get(f"{place}_{part}") or "") for part in ADDRESS_PARTS
        }
        needed = [parts[part] for part in ADDRESS_PARTS if part != "address_line_2"]
        if half_typed and (not all(needed) or not ZIP_CODE.match(parts["zip_code"])):
            return None
        return Address(**parts) if any(parts.values()) else None

    # --- What is wrong with it --------------------------------------------------------------------

    @override
    def field_of(self, name: str) -> str | None:
        place, _, part = name.partition(".")
        flat = f"{place.removesuffix('_address')}_{part}" if part else name
        if name in {"pickup_address", "delivery_address"}:
            flat = f"{name.removesuffix('_address')}_address_line_1"
        return flat if flat in self.fields else None
