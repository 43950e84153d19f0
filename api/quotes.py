"""What a delivery or a vehicle would cost."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from django.core.validators import RegexValidator
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.fields import Ask, Day, Flag, Id, OneOf, Text, Whole, cents, dollars
from api.schema import describes
from api.views import PublicView
from domain.bookings.models import BookingLine, PaymentOption
from domain.bookings.rules.orders import VehicleQuote, VehicleRequest
from domain.catalog.queries import quote
from domain.catalog.rules import (
    STATES,
    Address,
    PickupTime,
    Quote,
    QuoteRequest,
    ServiceType,
    SpecialtyChoice,
    Tier,
)
from domain.catalog.rules.validation import FIRST_HOUR, LAST_HOUR, MOST_ITEMS, MOST_PIECES
from domain.common.errors import InvalidInput
from domain.common.money import to_amount
from domain.flows.ordering import quote_vehicle

ZIP = RegexValidator(r"^[0-9]{5}(-[0-9]{4})?$", "Write the ZIP code as 12345 or 12345-6789.")
ASKED_OF_THE_RULES = {each.name for each in fields(QuoteRequest)}
ASKED_OF_VEHICLES = {each.name for each in fields(VehicleRequest)}
VEHICLE = "vehicle"
MOST_CENTS = 10**12


class AddressAsk(Ask):
    address_line_1 = Text(max_length=200)
    address_line_2 = Text(max_length=200, required=False, allow_blank=True, allow_null=True)
    city = Text(max_length=100)
    state = OneOf(choices=STATES)
    zip_code = Text(validators=[ZIP])


class SpecialtyChoiceAsk(Ask):
    item_type = Text(max_length=80)
    quantity = Whole(min_value=1, max_value=MOST_PIECES, default=1)


class QuoteAsk(Ask):
    """A field that is null counts as left out."""

    service_type = OneOf(choices=[*ServiceType, VEHICLE])
    vehicle_sku = Text(max_length=40, required=False, allow_null=True)
    colour = Text(max_length=60, required=False, allow_null=True)
    payment_option = OneOf(choices=PaymentOption.values, required=False, allow_null=True)
    emi_months = Whole(min_value=1, max_value=120, required=False, allow_null=True)
    booking_amount_cents = Whole(
        min_value=0,
        max_value=MOST_CENTS,
        required=False,
        allow_null=True,
        help_text="What is paid first; left out, the vehicle's minimum.",
    )
    mini_move_package_id = Id(required=False, allow_null=True)
    package_type = OneOf(choices=[*Tier], required=False, allow_null=True)
    include_packing = Flag(default=False)
    include_unpacking = Flag(default=False)
    standard_delivery_item_count = Whole(
        min_value=0, max_value=MOST_ITEMS, required=False, allow_null=True
    )
    is_same_day_delivery = Flag(default=False)
    specialty_items = serializers.ListField(
        child=SpecialtyChoiceAsk(), max_length=MOST_PIECES, required=False, allow_null=True
    )
    specialty_item_ids = serializers.ListField(
        child=Id(), max_length=MOST_PIECES, required=False, allow_null=True
    )
    pickup_date = Day(required=False, allow_null=True)
    pickup_time = OneOf(choices=[*PickupTime], required=False, allow_null=True)
    specific_pickup_hour = Whole(
        min_value=FIRST_HOUR, max_value=LAST_HOUR, required=False, allow_null=True
    )
    coi_required = Flag(default=False)
    pickup_address = AddressAsk(required=False, allow_null=True)
    delivery_address = AddressAsk(required=False, allow_null=True)
    is_outside_core_area = Flag(default=False)


class LineAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    quantity = serializers.IntegerField()
    unit_amount_cents = cents()
    amount_cents = cents()
    explanation = serializers.CharField()


class PlannedAnswer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    due_date = serializers.DateField()
    amount_cents = cents()


LINE_FIELDS = tuple(LineAnswer().fields)


class QuoteAnswer(serializers.Serializer[Any]):
    currency = serializers.CharField()
    base_price_cents = cents()
    organizing_total_cents = cents()
    organizing_tax_cents = cents()
    surcharge_cents = cents()
    geographic_surcharge_cents = cents()
    time_window_surcharge_cents = cents()
    coi_fee_cents = cents()
    total_price_cents = cents()
    base_price_dollars = dollars()
    organizing_total_dollars = dollars()
    organizing_tax_dollars = dollars()
    surcharge_dollars = dollars()
    geographic_surcharge_dollars = dollars()
    time_window_surcharge_dollars = dollars()
    coi_fee_dollars = dollars()
    total_price_dollars = dollars()
    lines = LineAnswer(many=True)
    instalments = PlannedAnswer(many=True, required=False, help_text="Of a vehicle.")


def vehicle_request_of(values: dict[str, Any]) -> VehicleRequest:
    """Turn checked fields into what is asked of a vehicle.

    :raises InvalidInput: fields of deliveries were given
    """
    given = {name: value for name, value in values.items() if value not in (None, False)}
    refuse_fields(given, ASKED_OF_THE_RULES - {"service_type"}, "deliveries")
    known = {name: value for name, value in given.items() if name in ASKED_OF_VEHICLES}
    return VehicleRequest(**known)


def refuse_fields(given: dict[str, Any], names: set[str], of: str) -> None:
    """:raises InvalidInput: fields were given that say nothing here"""
    if wrong := sorted(names & given.keys()):
        raise InvalidInput.of({name: [f"This comes with {of} only."] for name in wrong})


def request_of(values: dict[str, Any]) -> QuoteRequest:
    """Turn checked fields into what the rules ask for; others than the quote's are let be."""
    told = {name: value for name, value in values.items() if value is not None}
    refuse_fields(told, ASKED_OF_VEHICLES, "vehicles")
    given = {name: value for name, value in told.items() if name in ASKED_OF_THE_RULES}
    for name in ("pickup_address", "delivery_address"):
        if name in given:
            parts = {part: text for part, text in given[name].items() if text is not None}
            given[name] = Address(**parts)
    choices = given.get("specialty_items", ())
    given["specialty_items"] = tuple(SpecialtyChoice(**choice) for choice in choices)
    given["specialty_item_ids"] = tuple(given.get("specialty_item_ids", ()))
    return QuoteRequest(**given)


def quote_lines(priced: Quote) -> list[dict[str, Any]]:
    return [{name: getattr(line, name) for name in LINE_FIELDS} for line in priced.lines]


def sold_lines(lines: Iterable[BookingLine]) -> list[dict[str, Any]]:
    return [{name: getattr(line, name) for name in LINE_FIELDS} for line in lines]


def quote_answer(priced: Quote) -> dict[str, Any]:
    totals = priced.totals()
    amounts = {
        f"{name.removesuffix('_cents')}_dollars": to_amount(amount, priced.currency)
        for name, amount in totals.items()
    }
    return {
        "currency": priced.currency,
        **totals,
        **amounts,
        "lines": quote_lines(priced),
    }


def vehicle_answer(priced: VehicleQuote) -> dict[str, Any]:
    planned = [
        {"number": each.number, "due_date": each.due_on, "amount_cents": each.amount_cents}
        for each in priced.instalments
    ]
    return quote_answer(priced.quote) | {"instalments": planned}


class PricingPreviewView(PublicView):
    @describes(
        "pricing_preview",
        "Price a delivery or a vehicle, line by line",
        QuoteAnswer,
        asks=QuoteAsk,
        tag="Quote",
    )
    def post(self, request: Request) -> Response:
        values = self.read(QuoteAsk, request)
        if values["service_type"] == VEHICLE:
            asked = vehicle_request_of(values)
            return Response(vehicle_answer(quote_vehicle(asked, at=timezone.now())))
        return Response(quote_answer(quote(request_of(values), at=timezone.now())))
