"""Events shuffled, doubled and lost: what is left at the end depends on none of it."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from backoffice.sandbox.stripe import Sandbox
from backoffice.sandbox.stripe.wire import Row
from domain.bookings.models import Booking
from domain.common.workflow import transit
from domain.flows.inbox import process_event
from domain.flows.payment import poll_payment, start_card_payment
from domain.flows.refunds import settle_refund
from domain.flows.settlement import settle_intent
from domain.ledger.queries import trial_balance
from domain.payments import gateway
from domain.payments.gateway import Intent, StripeRefund
from domain.payments.models import Dispute, MoneyCase, Payment, Refund, WebhookEvent
from domain.payments.operations.refunds import request_refund
from domain.staff.models import Staff
from tests.factories import (
    GUEST,
    NOON,
    POLL,
    assert_sound,
    make_booking,
)
from tests.torture.kills import forgotten
from tests.webhooks import store

pytestmark = pytest.mark.usefixtures("shop")
SEEDS = 200
# One of each that says something of its own; the rest repeat them under other names.
TELLING = {
    "payment_intent.created",
    "payment_intent.succeeded",
    "charge.refunded",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.closed",
}


class World:
    """One booking's life at Stripe, recorded, and our side put back to before it was told."""

    def __init__(self, stripe: Sandbox, clerk: Staff, finance: Staff) -> None:
        self.stripe = stripe
        self.booking = make_booking()
        started = start_card_payment(booking_id=self.booking.pk, actor=GUEST, at=NOON)
        self.payment, self.intent_id = started.payment, started.intent.id
        stripe.pay(self.intent_id)
        stripe.dashboard_refund(self.intent_id, 700)
        returned = stripe.dashboard_refund(self.intent_id, 300)
        stripe.fail_refund(returned["id"])
        dispute = stripe.dispute(self.intent_id)
        stripe.close_dispute(dispute["id"], "won")
        self.events = [event for event in stripe.events if event["type"] in TELLING]
        # Stripe's answers are fetched once: 200 lives ask thousands of times.
        self.intent = gateway.fetch_intent(self.intent_id)
        self.refunds = gateway.list_refunds(self.intent_id)


@pytest.fixture
def world(stripe: Sandbox, clerk: Staff, finance: Staff, monkeypatch: pytest.MonkeyPatch) -> World:
    stripe.store.clock = NOON.timestamp
    made = World(stripe, clerk, finance)
    intents: dict[str, Intent] = {made.intent_id: made.intent}
    refunds: dict[str, list[StripeRefund]] = {made.intent_id: made.refunds}
    monkeypatch.setattr(gateway, "fetch_intent", intents.__getitem__)
    monkeypatch.setattr(gateway, "list_refunds", refunds.__getitem__)
    return made


def final_state() -> dict[str, Any]:
    """What must be the same; ids, moments and the number of looks at it may differ."""
    return {
        "booking": list(Booking.objects.values_list("state", "total_cents")),
        "payments": list(
            Payment.objects.values_list("state", "captured_cents", "reserved_cents", "fee_cents")
        ),
        "refunds": sorted(Refund.objects.values_list("stripe_refund_id", "state", "amount_cents")),
        "disputes": list(Dispute.objects.values_list("state", "amount_cents")),
        "cases": sorted(MoneyCase.objects.values_list("kind", "amount_cents")),
        "books": [
            (total.account.code, total.balance_cents)
            for total in trial_balance(currency="USD")
            if total.balance_cents
        ],
    }


def live(world: World, events: list[Row]) -> dict[str, Any]:
    """Tell the events in this order, say what came of it, and forget it all."""
    with forgotten():
        for event in events:
            stored = store(event)
            process_event(event_id=stored.pk, at=NOON)
        poll_payment(payment_id=world.payment.pk, actor=POLL, at=NOON)
        assert not WebhookEvent.objects.filter(state="received").exists()
        return final_state()


def recipes() -> dict[str, Callable[[Random, list[Row]], list[Row]]]:
    def shuffled(chance: Random, events: list[Row]) -> list[Row]:
        return chance.sample(events, len(events))

    def doubled(chance: Random, events: list[Row]) -> list[Row]:
        copies = events + chance.choices(events, k=3)
        return shuffled(chance, copies)

    def lost(chance: Random, events: list[Row]) -> list[Row]:
        """Lose up to all but the last word on the dispute, which no poll asks for."""
        told = [event for event in doubled(chance, events) if chance.random() < 0.4]
        word = next(each for each in events if each["type"] == "charge.dispute.closed")
        return shuffled(chance, [*told, word])

    return {"shuffled": shuffled, "doubled": doubled, "lost": lost}


class TestAnyOrder:
    def test_of_200_ends_in_the_same_state(self, world: World) -> None:
        expected = live(world, world.events)
        assert expected["payments"][0][:2] == ("succeeded", world.booking.total_cents)
        assert [state for _, state, _ in expected["refunds"]] == ["completed"]
        assert expected["disputes"] == [("won", world.booking.total_cents - 700)]
        made = recipes()
        names = list(made)
        different = []
        for seed in range(SEEDS):
            name = names[seed % len(names)]
            events = made[name](Random(seed), world.events)
            if live(world, events) != expected:
                different.append((seed, name, [event["type"] for event in events]))
        assert different == []

    def test_is_sound_at_the_end(self, world: World) -> None:
        for event in Random(3).sample(world.events, len(world.events)):
            process_event(event_id=store(event).pk, at=NOON)
        assert_sound()


class TestOurOwnRefund:
    """Stripe's word on our own refund, and ours on it, in any order."""

    def test_ends_in_the_same_state(
        self, stripe: Sandbox, clerk: Staff, finance: Staff, world: World
    ) -> None:
        settle_intent(payment_id=world.payment.pk, intent=world.intent, actor=POLL, at=NOON)
        refund = request_refund(
            payment_id=world.payment.pk, amount_cents=900, reason="x", actor=clerk, at=NOON
        )
        transit(Refund, refund.pk, "approve", actor=finance, at=NOON)
        transit(Refund, refund.pk, "send", actor=POLL, at=NOON)
        told = [
            StripeRefund(
                id="re_ours",
                status=status,
                amount_cents=900,
                currency="USD",
                intent_id=world.intent_id,
                charge_id="",
                metadata={"refund_id": str(refund.pk)},
            )
            for status in ("pending", "succeeded", "succeeded", "pending")
        ]
        ends = set()
        for seed in range(12):
            with forgotten():
                for each in Random(seed).sample(told, len(told)):
                    settle_refund(payment_id=world.payment.pk, told=each, actor=POLL, at=NOON)
                ends.add(str(final_state()))
        assert len(ends) == 1
