from __future__ import annotations

import re
from typing import Any

import pytest
from django.core.management import call_command
from drf_spectacular.validation import validate_schema

from api.schema import document
from tests.api.conftest import Api


def objects(schema: Any) -> list[dict[str, Any]]:
    if isinstance(schema, dict):
        own = [schema] if schema.get("type") == "object" and "properties" in schema else []
        return own + [each for value in schema.values() for each in objects(value)]
    if isinstance(schema, list):
        return [each for value in schema for each in objects(value)]
    return []


class TestTheDocument:
    def test_is_made_without_a_warning(self, tmp_path: Any) -> None:
        target = str(tmp_path / "api.yaml")
        call_command("spectacular", "--validate", "--fail-on-warn", "--file", target)

    def test_holds_every_operation_and_its_errors(self) -> None:
        paths = document()["paths"]
        found = {
            (path, method): set(told["responses"])
            for path, methods in paths.items()
            for method, told in methods.items()
        }
        writing = {"400", "405", "413", "415", "429"}
        assert found == {
            ("/api/public/services/", "get"): {"200", "304", "405", "429"},
            ("/api/public/services/mini-moves-with-organizing/", "get"): {
                "200",
                "304",
                "405",
                "429",
            },
            ("/api/public/services/organizing-by-tier/", "get"): {"200", "304", "405", "429"},
            ("/api/public/vehicles/", "get"): {"200", "304", "400", "404", "405", "429"},
            ("/api/public/vehicles/{sku}/", "get"): {"200", "304", "404", "405", "429"},
            ("/api/public/pricing-preview/", "post"): {"200"} | writing,
            ("/api/public/guest-booking/", "post"): {"201", "409"} | writing,
            ("/api/public/booking-status/{booking_number}/", "get"): {"200", "404", "405", "429"},
            ("/api/payments/create-intent/", "post"): {"200", "404", "409", "502"} | writing,
            ("/api/payments/confirm/", "post"): {"200", "404", "409", "502"} | writing,
            ("/api/webhooks/stripe/", "post"): {"200"} | (writing - {"429"}),
            ("/api/health/live/", "get"): {"200", "405"},
            ("/api/health/ready/", "get"): {"200", "405", "503"},
        }

    def test_allows_no_further_fields(self) -> None:
        known = objects(document()["components"])
        assert len(known) > 20
        assert all(each["additionalProperties"] is False for each in known)

    def test_names_bounds_formats_and_words(self) -> None:
        asked = document()["components"]["schemas"]["BookingAsk"]["properties"]
        hour = asked["specific_pickup_hour"]
        assert (hour["minimum"], hour["maximum"]) == (8, 17)
        assert asked["pickup_date"]["format"] == "date"
        assert asked["mini_move_package_id"]["format"] == "uuid"
        assert "morning_specific" in asked["pickup_time"]["enum"]
        assert asked["specialty_item_ids"]["maxItems"] == 5

    def test_is_valid(self) -> None:
        validate_schema(document())


@pytest.mark.django_db
class TestThePages:
    def test_serve_the_document(self, api: Api) -> None:
        answer = api.get("/schema/")
        assert answer["Content-Type"] == "application/json"
        assert answer.json() == document()

    def test_tell_people_every_operation_without_a_script(self, api: Api) -> None:
        answer = api.client.get("/api/docs/")
        page = answer.content.decode()
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/html")
        for path in document()["paths"]:
            assert path in page
        assert "<script" not in page
        assert "style=" not in page
        assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
