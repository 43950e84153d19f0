from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from domain.catalog.rules import (
    Address,
    CatalogSnapshot,
    Limits,
    Purpose,
    QuoteRequest,
    SpecialtyChoice,
    validate,
)
from domain.catalog.rules.validation import months_after
from tests.catalog.support import ALBANY, MANHATTAN

NEW_YORK = ZoneInfo("America/New_York")
MORNING = datetime(2026, 12, 1, 9, 30, tzinfo=NEW_YORK)
NOBODY = UUID(int=0)


def problems(
    catalog: CatalogSnapshot,
    *,
    purpose: Purpose = Purpose.PREVIEW,
    now: datetime = MORNING,
    **wish: object,
) -> dict[str, list[str]]:
    request = QuoteRequest(**wish)  # type: ignore[arg-type]
    return validate(request, catalog, now=now, limits=Limits(), purpose=purpose)


MOVE = {"service_type": "mini_move", "package_type": "petite"}
DELIVERY = {"service_type": "standard_delivery", "standard_delivery_item_count": 3}


class TestValidate:
    def test_takes_a_preview_without_date_and_addresses(self, shipped: CatalogSnapshot) -> None:
        assert problems(shipped, **MOVE) == {}

    def test_takes_a_complete_booking(self, shipped: CatalogSnapshot) -> None:
        found = problems(
            shipped,
            purpose=Purpose.BOOKING,
            **DELIVERY,
            pickup_date=date(2026, 12, 5),
            pickup_time="morning",
            pickup_address=MANHATTAN,
            delivery_address=ALBANY,
        )

        assert found == {}

    def test_names_every_problem_at_once(self, shipped: CatalogSnapshot) -> None:
        found = problems(
            shipped,
            purpose=Purpose.BOOKING,
            service_type="specialty_item",
            include_packing=True,
            specialty_items=(SpecialtyChoice("piano"), SpecialtyChoice("peloton", 3)),
            is_same_day_delivery=True,
            pickup_time="noon",
            specific_pickup_hour=7,
            pickup_address=Address(state="TX", zip_code="1193"),
        )

        assert set(found) == {
            "include_packing",
            "specialty_items",
            "is_same_day_delivery",
            "pickup_date",
            "pickup_time",
            "specific_pickup_hour",
            "pickup_address.address_line_1",
            "pickup_address.city",
            "pickup_address.state",
            "pickup_address.zip_code",
            "delivery_address",
        }
        assert len(found["specialty_items"]) == 2

    @pytest.mark.parametrize("count", [None, 0, -1, 1_001])
    def test_wants_a_count_of_items(self, shipped: CatalogSnapshot, count: int | None) -> None:
        found = problems(
            shipped, service_type="standard_delivery", standard_delivery_item_count=count
        )

        assert set(found) == {"standard_delivery_item_count"}

    def test_keeps_to_the_packages_item_limit(self, shipped: CatalogSnapshot) -> None:
        assert problems(shipped, **MOVE, standard_delivery_item_count=15) == {}
        found = problems(shipped, **MOVE, standard_delivery_item_count=16)
        assert found == {"standard_delivery_item_count": ["Petite Move takes at most 15 items."]}

    def test_wants_one_to_five_pieces_each_within_its_maximum(
        self, shipped: CatalogSnapshot
    ) -> None:
        def with_items(*items: SpecialtyChoice) -> list[str]:
            found = problems(shipped, service_type="specialty_item", specialty_items=items)
            return found.get("specialty_items", [])

        assert with_items(SpecialtyChoice("bicycle", 5)) == []
        assert with_items() == ["Choose at least one specialty item."]
        assert with_items(SpecialtyChoice("peloton", 3)) == ["Peloton: at most 2 in one booking."]
        assert with_items(SpecialtyChoice("bicycle", 4), SpecialtyChoice("crib", 2)) == [
            "At most 5 specialty pieces; this is 6."
        ]

    def test_adds_up_an_item_that_is_named_twice(self, shipped: CatalogSnapshot) -> None:
        twice = (SpecialtyChoice("peloton", 2), SpecialtyChoice("peloton", 1))

        found = problems(shipped, service_type="specialty_item", specialty_items=twice)

        assert found == {"specialty_items": ["Peloton: at most 2 in one booking."]}

    def test_knows_packages_and_items_by_id(self, shipped: CatalogSnapshot) -> None:
        full = shipped.packages["full"].item_id
        crib = shipped.specialty_items["crib"].item_id

        assert problems(shipped, service_type="mini_move", mini_move_package_id=full) == {}
        assert problems(shipped, service_type="specialty_item", specialty_item_ids=(crib,)) == {}
        assert set(problems(shipped, service_type="mini_move", mini_move_package_id=NOBODY)) == {
            "mini_move_package_id"
        }
        assert set(
            problems(shipped, service_type="specialty_item", specialty_item_ids=(NOBODY,))
        ) == {"specialty_item_ids"}

    def test_refuses_an_id_that_contradicts_the_type(self, shipped: CatalogSnapshot) -> None:
        full = shipped.packages["full"].item_id

        assert set(problems(shipped, **MOVE, mini_move_package_id=full)) == {"mini_move_package_id"}

    def test_wants_the_hour_of_a_specific_morning(self, shipped: CatalogSnapshot) -> None:
        found = problems(shipped, **MOVE, pickup_time="morning_specific")
        assert set(found) == {"specific_pickup_hour"}
        for hour in (8, 17):
            assert not problems(
                shipped, **MOVE, pickup_time="morning_specific", specific_pickup_hour=hour
            )

    @pytest.mark.parametrize(
        ("day", "taken"),
        [
            (date(2026, 11, 30), False),
            (date(2026, 12, 1), True),
            (date(2028, 6, 1), True),
            (date(2028, 6, 2), False),
        ],
    )
    def test_takes_a_pickup_from_today_to_eighteen_months_ahead(
        self, shipped: CatalogSnapshot, day: date, taken: bool
    ) -> None:
        assert ("pickup_date" not in problems(shipped, **MOVE, pickup_date=day)) == taken

    def test_looks_at_no_calendar_when_an_old_booking_is_priced_again(
        self, shipped: CatalogSnapshot
    ) -> None:
        found = problems(
            shipped,
            purpose=Purpose.REPRICE,
            **DELIVERY,
            is_same_day_delivery=True,
            pickup_date=date(2020, 1, 1),
        )

        assert found == {}

    def test_takes_same_day_only_today_before_the_cutoff(self, shipped: CatalogSnapshot) -> None:
        def found(day: date | None, hour: int) -> set[str]:
            now = datetime(2026, 12, 1, hour, tzinfo=NEW_YORK)
            wish = {**DELIVERY, "is_same_day_delivery": True, "pickup_date": day}
            return set(problems(shipped, now=now, **wish))

        assert found(date(2026, 12, 1), 10) == set()
        assert found(None, 10) == set()
        assert found(date(2026, 12, 1), 11) == {"is_same_day_delivery"}
        assert found(date(2026, 12, 2), 10) == {"is_same_day_delivery"}

    @pytest.mark.parametrize(
        "zip_code", ["1193", "119377", "11937-123", "11937 1234", "１１９３７", "11937\n"]
    )
    def test_refuses_another_form_of_zip_code(
        self, shipped: CatalogSnapshot, zip_code: str
    ) -> None:
        address = Address(
            address_line_1="1 Main St", city="East Hampton", state="NY", zip_code=zip_code
        )

        assert set(problems(shipped, **MOVE, pickup_address=address)) == {"pickup_address.zip_code"}


def test_months_after_clips_to_the_end_of_the_month() -> None:
    assert months_after(date(2026, 8, 31), 18) == date(2028, 2, 29)
    assert months_after(date(2026, 12, 1), 1) - date(2026, 12, 1) == timedelta(days=31)
