"""What the database itself refuses, whoever asks and with whatever tool."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from domain.ledger.models import Account, Entry, LedgerPeriod, ManualEntry
from domain.staff.models import Staff
from tests.ledger.support import NOON, TODAY, days_ago, execute, new_booking, new_member, receipt

pytestmark = pytest.mark.django_db

TRANSFER = (
    "INSERT INTO domain_transfer (entry_id, debit_id, credit_id, amount_cents, currency,"
    " debit_code, credit_code, effective_on) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)"
)
# So many at once are looked at in another way.
BESIDE_MANY = f"{TRANSFER}{', (%s, -10100, -23100, 5, %s, %s, %s, %s)' * 1_001}"


def refused(sql: str, values: tuple[object, ...] = (), match: str = "") -> None:
    with pytest.raises(DatabaseError, match=match), transaction.atomic():
        execute(sql, values)


class TestEntriesAndTransfers:
    @pytest.mark.parametrize("table", ["domain_entry", "domain_transfer", "domain_ledgerperiod"])
    def test_are_never_changed(self, table: str, staff_with: Callable[..., Staff]) -> None:
        receipt("a")
        LedgerPeriod.objects.create(
            month=days_ago(40).replace(day=1), locked_at=NOON, locked_by=staff_with()
        )
        # Checks that wait for the end of the transaction would be the first to refuse.
        execute("SET CONSTRAINTS ALL IMMEDIATE")
        refused(f"UPDATE {table} SET id = id + 1000", match="Cannot update or delete")
        refused(f"DELETE FROM {table}", match="Cannot update or delete")
        refused(f"TRUNCATE {table} CASCADE", match="Cannot truncate")
        refused(f"TRUNCATE {table} RESTART IDENTITY CASCADE", match="Cannot truncate")

    def test_are_never_dated_into_a_locked_month(self, staff_with: Callable[..., Staff]) -> None:
        LedgerPeriod.objects.create(
            month=days_ago(40).replace(day=1), locked_at=NOON, locked_by=staff_with()
        )
        sql = (
            "INSERT INTO domain_entry (key, event, effective_on, at, actor_label, source_type,"
            " memo) VALUES ('sneaky', 'x', %s, now(), 'me', '', '')"
        )
        refused(sql, (days_ago(40),), match="is locked")

    def test_are_made_by_somebody_known(self) -> None:
        sql = (
            "INSERT INTO domain_entry (key, event, effective_on, at, actor_id, actor_label,"
            " source_type, memo) VALUES ('sneaky', 'x', %s, now(), 987654, 'me', '', '')"
        )
        refused(sql, (TODAY,), match="no member of staff")

    def test_have_a_key_of_their_own(self) -> None:
        receipt("a")
        sql = (
            "INSERT INTO domain_entry (key, event, effective_on, at, actor_label, source_type,"
            " memo) SELECT key, event, effective_on, at, actor_label, '', '' FROM domain_entry"
        )
        refused(sql, match="key")

    def test_are_reversed_once(self) -> None:
        entry = receipt("a")
        receipt("b", reverses_id=entry.pk)
        with pytest.raises(IntegrityError, match="reverses"), transaction.atomic():
            receipt("c", reverses_id=entry.pk)

    @pytest.mark.parametrize(
        ("debit", "credit", "amount", "currency", "codes", "day", "why"),
        [
            (-10100, -23100, 0, "USD", ("1010", "2310"), TODAY, "amount_positive"),
            (-10100, -23100, -1, "USD", ("1010", "2310"), TODAY, "amount_positive"),
            (-10100, -10100, 5, "USD", ("1010", "1010"), TODAY, "two_accounts"),
            (-10101, -23100, 5, "USD", ("1010", "2310"), TODAY, "repeats"),
            (-10100, -23101, 5, "USD", ("1010", "2310"), TODAY, "repeats"),
            (-10100, -23100, 5, "INR", ("1010", "2310"), TODAY, "repeats"),
            (-10100, -23100, 5, "USD", ("1000", "2310"), TODAY, "repeats"),
            (-10100, -23100, 5, "USD", ("1010", "2310"), days_ago(1), "repeats"),
        ],
    )
    def test_move_an_amount_between_two_accounts_of_its_currency(
        self,
        debit: int,
        credit: int,
        amount: int,
        currency: str,
        codes: tuple[str, str],
        day: object,
        why: str,
    ) -> None:
        entry = receipt("a")
        wrong = (entry.pk, debit, credit, amount, currency, *codes, day)
        refused(TRANSFER, wrong, match=why)
        right = (entry.pk, "USD", "1010", "2310", TODAY)
        refused(BESIDE_MANY, (*wrong, *right * 1_001), match=why)


class TestAccounts:
    def test_stand_once_for_each_owner(self) -> None:
        member, booking = new_member(), new_booking()
        for owner, code, told in (
            ({}, "1010", "account_of_house_once"),
            ({"customer": member}, "1300", "account_of_member_once"),
            ({"booking": booking}, "1200", "account_of_booking_once"),
        ):
            account = {"code": code, "currency": "INR", "kind": "AS", **owner}
            Account.objects.get_or_create(**account)
            with pytest.raises(IntegrityError, match=told), transaction.atomic():
                Account.objects.create(**account)

    def test_have_one_owner(self) -> None:
        both = {"customer": new_member(), "booking": new_booking()}
        with pytest.raises(IntegrityError, match="account_of_one_owner"), transaction.atomic():
            Account.objects.create(code="1200", currency="INR", kind="AS", **both)

    def test_that_are_guarded_never_fall_below_zero(self) -> None:
        Account.objects.create(
            code="2000", currency="INR", kind="LI", customer=new_member(), guarded=True
        )
        refused("UPDATE domain_account SET balance_cents = -1 WHERE guarded", match="overdrawn")

    def test_are_of_somebody_known(self) -> None:
        sql = (
            "INSERT INTO domain_account (code, currency, kind, customer_id, guarded, balance_cents)"
            " SELECT '2000', 'INR', 'LI', 987654 + i, true, 0 FROM generate_series(1, %s) i"
        )
        for rows in (1, 1_001):
            refused(sql, (rows,), match="not there")

    def test_that_are_summed_store_nothing(self) -> None:
        refused("UPDATE domain_account SET balance_cents = 1 WHERE id = -10100", match="guarded")


class TestManualEntries:
    def test_are_decided_by_two_people_superusers_too(
        self, staff_with: Callable[..., Staff]
    ) -> None:
        person = staff_with()
        Staff.objects.filter(pk=person.pk).update(is_superuser=True)
        drafted = {
            "debit_code": "1000",
            "credit_code": "1010",
            "currency": "USD",
            "amount_cents": 5,
            "effective_on": TODAY,
            "reason": "x",
            "requested_by": person,
            "requested_at": NOON,
        }
        for state in ("posted", "denied"):
            for decided_by in (person, None):
                with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
                    ManualEntry.objects.create(**drafted, state=state, decided_by=decided_by)
        assert not Entry.objects.exists()
