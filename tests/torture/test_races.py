"""32 threads, 25 rounds: no rule gives way. With its protection taken away, each does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from django.db.models import Sum

from domain.bookings.models import Booking
from domain.common import idempotency
from domain.common.audit.models import AuditEntry
from domain.common.errors import InvalidInput
from domain.common.idempotency import Call, IdempotencyKey, answer_once
from domain.flows import checkout, settlement
from domain.flows.inbox import process_event
from domain.flows.payment import poll_payment
from domain.ledger.models import Entry
from domain.payments import gateway
from domain.payments.gateway import Intent
from domain.payments.models import Payment, WebhookEvent
from domain.payments.operations import refunds
from domain.payments.operations.inbox import store_event
from tests.factories import (
    NOON,
    POLL,
    ask_refund,
    assert_sound,
    begin_payment,
    fill_catalog,
    fresh,
    intent_of,
    make_booking,
    settled,
)
from tests.torture.threads import (
    FEW_ROUNDS,
    FEW_THREADS,
    ROUNDS,
    THREADS,
    Outcome,
    in_rounds,
    slow,
    staff,
    without_constraint,
    without_locks,
)

pytestmark = pytest.mark.django_db(transaction=True)
type Rounds = Callable[..., Iterator[tuple[object, Outcome]]]


@pytest.fixture(autouse=True)
def _shop(db: None) -> None:
    fill_catalog()


class TestTheRefundCap:
    """Each thread asks for a fifth of the payment: five get it."""

    def rounds(self, **size: int) -> Iterator[tuple[Payment, Outcome]]:
        clerk = staff(1)[0]

        def ask(payment: Payment, number: int) -> object:
            return ask_refund(payment, clerk, amount_cents=payment.captured_cents // 5)

        return in_rounds(lambda: settled(make_booking()), ask, **size)

    def promised(self, payment: Payment) -> int:
        return payment.refunds.aggregate(total=Sum("amount_cents"))["total"] or 0

    def test_holds(self) -> None:
        for payment, outcome in self.rounds():
            assert len(outcome.results) == 5
            assert outcome.raised() == Counter({InvalidInput.__name__: THREADS - 5})
            assert self.promised(payment) == fresh(payment).reserved_cents
            assert self.promised(payment) <= payment.captured_cents
        assert_sound()

    def test_is_held_by_the_database_alone(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without_locks(monkeypatch, refunds)
        monkeypatch.setattr(refunds, "available_cents", slow(refunds.available_cents))
        for payment, outcome in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
            assert self.promised(payment) <= payment.captured_cents
            assert "IntegrityError" in outcome.raised()

    def test_gives_way_without_lock_and_check(self, monkeypatch: pytest.MonkeyPatch) -> None:
        without_locks(monkeypatch, refunds)
        monkeypatch.setattr(refunds, "available_cents", slow(refunds.available_cents))
        with without_constraint("domain_payment", "payment_refunds_within_captured"):
            broken = [
                self.promised(payment) > payment.captured_cents
                for payment, _ in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS)
            ]
        assert broken == [True] * FEW_ROUNDS


@contextmanager
def stripe_says(intents: dict[str, Intent], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answer at once: 800 calls over HTTP would test the network."""
    monkeypatch.setattr(gateway, "fetch_intent", intents.__getitem__)
    monkeypatch.setattr(gateway, "list_refunds", lambda intent_id: [])
    yield


class TestConfirmAndWebhook:
    """Half of the threads poll, as the guest's confirm does; the others process the event."""

    def rounds(
        self, monkeypatch: pytest.MonkeyPatch, **size: int
    ) -> Iterator[tuple[Payment, Outcome]]:
        intents: dict[str, Intent] = {}

        def prepare() -> tuple[Payment, WebhookEvent]:
            payment = begin_payment(make_booking())
            intent = intent_of(payment, fee_cents=50)
            Payment.objects.filter(pk=payment.pk).update(intent_id=intent.id)
            intents[intent.id] = intent
            event = store_event(
                stripe_id=f"evt_{payment.pk}",
                type="payment_intent.succeeded",
                object_id=intent.id,
                payload={"data": {"object": {"id": intent.id}}},
                livemode=False,
                created_at=NOON,
                at=NOON,
            )
            return payment, event

        def act(thing: tuple[Payment, WebhookEvent], number: int) -> object:
            payment, event = thing
            if number % 2:
                return poll_payment(payment_id=payment.pk, actor=POLL, at=NOON)
            return process_event(event_id=event.pk, at=NOON)

        with stripe_says(intents, monkeypatch):
            for (payment, _), outcome in in_rounds(prepare, act, **size):
                yield payment, outcome

    def test_pay_a_booking_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for payment, outcome in self.rounds(monkeypatch):
            assert outcome.errors == []
            assert self.effects(payment) == (1, 1, 1, 1)
            assert fresh(payment).state == "succeeded"
        assert not WebhookEvent.objects.exclude(state="applied").exists()
        assert_sound()

    def effects(self, payment: Payment) -> tuple[int, ...]:
        """How often: captured, fee, marked paid, told the guest."""
        trail = AuditEntry.objects.filter(booking_id=payment.booking_id)
        return (
            Entry.objects.filter(booking=payment.booking_id, event="payment.captured").count(),
            Entry.objects.filter(booking=payment.booking_id, event="fee.stripe").count(),
            trail.filter(step="mark_paid").count(),
            payment.booking.messages.filter(kind="paid").count(),
        )

    def test_stumble_without_the_lock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The database still posts once; but callers would see it refuse."""
        without_locks(monkeypatch, settlement)
        monkeypatch.setattr(settlement, "_difference", slow(settlement._difference))
        size = {"threads": FEW_THREADS, "rounds": FEW_ROUNDS}
        for payment, outcome in self.rounds(monkeypatch, **size):
            assert outcome.errors != []
            assert self.effects(payment)[:3] == (1, 1, 1)


class TestBookingNumbers:
    def rounds(self, **size: int) -> Iterator[tuple[None, Outcome]]:
        return in_rounds(lambda: None, lambda _, number: make_booking(), **size)

    def test_are_never_the_same(self) -> None:
        for _, outcome in self.rounds():
            assert outcome.errors == []
        taken = Booking.objects.values_list("number", flat=True)
        assert len(set(taken)) == len(taken) == ROUNDS * THREADS
        assert_sound()

    def test_collide_when_they_are_counted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def counted() -> str:
            return f"TT-{Booking.objects.count() + 1:06d}"

        monkeypatch.setattr(checkout, "next_delivery_number", slow(counted))
        for _, outcome in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
            assert "IntegrityError" in outcome.raised()


class TestOneKeyOneBooking:
    def rounds(self, **size: int) -> Iterator[tuple[str, Outcome]]:
        keys = iter(range(10**6))

        def book(key: str, number: int) -> object:
            return answer_once(
                Call.of("guest-booking", key, {"a": 1}),
                make=lambda: make_booking().pk,
                answer=lambda pk: (201, f"booked {pk}"),
                at=NOON,
            )

        return in_rounds(lambda: f"key {next(keys)}", book, **size)

    def test_books_once_and_answers_alike(self) -> None:
        for made, (_, outcome) in enumerate(self.rounds(), start=1):
            assert outcome.errors == []
            assert len(set(outcome.results)) == 1
            assert Booking.objects.count() == made
        assert_sound()

    @pytest.fixture
    def no_lock(self, monkeypatch: pytest.MonkeyPatch) -> None:
        @contextmanager
        def open_door(name: str) -> Iterator[None]:
            yield

        monkeypatch.setattr(idempotency, "_one_at_a_time", open_door)

    @pytest.mark.usefixtures("no_lock")
    def test_is_held_by_the_database_alone(self) -> None:
        for _, outcome in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
            assert len(set(outcome.results)) == 1
        assert Booking.objects.count() == FEW_ROUNDS

    @pytest.mark.usefixtures("no_lock")
    def test_books_twice_without_lock_and_constraint(self) -> None:
        with without_constraint("domain_idempotencykey", "idempotency_key_once"):
            for _ in self.rounds(threads=FEW_THREADS, rounds=FEW_ROUNDS):
                continue
            assert Booking.objects.count() > FEW_ROUNDS
            assert IdempotencyKey.objects.count() > FEW_ROUNDS
