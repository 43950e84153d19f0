"""The worked cases of bookings of vehicles and their instalments, to the paisa."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from domain.bookings.rules.instalments import Part, Scope, filled, owed, plan
from domain.bookings.rules.vehicles import (
    apply_payment,
    first_payment,
    standing,
    valid_until,
)
from tests.vectors import Case, network_cases

MINIMUM, CONFIRM, EXPIRY_DAYS = 500_00, 5_000_00, 30
KOLKATA = ZoneInfo("Asia/Kolkata")


def state(given: dict[str, Any]) -> str:
    reached = standing(
        price_cents=given["price"],
        net_paid_cents=given["total_paid"],
        confirm_at_cents=CONFIRM,
        was_confirmed=given.get("was_confirmed", False),
    )
    end = valid_until(date.fromisoformat(given["created"]), EXPIRY_DAYS, KOLKATA)
    last_day = (end - timedelta(seconds=1)).date()
    over = reached == "pending" and date.fromisoformat(given["today"]) > last_day
    return "EXPIRED" if over else reached.upper()


def applied(given: dict[str, Any]) -> dict[str, int]:
    found = apply_payment(given["price"], given["total_paid"], given["amount"])
    return {
        "applied": found.applied_cents,
        "to_wallet_deposit": found.surplus_cents,
        "remaining": found.remaining_cents,
    }


RULES = {
    "prebooking_ok": lambda given: first_payment(given["amount"], given["price"], MINIMUM),
    "booking_state": state,
    "apply_payment": applied,
}


@pytest.mark.parametrize("case", network_cases("booking"), ids=lambda case: case.id)
def test_booking(case: Case) -> None:
    assert RULES[case.rule](case.input) == case.expected


def schedule(given: dict[str, Any]) -> dict[str, Any]:
    financed = given["price"] - given["paid_at_plan"]
    rows = plan(
        financed_cents=financed,
        months=given["months"],
        first_due=date.fromisoformat(given["first_due"]),
    )
    return {
        "financed": financed,
        "instalment": rows[0].amount_cents,
        "last": rows[-1].amount_cents,
        "total": sum(row.amount_cents for row in rows),
        "due_dates": [row.due_on.isoformat() for row in rows],
    }


def due(given: dict[str, Any]) -> dict[str, int]:
    empty = [Part(date.fromisoformat(day), cents) for day, cents in given["schedule"]]
    paid = filled(empty, given["paid_total"])
    parts = [
        Part(each.due_on, each.amount_cents, got) for each, got in zip(empty, paid, strict=True)
    ]
    scope = Scope(given.get("scope", "DUE_ONLY"))
    return {
        "due": sum(owed(parts, date.fromisoformat(given["as_of"]), scope)),
        "paid_count": sum(not part.open_cents for part in parts),
    }


@pytest.mark.parametrize("case", network_cases("emi"), ids=lambda case: case.id)
def test_instalments(case: Case) -> None:
    assert {"emi_schedule": schedule, "emi_due": due}[case.rule](case.input) == case.expected


def test_the_cases_are_there() -> None:
    assert (len(network_cases("booking")), len(network_cases("emi"))) == (10, 5)
