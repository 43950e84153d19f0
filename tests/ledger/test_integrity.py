"""Each invariant of the books, whole and broken on purpose."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from domain.ledger.integrity import ledger_breaches
from domain.ledger.models import Entry, LedgerPeriod, ManualEntry, Transfer
from domain.ledger.operations import reverse
from domain.ledger.rollup import roll_up
from domain.ledger.rules import Leg
from domain.staff.models import Staff
from tests.ledger.support import (
    BANK,
    GATEWAY,
    NOON,
    REFERRAL,
    ROBOT,
    TODAY,
    days_ago,
    execute,
    new_member,
    post_legs,
    receipt,
    triggers_off,
    wallet,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def books(staff_with: Callable[..., Staff]) -> None:
    """A bit of everything that the checks look at."""
    earnings = wallet(new_member())
    post_legs("earn", Leg(REFERRAL, earnings, 1_000))
    mistake = receipt("mistake", 70)
    reverse(
        entry_id=mistake.pk,
        key="undo",
        event="test",
        reason="",
        effective_on=TODAY,
        actor=ROBOT,
        at=NOON,
    )
    receipt("old", 5, effective_on=days_ago(40))
    roll_up(at=NOON)
    receipt("new", 30)


def breaches() -> set[str]:
    return {f"{each.invariant} {each.subject}" for each in ledger_breaches()}


def test_hold_over_honest_books() -> None:
    assert breaches() == set()


@pytest.mark.parametrize(
    ("sql", "found"),
    [
        ("UPDATE domain_account SET balance_cents = balance_cents + 1 WHERE guarded", "M1 account"),
        ("UPDATE domain_account SET kind = 'AS' WHERE guarded", "L3 account"),
        ("UPDATE domain_account SET guarded = true WHERE id = -10100", "L3 account"),
        ("UPDATE domain_transfer SET currency = 'INR' WHERE id = {new}", "M3 transfer {new}"),
        ("UPDATE domain_transfer SET debit_code = '1000' WHERE id = {new}", "M3 transfer {new}"),
        ("UPDATE domain_transfer SET debit_id = -10000 WHERE id = {new}", "M3 transfer {new}"),
        (
            "UPDATE domain_transfer SET effective_on = '2026-06-01' WHERE id = {new}",
            "M3 transfer {new}",
        ),
        ("DELETE FROM domain_transfer WHERE id = {new}", "M3 entry new"),
        (
            "UPDATE domain_ledgerday SET debit_cents = debit_cents + 1 WHERE code = '1010'",
            "M4 currency USD",
        ),
        (
            "UPDATE domain_transfer SET amount_cents = 71 WHERE entry_id = {undo}",
            "M5 entry undo",
        ),
        ("DELETE FROM domain_ledgerday WHERE code = '2310'", f"L1 day 2310 {TODAY}"),
        ("UPDATE domain_ledgerhorizon SET transfer_id = transfer_id + 9", f"L1 day 1010 {TODAY}"),
        (
            "UPDATE domain_ledgerday SET day = '2026-01-01', code = '1000' WHERE code = '5000'",
            "L1 day 1000 2026-01-01",
        ),
        ("UPDATE domain_entry SET event = 'manual' WHERE key = 'new'", "M9 entry new"),
    ],
)
def test_name_the_row_that_breaks_them(sql: str, found: str) -> None:
    named = {
        "new": Transfer.objects.get(entry__key="new").pk,
        "undo": Entry.objects.get(key="undo").pk,
    }
    with triggers_off():
        execute(sql.format(**named))
    assert any(each.startswith(found.format(**named)) for each in breaches()), breaches()


def test_name_an_entry_dated_into_a_month_after_it_was_locked(
    staff_with: Callable[..., Staff],
) -> None:
    LedgerPeriod.objects.create(
        month=days_ago(40).replace(day=1), locked_at=NOON.replace(hour=1), locked_by=staff_with()
    )
    assert breaches() == {"L2 entry old"}


def test_name_a_manual_entry_that_is_not_in_the_books(staff_with: Callable[..., Staff]) -> None:
    manual = ManualEntry.objects.create(
        debit_code="1000",
        credit_code="1010",
        currency="USD",
        amount_cents=5,
        effective_on=TODAY,
        reason="x",
        requested_by=staff_with(),
        requested_at=NOON,
        decided_by=staff_with(),
        state="posted",
    )
    assert breaches() == {f"M9 manual entry {manual.pk}"}
    post_legs(f"manual:{manual.pk}", Leg(BANK, GATEWAY, 5), event="manual")
    assert breaches() == set()
