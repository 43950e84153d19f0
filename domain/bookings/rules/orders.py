"""What a vehicle costs and how it would be paid: every problem at once, by the API's names.

:source: docs/policies/vehicles.md, "Booking"
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from domain.bookings.rules.instalments import MONTHS, Planned, plan
from domain.bookings.rules.vehicles import FirstPayment, first_payment, least_payment
from domain.catalog.rules import CatalogSnapshot, Quote, Vehicle
from domain.catalog.rules.lines import line
from domain.catalog.rules.validation import months_after
from domain.common.errors import InvalidInput
from domain.common.money import show

FULL, EMI = "full", "emi"


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleRequest:
    """The fields are those of the public API; "" and None mean that one was left out."""

    vehicle_sku: str = ""
    colour: str = ""
    payment_option: str = ""
    emi_months: int | None = None
    booking_amount_cents: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """The settings in force that bound a booking."""

    min_prebooking_cents: int
    max_months: int

    @property
    def months(self) -> tuple[int, ...]:
        return tuple(each for each in MONTHS if each <= self.max_months)


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleQuote:
    """A vehicle's price, what is paid first, and the plan for the rest."""

    vehicle: Vehicle
    quote: Quote
    colour: str
    payment_option: str
    emi_months: int | None
    booking_amount_cents: int
    instalments: tuple[Planned, ...]


def price_vehicle(
    request: VehicleRequest,
    catalog: CatalogSnapshot,
    terms: Terms,
    *,
    today: date,
    must_choose: bool = False,
) -> VehicleQuote:
    """Price a vehicle and lay out its payment.

    :param must_choose: a booking names the colour; a preview may leave it out
    :raises InvalidInput: with every field that is wrong
    """
    vehicle = catalog.vehicles.get(request.vehicle_sku)
    if vehicle is None:
        told = "Choose a vehicle." if not request.vehicle_sku else "There is no such vehicle."
        raise InvalidInput.of({"vehicle_sku": [told]})
    least = least_payment(
        vehicle.price_cents, vehicle.minimum_booking_amount_cents or terms.min_prebooking_cents
    )
    amount = least if request.booking_amount_cents is None else request.booking_amount_cents
    errors: dict[str, list[str]] = defaultdict(list)
    _check_colour(request, vehicle, errors, must_choose=must_choose)
    _check_plan(request, terms, errors)
    _check_amount(request, vehicle, amount, least, errors)
    if errors:
        raise InvalidInput.of(dict(errors))
    option = request.payment_option or FULL
    told = f"{vehicle.name}, {vehicle.model_year}: {show(vehicle.price_cents, vehicle.currency)}"
    inputs = {"sku": vehicle.sku, "colour": request.colour}
    sold = line(vehicle, "base", vehicle.name, vehicle.price_cents, told, inputs=inputs)
    return VehicleQuote(
        vehicle=vehicle,
        quote=Quote(currency=vehicle.currency, lines=(sold,), quoted_on=today),
        colour=request.colour,
        payment_option=option,
        emi_months=request.emi_months if option == EMI else None,
        booking_amount_cents=amount,
        instalments=tuple(_planned(vehicle, amount, request.emi_months, today)),
    )


def _planned(vehicle: Vehicle, amount: int, months: int | None, today: date) -> list[Planned]:
    if months is None:
        return []
    financed = vehicle.price_cents - amount
    return plan(financed_cents=financed, months=months, first_due=months_after(today, 1))


def _check_colour(
    request: VehicleRequest,
    vehicle: Vehicle,
    errors: dict[str, list[str]],
    *,
    must_choose: bool,
) -> None:
    if request.colour:
        if request.colour not in vehicle.colours:
            errors["colour"].append(f"Choose one of: {', '.join(vehicle.colours)}.")
    elif must_choose and vehicle.colours:
        errors["colour"].append("Choose a colour.")


def _check_plan(request: VehicleRequest, terms: Terms, errors: dict[str, list[str]]) -> None:
    if request.payment_option not in {"", FULL, EMI}:
        errors["payment_option"].append(f"Choose one of: {FULL}, {EMI}.")
    elif request.payment_option != EMI:
        if request.emi_months is not None:
            errors["emi_months"].append("Months come with payment in instalments only.")
    elif request.emi_months not in terms.months:
        offered = ", ".join(str(each) for each in terms.months)
        errors["emi_months"].append(f"Choose one of: {offered}.")


def _check_amount(
    request: VehicleRequest,
    vehicle: Vehicle,
    amount: int,
    least: int,
    errors: dict[str, list[str]],
) -> None:
    match first_payment(amount, vehicle.price_cents, least):
        case FirstPayment.BELOW_MINIMUM:
            told = f"At least {show(least, vehicle.currency)}."
            errors["booking_amount_cents"].append(told)
        case FirstPayment.ABOVE_PRICE:
            told = f"At most the price, {show(vehicle.price_cents, vehicle.currency)}."
            errors["booking_amount_cents"].append(told)
        case _ if request.payment_option == EMI and amount == vehicle.price_cents:
            errors["booking_amount_cents"].append("Nothing would be left for instalments.")
