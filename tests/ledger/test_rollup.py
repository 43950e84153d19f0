from __future__ import annotations

from threading import Event, Thread

import pytest
from django.db import connection, transaction

from domain.ledger.integrity import ledger_breaches
from domain.ledger.kept_sums import LedgerDay, LedgerHorizon, LedgerMonth
from domain.ledger.models import Transfer
from domain.ledger.queries import balance, trial_balance
from domain.ledger.rollup import roll_up
from domain.ledger.rules import AccountRef, Leg
from domain.ledger.tasks import roll_up as task
from tests.ledger.support import (
    GATEWAY,
    NOON,
    TODAY,
    at_once,
    days_ago,
    new_booking,
    post_legs,
    receipt,
)


@pytest.mark.django_db
class TestRollingUp:
    def test_keeps_daily_sums_of_each_account_code(self) -> None:
        receipt("a", 500)
        receipt("b", 300, effective_on=days_ago(1))
        for key in "cd":
            post_legs(key, Leg(GATEWAY, AccountRef("2300", new_booking().pk), 50))
        roll_up(at=NOON)
        kept = LedgerDay.objects.values_list("code", "day", "debit_cents", "credit_cents")
        assert set(kept) == {
            ("1010", TODAY, 600, 0),
            ("2310", TODAY, 0, 500),
            ("2300", TODAY, 0, 100),
            ("1010", days_ago(1), 300, 0),
            ("2310", days_ago(1), 0, 300),
        }

    def test_keeps_monthly_sums_beside_them(self) -> None:
        receipt("a", 500)
        receipt("b", 300, effective_on=days_ago(1))
        receipt("c", 40, effective_on=days_ago(40))
        roll_up(at=NOON)
        receipt("d", 7, effective_on=days_ago(40))
        roll_up(at=NOON)
        kept = LedgerMonth.objects.filter(code="1010").values_list("month", "debit_cents")
        assert dict(kept)[days_ago(40).replace(day=1)] == 47
        assert sum(dict(kept).values()) == 847
        assert list(ledger_breaches()) == []

    def test_gives_the_balance_of_any_day(self) -> None:
        for n in range(0, 70, 7):
            receipt(f"{n}", 100 + n, effective_on=days_ago(n))
            if n == 35:
                roll_up(at=NOON)
        for n in range(70):
            wanted = sum(100 + each for each in range(0, 70, 7) if each >= n)
            assert balance("1010", "USD", as_of=days_ago(n)) == wanted
            (gateway,) = (
                each
                for each in trial_balance(currency="USD", as_of=days_ago(n))
                if each.account.code == "1010"
            )
            assert gateway.debit_cents == wanted

    def test_begins_the_months_of_books_that_had_none(self) -> None:
        receipt("a", 500, effective_on=days_ago(40))
        roll_up(at=NOON)
        LedgerMonth.objects.all().delete()
        LedgerHorizon.objects.update(has_months=False)
        assert balance("1010", "USD") == 500
        assert balance("1010", "USD", as_of=days_ago(40)) == 500
        roll_up(at=NOON)
        assert LedgerHorizon.objects.get().has_months
        assert balance("1010", "USD") == 500
        assert list(ledger_breaches()) == []

    def test_names_a_month_that_is_not_its_days(self) -> None:
        receipt("a", 500)
        roll_up(at=NOON)
        LedgerMonth.objects.filter(code="1010").update(debit_cents=501)
        assert [breach.invariant for breach in ledger_breaches()] == ["L1"]

    def test_changes_no_balance(self) -> None:
        receipt("a", 500)
        before = trial_balance(currency="USD")
        roll_up(at=NOON)
        assert trial_balance(currency="USD") == before
        receipt("b", 70)
        assert balance("1010", "USD") == 570

    def test_adds_only_what_is_new(self) -> None:
        for n in range(3):
            receipt(f"{n}", 100, effective_on=days_ago(n % 2))
            roll_up(at=NOON)
        assert balance("1010", "USD") == 300
        assert list(ledger_breaches()) == []

    def test_is_the_same_when_repeated(self) -> None:
        receipt("a")
        horizon = roll_up(at=NOON)
        assert roll_up(at=NOON) == horizon == Transfer.objects.get().pk
        task()
        assert LedgerHorizon.objects.get().transfer_id == horizon
        assert balance("1010", "USD") == 10_000

    def test_leaves_sums_and_horizon_together_when_it_is_killed(self) -> None:
        receipt("a")
        with transaction.atomic():
            roll_up(at=NOON)
            transaction.set_rollback(True)
        assert not LedgerDay.objects.exists()
        roll_up(at=NOON)
        assert balance("1010", "USD") == 10_000
        assert list(ledger_breaches()) == []


@pytest.mark.django_db(transaction=True)
class TestRollingUpWhileOthersPost:
    def test_never_passes_over_a_transfer_in_flight(self) -> None:
        posted, commit = Event(), Event()

        def slow() -> None:
            with transaction.atomic():
                receipt("slow", 500)
                posted.set()
                commit.wait(10)
            connection.close()

        thread = Thread(target=slow)
        thread.start()
        posted.wait(10)
        receipt("quick", 30)  # a higher number, committed first
        assert roll_up(at=NOON) == 0
        assert balance("1010", "USD") == 30
        commit.set()
        thread.join()
        assert roll_up(at=NOON) == Transfer.objects.order_by("-pk")[0].pk
        assert balance("1010", "USD") == 530
        assert list(ledger_breaches()) == []

    def test_stays_exact(self) -> None:
        writers, posts = 8, 50
        stop = Event()
        horizons: list[int] = []

        def keep_rolling() -> None:
            while not stop.is_set():
                horizons.append(roll_up(at=NOON))
            connection.close()

        roller = Thread(target=keep_rolling)
        roller.start()
        try:
            at_once(
                writers,
                lambda w: [
                    receipt(f"{w}:{n}", 1 + n, effective_on=days_ago(n % 5)).pk
                    for n in range(posts)
                ],
            )
        finally:
            stop.set()
            roller.join()
        assert horizons == sorted(horizons)
        assert len(set(horizons)) > 1
        roll_up(at=NOON)
        assert balance("1010", "USD") == writers * posts * (posts + 1) // 2
        assert list(ledger_breaches()) == []
