"""What holds for every price, and what guests read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalog.rules import (
    STATES,
    Address,
    Calculation,
    CatalogSnapshot,
    PickupTime,
    QuoteRequest,
    ServiceType,
    SpecialtyChoice,
    Surcharge,
    SurchargeType,
    TaxRate,
    Tier,
    price,
)
from domain.common.errors import InvalidInput
from tests.catalog.support import (
    ALBANY,
    GREENWICH,
    MANHATTAN,
    MONTAUK,
    shipped_snapshot,
)

TODAY = date(2026, 12, 1)
SATURDAY = date(2027, 6, 19)
CHRISTMAS = date(2027, 12, 25)

addresses = st.builds(
    Address,
    address_line_1=st.just("1 Main St"),
    city=st.sampled_from(["New York", "Montauk", "southampton", "Hoboken", "Albany", ""]),
    state=st.sampled_from(STATES),
    zip_code=st.from_regex(r"1[0-9]{4}(-[0-9]{4})?", fullmatch=True) | st.just("07030"),
)
requests = st.builds(
    QuoteRequest,
    service_type=st.sampled_from([*ServiceType]),
    package_type=st.sampled_from([*Tier]),
    include_packing=st.booleans(),
    include_unpacking=st.booleans(),
    standard_delivery_item_count=st.integers(1, 60),
    is_same_day_delivery=st.booleans(),
    specialty_items=st.lists(
        st.builds(
            SpecialtyChoice,
            st.sampled_from(list(shipped_snapshot().specialty_items)),
            st.integers(1, 5),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    pickup_date=st.none() | st.dates(TODAY, TODAY + timedelta(days=500)),
    pickup_time=st.sampled_from([*PickupTime]),
    specific_pickup_hour=st.integers(8, 17),
    coi_required=st.booleans(),
    pickup_address=st.none() | addresses,
    delivery_address=st.none() | addresses,
    is_outside_core_area=st.booleans(),
)


@st.composite
def extra_rules(draw: st.DrawFn) -> Surcharge:
    """A weekend, holiday or geographic rule that may well apply."""
    calculation = draw(st.sampled_from([*Calculation]))
    kind = draw(
        st.sampled_from([SurchargeType.WEEKEND, SurchargeType.HOLIDAY, SurchargeType.GEOGRAPHIC])
    )
    zones = ["", *shipped_snapshot().zones]
    return Surcharge(
        version_id=999,
        item_id=uuid4(),
        code="extra",
        surcharge_type=kind,
        name="Extra",
        applies_to_service_type=draw(st.sampled_from(["all", *ServiceType])),
        zone=draw(st.sampled_from(zones)) if kind == SurchargeType.GEOGRAPHIC else "",
        calculation_type=calculation,
        percentage_bps=draw(st.integers(0, 10_000)),
        fixed_amount_cents=draw(st.integers(0, 100_000)),
        specific_date=draw(st.dates(TODAY, TODAY + timedelta(days=500))),
        applies_saturday=True,
        applies_sunday=True,
    )


class TestPrice:
    @given(requests)
    def test_is_the_sum_of_its_lines_and_of_its_groups(self, request: QuoteRequest) -> None:
        quote = price(request, shipped_snapshot(), TODAY)

        groups = quote.totals()
        assert groups.pop("total_price_cents") == sum(line.amount_cents for line in quote.lines)
        assert sum(groups.values()) == quote.total_price_cents
        assert all(line.amount_cents > 0 for line in quote.lines)

    @given(requests, extra_rules())
    @settings(max_examples=300)
    def test_never_falls_when_a_surcharge_is_added(
        self, request: QuoteRequest, extra: Surcharge
    ) -> None:
        catalog = shipped_snapshot()
        more = replace(catalog, surcharges={**catalog.surcharges, extra.code: extra})

        before = price(request, catalog, TODAY).total_price_cents
        assert price(request, more, TODAY).total_price_cents >= before

    @given(requests)
    def test_has_the_same_lines_for_the_same_input_and_day(self, request: QuoteRequest) -> None:
        catalog = shipped_snapshot()
        again = QuoteRequest.from_json(request.as_json())

        assert price(request, catalog, TODAY) == price(again, catalog, TODAY)

    @given(requests)
    def test_does_not_depend_on_the_order_of_the_addresses(self, request: QuoteRequest) -> None:
        turned = replace(
            request,
            pickup_address=request.delivery_address,
            delivery_address=request.pickup_address,
        )
        catalog = shipped_snapshot()

        assert price(turned, catalog, TODAY) == price(request, catalog, TODAY)


def lines_of(catalog: CatalogSnapshot, **wish: object) -> dict[str, str]:
    request = QuoteRequest(**wish)  # type: ignore[arg-type]
    return {line.code: line.explanation for line in price(request, catalog, TODAY).lines}


class TestExplanation:
    def test_says_why_in_words_a_guest_understands(self, shipped: CatalogSnapshot) -> None:
        told = lines_of(
            shipped,
            service_type="standard_delivery",
            standard_delivery_item_count=4,
            pickup_date=SATURDAY,
            pickup_time="morning_specific",
            specific_pickup_hour=9,
            pickup_address=MANHATTAN,
            delivery_address=MONTAUK,
        )

        assert told == {
            "base": "4 items at $95.00 each",
            "surcharge:weekend-standard": "Saturday pickup: +$50.00 for standard delivery",
            "geographic:geo-montauk": "Amagansett and Montauk: +$120.00",
            "time_window:window": "Pickup between 9 AM and 10 AM: +$75.00",
        }

    def test_shows_what_a_percentage_is_of(self, shipped: CatalogSnapshot) -> None:
        told = lines_of(
            shipped, service_type="mini_move", package_type="petite", pickup_date=CHRISTMAS
        )

        assert told["surcharge:christmas-2027"] == (
            "Christmas Day pickup: +$248.75 (25 % of $995.00)"
        )

    def test_records_what_the_amount_was_worked_out_from(self, shipped: CatalogSnapshot) -> None:
        request = QuoteRequest(
            service_type="mini_move",
            package_type="petite",
            include_packing=True,
            pickup_date=CHRISTMAS,
            pickup_address=MONTAUK,
        )

        lines = {line.code: line for line in price(request, shipped, TODAY).lines}

        assert lines["surcharge:christmas-2027"].inputs == {
            "base_cents": 99_500,
            "percentage_bps": 2_500,
            "fixed_amount_cents": None,
            "pickup_date": "2027-12-25",
            "weekday": "Saturday",
        }
        assert lines["geographic:geo-montauk"].inputs["zone"] == "amagansett-montauk"
        assert lines["organizing_tax"].inputs["rate_bps"] == 875
        assert lines["base"].rule_kind == "mini_move_packages"


class TestGeography:
    def test_charges_the_single_dearest_zone_once(self, shipped: CatalogSnapshot) -> None:
        told = lines_of(
            shipped,
            service_type="mini_move",
            package_type="full",
            pickup_address=MONTAUK,
            delivery_address=GREENWICH,
        )

        assert [code for code in told if code.startswith("geographic")] == ["geographic:geo-ct-nj"]

    def test_charges_an_address_in_no_zone_as_outside(self, shipped: CatalogSnapshot) -> None:
        told = lines_of(
            shipped, service_type="mini_move", package_type="full", pickup_address=ALBANY
        )

        assert told["geographic:geo-outside"] == "Outside our core area: +$175.00"

    def test_keeps_a_zone_out_of_outside_when_its_rule_is_gone(
        self, shipped: CatalogSnapshot
    ) -> None:
        rules = {code: rule for code, rule in shipped.surcharges.items() if code != "geo-montauk"}
        catalog = replace(shipped, surcharges=rules)

        told = lines_of(
            catalog, service_type="mini_move", package_type="full", pickup_address=MONTAUK
        )

        assert list(told) == ["base"]

    def test_ignores_the_checkbox_when_there_are_addresses(self, shipped: CatalogSnapshot) -> None:
        told = lines_of(
            shipped,
            service_type="mini_move",
            package_type="full",
            pickup_address=MANHATTAN,
            is_outside_core_area=True,
        )

        assert list(told) == ["base"]

    def test_counts_a_city_only_in_the_states_of_its_zone(self, shipped: CatalogSnapshot) -> None:
        elsewhere = Address(
            address_line_1="1 Main St", city="Montauk", state="NJ", zip_code="08088"
        )

        told = lines_of(
            shipped, service_type="mini_move", package_type="full", pickup_address=elsewhere
        )

        assert list(told) == ["base", "geographic:geo-ct-nj"]


class TestTax:
    def test_takes_the_rate_in_force_on_the_day_of_the_quote(
        self, shipped: CatalogSnapshot
    ) -> None:
        request = QuoteRequest(
            service_type="mini_move", package_type="petite", include_packing=True
        )

        rates = {
            day: price(request, shipped, day).organizing_tax_cents
            for day in (date(2025, 2, 28), date(2025, 3, 1))
        }

        assert rates == {date(2025, 2, 28): 11_550, date(2025, 3, 1): 12_250}

    def test_refuses_to_guess_when_none_is_in_force(self, shipped: CatalogSnapshot) -> None:
        request = QuoteRequest(
            service_type="mini_move", package_type="petite", include_packing=True
        )
        later = TaxRate(
            version_id=1,
            item_id=uuid4(),
            code="later",
            name="Later",
            applies_to="organizing",
            rate_bps=900,
            starts_on=date(2030, 1, 1),
        )

        with pytest.raises(InvalidInput, match="tax rate"):
            price(request, replace(shipped, tax_rates={"later": later}), TODAY)


def test_hours_of_a_service_stay_exact(shipped: CatalogSnapshot) -> None:
    assert shipped.organizing["packing", "standard"].duration_hours == Decimal("7.50")
