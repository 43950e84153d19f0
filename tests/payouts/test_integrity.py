"""Each invariant of payouts and tax, broken behind the back of every protection, is named."""

from __future__ import annotations

import pytest

from domain.payouts.integrity import payout_breaches
from tests.kept_rows import once
from tests.network.factory import run_sql
from tests.payouts.factory import Office, drafted, sound

pytestmark = pytest.mark.django_db


def broken() -> set[str]:
    return {breach.invariant for breach in payout_breaches()}


BREAKS = (
    ("M19", "UPDATE domain_account SET balance_cents = balance_cents + 1 WHERE code = '2020'"),
    ("M20", "UPDATE domain_taxrecord SET tds_cents = tds_cents + 100"),
    ("M20", "UPDATE domain_taxrecord SET prior_cents = 5"),
    ("M20", "DELETE FROM domain_taxrecord"),
    ("M21", "UPDATE domain_payout SET emi_cents = 100, bank_cents = bank_cents - 100"),
    ("M22", "UPDATE domain_payoutbatch SET file = 'other'"),
    ("M22", "UPDATE domain_payoutbatch SET total_cents = total_cents + 1"),
    ("M22", "UPDATE domain_payoutbatchitem SET live = false"),
    ("2030", "DELETE FROM domain_transfer WHERE credit_code = '2030'"),
    ("2100", "UPDATE domain_transfer SET amount_cents = 1 WHERE credit_code = '2100'"),
    ("2100", "UPDATE domain_taxrecord SET quarter = 1"),
    ("Y10", "UPDATE domain_taxrecord SET deducted_on = '2027-04-01'"),
    ("Y10", "UPDATE domain_challan SET tds_cents = tds_cents + 1"),
)


def of_every_kind() -> None:
    office = Office()
    payout = office.approved(office.member())
    office.requested(payout.member)
    office.released(payout)
    drafted(office)
    assert sound()


@pytest.mark.parametrize(("names", "sql"), BREAKS)
def test_what_was_broken_is_named(names: str, sql: str) -> None:
    once(of_every_kind)
    assert names not in broken()
    run_sql(sql)
    assert names in broken()


@pytest.mark.parametrize(
    ("constraint", "sql"),
    [
        ("payout_gross_is_its_parts", "UPDATE domain_payout SET amount_cents = amount_cents + 1"),
        ("payout_four_eyes", "UPDATE domain_payout SET approved_by_id = requested_by_id"),
    ],
)
def test_a_payout_without_its_checks(office: Office, constraint: str, sql: str) -> None:
    office.approved(office.member())
    run_sql(f"ALTER TABLE domain_payout DROP CONSTRAINT {constraint}")
    run_sql(sql)
    assert "M19" in broken()


def test_twice_in_a_batch_without_the_index(office: Office) -> None:
    office.released(office.approved(office.member()))
    run_sql("DROP INDEX payout_in_one_live_batch")
    run_sql(
        """INSERT INTO domain_payoutbatchitem
           (batch_id, payout_id, number, reference, bank_cents, live)
           SELECT batch_id, payout_id, 9, 'again', bank_cents, true FROM domain_payoutbatchitem"""
    )
    assert "M22" in broken()


def test_one_bank_reference_twice_without_the_index(office: Office) -> None:
    for _ in range(2):
        office.approved(office.member())
    run_sql("ALTER TABLE domain_payout DROP CONSTRAINT payout_utr_once")
    run_sql("UPDATE domain_payout SET utr = 'same'")
    assert "M22" in broken()
