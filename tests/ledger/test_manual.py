from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import transaction

from domain.common.errors import DomainError, InvalidInput, NotPermitted, Refused
from domain.common.workflow import draft, transit, why_not
from domain.ledger.models import Entry, LedgerPeriod, ManualEntry
from domain.ledger.operations import (
    PeriodLocked,
    approve_manual_entry,
    lock_month,
    request_manual_entry,
)
from domain.ledger.queries import balance
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.ledger.support import NOON, TODAY, days_ago, new_booking

pytestmark = pytest.mark.django_db


@pytest.fixture
def finance(role: Callable[..., Staff]) -> Staff:
    return role(Role.FINANCE_MANAGER)


@pytest.fixture
def operations(role: Callable[..., Staff]) -> Staff:
    return role(Role.OPERATIONS_MANAGER)


def drafted(actor: Staff, **changes: Any) -> ManualEntry:
    settled: dict[str, Any] = {
        "debit_code": "5020",
        "credit_code": "1000",
        "currency": "USD",
        "amount_cents": 1_250,
        "effective_on": TODAY,
        "reason": "Wire fee of the June statement",
    }
    return request_manual_entry(**(settled | changes), actor=actor, at=NOON)


class TestDraftingAnEntry:
    def test_posts_nothing_yet(self, finance: Staff) -> None:
        manual = drafted(finance)
        assert manual.state == "requested"
        assert not Entry.objects.exists()

    def test_needs_the_right(self, operations: Staff) -> None:
        with pytest.raises(NotPermitted, match="finance manager"):
            drafted(operations)

    def test_names_every_field_that_is_wrong(self, finance: Staff) -> None:
        with pytest.raises(InvalidInput) as refusal:
            drafted(finance, debit_code="9999", currency="EUR", amount_cents=0, reason=" ")
        assert set(refusal.value.field_errors) == {"debit_code", "currency", "amount", "reason"}

    @pytest.mark.parametrize(
        ("codes", "field", "sentence"),
        [
            (("1000", "1000"), "credit_code", "two different"),
            (("2000", "1000"), "debit_code", "member's own page"),
            (("2300", "1000"), "debit_code", "name the booking"),
        ],
    )
    def test_refuses_accounts_it_may_not_move(
        self, finance: Staff, codes: tuple[str, str], field: str, sentence: str
    ) -> None:
        with pytest.raises(InvalidInput) as refusal:
            drafted(finance, debit_code=codes[0], credit_code=codes[1])
        assert sentence in refusal.value.field_errors[field][0]


class TestApprovingAnEntry:
    def test_posts_it_once(self, finance: Staff, operations: Staff) -> None:
        manual = drafted(finance)
        approve_manual_entry(manual_id=manual.pk, actor=operations, at=NOON)
        entry = Entry.objects.get(key=f"manual:{manual.pk}")
        assert (entry.event, entry.actor_id) == ("manual", operations.pk)
        assert balance("5020", "USD") == 1_250
        with pytest.raises(DomainError), transaction.atomic():
            approve_manual_entry(manual_id=manual.pk, actor=operations, at=NOON)
        assert Entry.objects.count() == 1

    def test_goes_to_the_account_of_the_booking(self, finance: Staff, operations: Staff) -> None:
        booking = new_booking()
        manual = drafted(finance, debit_code="1000", credit_code="2300", booking_id=booking.pk)
        approve_manual_entry(manual_id=manual.pk, actor=operations, at=NOON)
        assert balance("2300", "USD", booking_id=booking.pk) == 1_250

    def test_is_not_for_who_drafted_it(self, staff_with: Callable[..., Staff]) -> None:
        both = staff_with("request_manual_entry", "approve_manual_entry")
        manual = drafted(both)
        answer = why_not(manual, "approve", actor=both, at=NOON)
        failed = [check.sentence for check in answer.checks if not check.passed]
        assert failed == ["You drafted this entry; somebody else has to approve it."]
        with pytest.raises(Refused), transaction.atomic():
            approve_manual_entry(manual_id=manual.pk, actor=both, at=NOON)

    def test_is_not_for_superusers_who_drafted_it(self, finance: Staff) -> None:
        Staff.objects.filter(pk=finance.pk).update(is_superuser=True)
        chief = Staff.objects.get(pk=finance.pk)
        manual = drafted(chief)
        with pytest.raises(Refused), transaction.atomic():
            approve_manual_entry(manual_id=manual.pk, actor=chief, at=NOON)
        assert not Entry.objects.exists()

    def test_shows_what_it_would_post(self, finance: Staff, operations: Staff) -> None:
        (row,) = draft([drafted(finance)], "approve", actor=operations, at=NOON).rows
        assert "posts 5020 → 1000 $12.50" in [preview.sentence for preview in row.previews]

    def test_is_refused_when_its_month_was_locked_since(
        self, finance: Staff, operations: Staff
    ) -> None:
        manual = drafted(finance, effective_on=days_ago(30))
        lock_month(month=days_ago(30), actor=finance, at=NOON)
        with pytest.raises(PeriodLocked), transaction.atomic():
            approve_manual_entry(manual_id=manual.pk, actor=operations, at=NOON)
        manual = ManualEntry.objects.get()
        assert manual.state == "requested"


class TestDenyingAnEntry:
    def test_posts_nothing_and_is_final(self, finance: Staff, operations: Staff) -> None:
        manual = drafted(finance)
        denied = transit(
            ManualEntry, manual.pk, "deny", actor=operations, at=NOON, reason="Already posted"
        )
        assert denied.subject.state == "denied"
        with pytest.raises(DomainError), transaction.atomic():
            approve_manual_entry(manual_id=manual.pk, actor=operations, at=NOON)
        assert not Entry.objects.exists()


class TestLockingAMonth:
    def test_keeps_everything_out(self, finance: Staff) -> None:
        period = lock_month(month=date(2026, 5, 17), actor=finance, at=NOON)
        assert period.month == date(2026, 5, 1)
        assert LedgerPeriod.objects.get() == period

    def test_happens_once(self, finance: Staff) -> None:
        lock_month(month=date(2026, 5, 1), actor=finance, at=NOON)
        with pytest.raises(Refused, match="May 2026 is already locked"):
            lock_month(month=date(2026, 5, 1), actor=finance, at=NOON)

    @pytest.mark.parametrize("month", [date(2026, 6, 1), date(2026, 7, 1), date(2027, 1, 1)])
    def test_waits_until_the_month_is_over(self, finance: Staff, month: date) -> None:
        with pytest.raises(Refused, match="not over yet"):
            lock_month(month=month, actor=finance, at=NOON)

    def test_counts_the_day_where_the_business_is(self, finance: Staff) -> None:
        still_may_in_new_york = datetime(2026, 6, 1, 2, tzinfo=UTC)
        with pytest.raises(Refused, match="not over yet"):
            lock_month(month=date(2026, 5, 1), actor=finance, at=still_may_in_new_york)

    def test_needs_the_right(self, operations: Staff) -> None:
        with pytest.raises(NotPermitted):
            lock_month(month=date(2026, 5, 1), actor=operations, at=NOON)
