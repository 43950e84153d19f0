"""Every worked case of the price list, to the cent."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from domain.catalog.rules import (
    TOTALS,
    Address,
    CatalogSnapshot,
    QuoteRequest,
    SpecialtyChoice,
    price,
)

PATH = Path(__file__).resolve().parents[1] / "vectors" / "pricing.json"
CASES: list[dict[str, Any]] = json.loads(PATH.read_text())["cases"]


def request_of(given: dict[str, Any]) -> QuoteRequest:
    values = {name: value for name, value in given.items() if name != "quoted_on"}
    values["pickup_date"] = date.fromisoformat(values["pickup_date"])
    chosen = values.pop("specialty_items", {})
    values["specialty_items"] = tuple(SpecialtyChoice(*each) for each in chosen.items())
    for name, address in zip(
        ("pickup_address", "delivery_address"), values.pop("addresses", []), strict=False
    ):
        values[name] = Address(**address)
    return QuoteRequest(**values)


def test_all_cases_are_here() -> None:
    assert len(CASES) == 160


@pytest.mark.parametrize("case", CASES, ids=[str(case["id"]) for case in CASES])
def test_price_agrees_with_the_worked_case(case: dict[str, Any], shipped: CatalogSnapshot) -> None:
    request = request_of(case["request"])

    quote = price(request, shipped, date.fromisoformat(case["request"]["quoted_on"]))

    assert [{"code": line.code, "amount_cents": line.amount_cents} for line in quote.lines] == case[
        "expected"
    ]["lines"]
    assert quote.totals() == {name: case["expected"][name] for name in TOTALS}
    assert quote.currency == "USD"
    assert all(line.explanation and line.rule_version_id for line in quote.lines)
    assert all(line.quantity * line.unit_amount_cents == line.amount_cents for line in quote.lines)
