"""The worked cases of tax, payouts and calendar, to the paisa."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from domain.payouts.rules.calendar import deposit_by, quarter_of, statute_of
from domain.payouts.rules.tax import Tax, TaxRules, YearSoFar, assess
from domain.payouts.rules.worksheet import problem_of, work_out
from tests.vectors import Case, network_cases

MINIMUM = 500_00
MEMBER, OTHER_BOOKING = 1, 2


def rules_of(given: dict[str, Any]) -> TaxRules:
    names = {"rate_bp": "rate_bps", "threshold": "threshold_cents", "ceiling": "ceiling_cents"}
    known = {
        names.get(name, name): value
        for name, value in given.items()
        if name in {*names, "ceiling_scope", "threshold_mode", "rounding"}
    }
    return TaxRules(**known)


def tax_of(given: dict[str, Any], taxable: int) -> Tax:
    liable = given.get("fy_prior_liable", 0)
    rules = rules_of(given)
    year = YearSoFar(
        paid_cents=given.get("fy_prior", 0),
        liable_cents=liable,
        tds_cents=given.get("fy_prior_tds", 0),
        liable_at={rules.rate_bps: liable},
    )
    return assess(taxable, rules, year, pan=given.get("pan", "VALID"))


@pytest.mark.parametrize("case", network_cases("tds"), ids=lambda case: case.id)
def test_tax(case: Case) -> None:
    tax = tax_of(case.input, case.input["taxable"])
    assert case.expected == {
        "liable": tax.liable_cents,
        "rate_bp": tax.rate_bps,
        "tds": tax.tds_cents,
        "shortfall": tax.shortfall_cents,
        "capped": tax.capped,
    }


@pytest.mark.parametrize("case", network_cases("payout"), ids=lambda case: case.id)
def test_worksheet(case: Case) -> None:
    given = case.input
    requested, available = given["requested"], given["available"]
    problem = problem_of(requested, available, MINIMUM, kyc=given.get("kyc", "VERIFIED"))
    if problem:
        assert case.expected == {"error": problem.value}
        return
    taxable = given.get("taxable", requested)
    due = given.get("emi_due", 0) if given.get("emi_autofill") else 0
    sheet = work_out(requested, taxable, tax_of(given, taxable), emi_due_cents=due)
    assert case.expected == {
        "tds": sheet.tds_cents,
        "net": sheet.net_cents,
        "emi": sheet.emi_cents,
        "bank": sheet.bank_cents,
        "wallet_after": available - requested,
    }


@pytest.mark.parametrize("case", network_cases("calendar"), ids=lambda case: case.id)
def test_calendar(case: Case) -> None:
    day = date.fromisoformat(case.input["d"])
    quarter = quarter_of(day)
    assert case.expected == {
        "fy": quarter.fy,
        "quarter": quarter.name,
        "deposit_by": deposit_by(day).isoformat(),
        "statement_by": quarter.statement_by.isoformat(),
        "statute": statute_of(day),
    }
    assert quarter.starts_on <= day <= quarter.ends_on
