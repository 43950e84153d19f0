from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from domain.catalog.models import ChangeSet
from domain.catalog.pictures import add_picture
from domain.common.actors import System
from tests.api.conftest import Api
from tests.catalog.test_pictures import drawn

PATH = "/public/vehicles/"


def found(api: Api, query: str) -> list[str]:
    answer = api.get(f"{PATH}?{query}")
    assert answer.status_code == 200, answer.content
    return [each["sku"] for each in answer.json()["results"]]


def add_one(colour: str = "navy", words: str = "From the left") -> None:
    add_picture(
        sku="EV-CITY-1",
        content=drawn(colour),
        alt_text=words,
        actor=System("test"),
        at=timezone.now(),
    )


@pytest.mark.django_db
class TestVehicles:
    def test_say_all_that_a_guest_chooses_by(self, api: Api, catalog: ChangeSet) -> None:
        add_one()
        add_one("red", "From behind")
        answer: dict[str, Any] = api.get(f"{PATH}EV-CITY-1/").json()
        images = answer.pop("images")
        assert answer == {
            "sku": "EV-CITY-1",
            "name": "City One",
            "category": "scooter",
            "model_year": 2026,
            "price_cents": 9_850_000,
            "price": 98_500.0,
            "currency": "INR",
            "minimum_booking_amount_cents": 50_000,
            "features": ["LED headlamp", "Reverse mode", "USB charging"],
            "specifications": {"range_km": "95", "battery_kwh": "2.2", "top_speed_kmph": "58"},
            "colours": ["Pearl White", "Slate"],
            "in_stock": True,
        }
        assert [each["alt_text"] for each in images] == ["From the left", "From behind"]
        assert [each["is_primary"] for each in images] == [True, False]
        assert [each["position"] for each in images] == [1, 2]

    def test_show_their_pictures_for_ever(self, api: Api, catalog: ChangeSet) -> None:
        add_one()
        url = api.get(f"{PATH}EV-CITY-1/").json()["images"][0]["url"]
        picture = Client().get(url[url.index("/api/") :])
        assert picture["Content-Type"] == "image/jpeg"
        assert "immutable" in picture["Cache-Control"]
        assert picture["X-Content-Type-Options"] == "nosniff"
        assert picture.content.startswith(b"\xff\xd8")
        assert Client().get("/api/public/vehicle-pictures/0/").status_code == 404

    def test_are_the_active_ones_by_page(self, api: Api, catalog: ChangeSet) -> None:
        answer = api.get(f"{PATH}?page_size=2").json()
        assert (answer["count"], answer["previous"]) == (3, None)
        assert [each["sku"] for each in answer["results"]] == ["EV-CARGO-3", "EV-CITY-1"]
        url = answer["next"]
        second = api.get(url[url.index("/public/") :]).json()
        assert [each["sku"] for each in second["results"]] == ["EV-CITY-2"]
        assert second["next"] is None
        assert "page=1" in second["previous"]
        assert api.get(f"{PATH}?page=2").status_code == 404
        assert api.get(f"{PATH}EV-SWIFT/").status_code == 404

    def test_are_found_and_ordered(self, api: Api, catalog: ChangeSet) -> None:
        assert found(api, "category=Scooter") == ["EV-CITY-1", "EV-CITY-2"]
        assert found(api, "min_price=98500.01&max_price=124999") == ["EV-CITY-2"]
        assert found(api, "search=hill+HOLD") == ["EV-CITY-2"]
        assert found(api, "search=nothing") == []
        assert found(api, "ordering=price") == ["EV-CITY-1", "EV-CITY-2", "EV-CARGO-3"]
        assert found(api, "ordering=-name") == ["EV-CITY-2", "EV-CITY-1", "EV-CARGO-3"]

    def test_refuse_filters_that_say_nothing(self, api: Api, catalog: ChangeSet) -> None:
        answer = api.get(f"{PATH}?colour=red&min_price=cheap&ordering=age&page=0&search=%00")
        assert answer.status_code == 400
        wrong = answer.json()["field_errors"]
        assert set(wrong) == {"colour", "min_price", "ordering", "page", "search"}
        for price in ("-1", "NaN", "Infinity", "1e40", "1.005", ""):
            assert api.get(f"{PATH}?max_price={price}").status_code == 400

    def test_may_be_kept_until_something_changes(self, api: Api, catalog: ChangeSet) -> None:
        for path in (PATH, f"{PATH}EV-CITY-1/"):
            first = api.get(path)
            assert first["Cache-Control"] == "public, max-age=60"
            again = api.get(path, **{"If-None-Match": first["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
        add_one()
        assert api.get(path, **{"If-None-Match": first["ETag"]}).status_code == 200
