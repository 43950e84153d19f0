"""Many at once, on a database where each thread commits."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise
from threading import Event, Thread

import pytest
from django.db import InterfaceError, OperationalError, connection, connections, transaction

from domain.common.errors import Conflict
from domain.ledger.integrity import ledger_breaches
from domain.ledger.models import Account, Entry, Transfer
from domain.ledger.operations import Overdrawn, PeriodLocked, lock_month, post_many, reverse
from domain.ledger.queries import balance, trial_balance
from domain.ledger.rules import AccountRef, Leg, Posting
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.ledger.support import (
    GATEWAY,
    NOON,
    REFERRAL,
    ROBOT,
    TODAY,
    UNAPPLIED,
    at_once,
    days_ago,
    new_booking,
    new_member,
    post_legs,
    receipt,
    stored,
    wallet,
)

pytestmark = [pytest.mark.torture, pytest.mark.django_db(transaction=True)]
ROUNDS = 10


class TestTheSameKeyAtOnce:
    def test_is_one_entry_for_everybody(self) -> None:
        for n in range(ROUNDS):
            entries = at_once(8, lambda _, key=f"refund:{n}": receipt(key).pk)
            assert len(set(entries)) == 1
        assert Entry.objects.count() == Transfer.objects.count() == ROUNDS

    def test_with_other_figures_is_refused_to_all_but_the_first(self) -> None:
        def pay(cents: int) -> str:
            try:
                return str(receipt("a", cents + 1).pk)
            except Conflict:
                return "refused"

        assert at_once(8, pay).count("refused") == 7
        assert Transfer.objects.count() == 1

    def test_in_batches_that_overlap_is_one_entry(self) -> None:
        earnings = wallet(new_member())

        def batch(seed: int) -> dict[str, int]:
            chosen = random.Random(seed).sample(range(40), 30)
            legs = (Leg(REFERRAL, earnings, 10),)
            postings = [Posting(f"pair:{n}", "pair", legs, TODAY) for n in chosen]
            return post_many(postings=postings, currency="USD", actor=ROBOT, at=NOON)

        found = at_once(8, batch)
        everybody = {pair for each in found for pair in each.items()}
        assert len(everybody) == len(dict(everybody)) == Entry.objects.count()
        assert stored(earnings) == 10 * Entry.objects.count()


class TestTheSameNewAccountAtOnce:
    def test_is_made_once(self) -> None:
        for n in range(ROUNDS):
            advance = AccountRef("2300", new_booking().pk)
            at_once(8, lambda k, n=n, ref=advance: post_legs(f"{n}:{k}", Leg(GATEWAY, ref, 5)).pk)
            assert balance("2300", "USD", booking_id=advance.booking_id) == 40
        assert Account.objects.filter(code="2300").count() == ROUNDS


class TestReversingAtOnce:
    def test_happens_once(self) -> None:
        def undo(entry_id: int, number: int) -> bool:
            try:
                reverse(
                    entry_id=entry_id,
                    key=f"undo:{entry_id}:{number}",
                    event="test",
                    reason="",
                    effective_on=TODAY,
                    actor=ROBOT,
                    at=NOON,
                )
            except Conflict:
                return False
            return True

        for n in range(ROUNDS):
            entry = receipt(f"a:{n}")
            assert sum(at_once(4, lambda k, pk=entry.pk: undo(pk, k))) == 1
        assert balance("1010", "USD") == 0


class TestSpendingTheSameWalletAtOnce:
    def test_never_spends_more_than_there_is(self) -> None:
        def spend(earnings: AccountRef, number: int) -> bool:
            try:
                post_legs(f"spend:{earnings.customer_id}:{number}", Leg(earnings, GATEWAY, 300))
            except Overdrawn:
                return False
            return True

        for n in range(ROUNDS):
            earnings = wallet(new_member())
            post_legs(f"earn:{n}", Leg(REFERRAL, earnings, 1_000))
            assert sum(at_once(16, lambda k, ref=earnings: spend(ref, k))) == 3
            assert stored(earnings) == 100
        assert list(ledger_breaches()) == []


class TestManyWalletsAtOnce:
    WORKERS, POSTS, WALLETS = 16, 80, 10

    def test_are_locked_in_one_order(self) -> None:
        wallets = [wallet(new_member()) for _ in range(self.WALLETS)]
        for n, ref in enumerate(wallets):
            post_legs(f"earn:{n}", Leg(REFERRAL, ref, 10_000))

        def work(worker: int) -> None:
            dice = random.Random(worker)
            for n in range(self.POSTS):
                chosen = dice.sample(wallets, dice.randint(2, 5))
                legs = [
                    Leg(debit, credit, dice.randint(1, 50)) for debit, credit in pairwise(chosen)
                ]
                try:
                    post_legs(f"{worker}:{n}", *legs)
                except Overdrawn:
                    continue

        at_once(self.WORKERS, work)  # a deadlock would raise here
        assert sum(stored(ref) for ref in wallets) == 10_000 * self.WALLETS
        assert list(ledger_breaches()) == []


class TestLosingTheConnection:
    # On a machine too slow to post between two losses it must come to an end as well.
    WORKERS, POSTS, LOSSES = 4, 50, 40

    def test_posts_nothing_twice_and_loses_nothing(self) -> None:
        earnings = wallet(new_member())
        post_legs("open", Leg(REFERRAL, earnings, 1))
        done = Event()
        killed: list[int] = []
        spared = connection.connection.info.backend_pid
        killer = Thread(target=self.kill, args=(spared, done, killed))
        killer.start()
        try:
            at_once(self.WORKERS, lambda worker: self.insist(worker, earnings))
        finally:
            done.set()
            killer.join()
            # Those that were lost while nobody used them are not for the tests to come.
            connections.close_all()
            connection.close_pool()
        assert killed
        assert Entry.objects.count() == self.WORKERS * self.POSTS + 1
        assert stored(earnings) == self.WORKERS * self.POSTS * 7 + 1
        assert list(ledger_breaches()) == []

    def insist(self, worker: int, earnings: AccountRef) -> None:
        for n in range(self.POSTS):
            while True:
                try:
                    post_legs(f"{worker}:{n}", Leg(REFERRAL, earnings, 7))
                    break
                except (OperationalError, InterfaceError):
                    connection.close()

    def kill(self, spared: int, done: Event, killed: list[int]) -> None:
        while len(killed) < self.LOSSES and not done.wait(0.05):
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT pid, pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid NOT IN (pg_backend_pid(), %s)"
                    " AND backend_type = 'client backend' ORDER BY random() LIMIT 1) unlucky",
                    [spared],
                )
                killed += [pid for pid, _ in cursor.fetchall()]
        connections.close_all()


class TestLockingAMonth:
    def test_waits_for_nobody_to_slip_in(self, role: Callable[..., Staff]) -> None:
        """Who posts while the month is being locked is refused once it is."""
        month = days_ago(40).replace(day=1)
        outcome: list[str] = []

        def late() -> None:
            try:
                receipt("late", effective_on=month)
                outcome.append("posted")
            except PeriodLocked:
                outcome.append("refused")
            finally:
                connection.close()

        poster = Thread(target=late)
        with transaction.atomic():
            lock_month(month=month, actor=role(Role.FINANCE_MANAGER), at=NOON)
            poster.start()
            self.until_somebody_waits()
        poster.join()
        assert outcome == ["refused"]

    def until_somebody_waits(self) -> None:
        waiting, pause = 0, Event()
        while not waiting:
            pause.wait(0.01)
            with connection.cursor() as cursor:
                cursor.execute(
                    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
                )
                waiting = cursor.fetchone()[0]


class TestReadingWhileOthersPost:
    def test_always_sees_books_in_balance(self) -> None:
        posting = Event()
        seen: list[int] = []

        def read() -> None:
            while not posting.is_set():
                totals = trial_balance(currency="USD")
                seen.append(sum(row.debit_cents - row.credit_cents for row in totals))
            connection.close()

        reader = Thread(target=read)
        reader.start()
        try:
            at_once(4, lambda w: [receipt(f"{w}:{n}", n + 1, currency="USD").pk for n in range(40)])
        finally:
            posting.set()
            reader.join()
        assert seen
        assert set(seen) == {0}
        assert balance("2310", "USD") == balance(UNAPPLIED.code, "USD", as_of=TODAY) == 4 * 820
