"""Many people asking for the same money, and putting the same payouts into batches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from django.db import IntegrityError, connection

from domain.common.errors import Refused
from domain.common.workflow import transit
from domain.ledger.operations import account_ids, guarded
from domain.ledger.rules import AccountRef
from domain.network.models import Member
from domain.payouts.integrity import payout_breaches
from domain.payouts.models import Payout, PayoutBatch, PayoutBatchItem
from domain.payouts.operations import batches, requests
from domain.payouts.queries.balances import account_balance
from tests.conftest import triggers_off
from tests.payouts.factory import NOON, Office
from tests.torture.threads import (
    FEW_ROUNDS,
    FEW_THREADS,
    THREADS,
    Outcome,
    in_rounds,
    slow,
    unlocked,
    without_check,
)

pytestmark = pytest.mark.django_db(transaction=True)
WALLET, EACH = 10_000_00, 2_500_00


def asking(**size: int) -> Iterator[tuple[Member, Outcome]]:
    """Each thread asks for a quarter of the same wallet, which is full again every round."""
    office = Office()
    member = office.member(WALLET)

    def prepare() -> Member:
        for payout in Payout.objects.filter(member=member, state="requested"):
            transit(Payout, payout.pk, "reject", actor=office.finance, at=NOON, reason="again")
        return member

    def act(member: Member, _: int) -> object:
        return office.requested(member, EACH)

    return in_rounds(prepare, act, **size)


class TestOneWallet:
    def test_is_given_out_once(self) -> None:
        for member, outcome in asking():
            assert len(outcome.results) == WALLET // EACH
            assert outcome.raised() == {"InvalidInput": THREADS - WALLET // EACH}
            assert account_balance("2020", member.pk) == WALLET
        assert list(payout_breaches()) == []

    def test_by_the_ledger_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without the lock people find the money there; the guarded account refuses them."""
        monkeypatch.setattr(requests, "hold_tax_year", found_unlocked)
        monkeypatch.setattr(requests, "available_cents", slow(requests.available_cents))
        for member, outcome in asking(threads=FEW_THREADS, rounds=FEW_ROUNDS):
            assert len(outcome.results) == WALLET // EACH
            assert "Overdrawn" in outcome.raised()
            assert account_balance("2020", member.pk) == WALLET

    def test_gives_way_without_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(requests, "hold_tax_year", found_unlocked)
        monkeypatch.setattr(requests, "available_cents", slow(requests.available_cents))
        # As if every account were full.
        full = "SELECT id, code, currency, 1000000000000 FROM domain_account WHERE id = ANY(%s)"
        monkeypatch.setattr(guarded, "LOCK", full)
        with without_check("domain_account", "account_never_overdrawn"):
            for member, outcome in asking(threads=FEW_THREADS, rounds=FEW_ROUNDS):
                assert len(outcome.results) > WALLET // EACH
                assert account_balance("2000", member.pk) < 0
            with triggers_off(), connection.cursor() as cursor:
                cursor.execute("UPDATE domain_account SET balance_cents = 0")


class TestOneBatch:
    """Every thread makes a batch of all that is ready."""

    def rounds(self, **size: int) -> Iterator[tuple[list[Payout], Outcome]]:
        office = Office()
        members = [office.member(50_00_000_00) for _ in range(2)]
        payouts = [office.approved(member, 1_000_00) for member in members]

        def prepare() -> list[Payout]:
            """The same payouts each round: what took them before is discarded."""
            again = {"reason": "again", "actor": office.finance, "at": NOON}
            for batch in PayoutBatch.objects.filter(state="draft"):
                batches.discard_batch(batch_id=batch.pk, **again)
            return payouts

        def act(payouts: list[Payout], _: int) -> object:
            ids = [payout.pk for payout in payouts]
            return batches.make_batch(payout_ids=ids, actor=office.finance, at=NOON)

        return in_rounds(prepare, act, **size)

    def test_takes_each_payout_once(self) -> None:
        for _, outcome in self.rounds():
            assert len(outcome.results) == 1
            assert outcome.raised() == {"Refused": THREADS - 1}
        assert list(payout_breaches()) == []

    def test_by_the_database_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "lock", unlocked)
        monkeypatch.setattr(batches, "_items", slow(batches._items))
        for _, outcome in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
            assert len(outcome.results) == 1
            assert {type(error) for error in outcome.errors} <= {IntegrityError, Refused}
            assert "IntegrityError" in outcome.raised()

    def test_gives_way_without_either(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(batches, "lock", unlocked)
        monkeypatch.setattr(batches, "_items", slow(batches._items))
        with without_index("payout_in_one_live_batch", "payout_item_reference_once"):
            for _ in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
                pass
            assert "M22" in {breach.invariant for breach in payout_breaches()}


def found_unlocked(*, member_id: int, at: datetime) -> int:
    ref = AccountRef("2020", customer_id=member_id)
    return account_ids([ref], "INR")[ref]


@contextmanager
def without_index(index: str, constraint: str) -> Iterator[None]:
    """Take the protections of a payout's place in batches away, and put them back."""
    table = PayoutBatchItem._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE indexname = %s", [index])
        (definition,) = cursor.fetchone()
        cursor.execute(f"DROP INDEX {index}")
        cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {constraint}")
    try:
        yield
    finally:
        with triggers_off(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {table} CASCADE")
            cursor.execute(definition)
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {constraint} UNIQUE (reference)")
