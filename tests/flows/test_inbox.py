from __future__ import annotations

import copy
from datetime import timedelta
from typing import Any

import pytest

from backoffice.sandbox.stripe import Sandbox
from domain.flows.inbox import MAX_ATTEMPTS, process_event
from domain.flows.payment import start_card_payment
from domain.flows.sweeps import events_to_process
from domain.ledger.models import Entry
from domain.ledger.queries import balance
from domain.payments import gateway
from domain.payments.models import Dispute, MoneyCase, Payment, WebhookEvent
from domain.payments.operations.inbox import replay_event
from domain.staff.models import Staff
from tests.factories import GUEST, NOON, assert_sound, fresh, make_booking, pay
from tests.jobs import waiting_jobs
from tests.webhooks import named, store, tell, tell_all

pytestmark = pytest.mark.usefixtures("shop")


@pytest.fixture
def paid_unseen(stripe: Sandbox) -> Payment:
    """Paid at Stripe, which has told us nothing yet."""
    started = start_card_payment(booking_id=make_booking().pk, actor=GUEST, at=NOON)
    stripe.pay(started.intent.id)
    return started.payment


class TestAnEvent:
    def test_is_stored_once_and_rings_once(self, stripe: Sandbox, paid_unseen: Payment) -> None:
        event = named(stripe, "payment_intent.succeeded")
        assert store(event) == store(event)
        assert waiting_jobs().count("domain.flows.tasks.process_event") == 1

    def test_pays_the_booking(self, stripe: Sandbox, paid_unseen: Payment) -> None:
        told = tell(named(stripe, "payment_intent.succeeded"))
        assert (told.state, told.outcome) == ("applied", "The payment succeeded.")
        assert told.booking == paid_unseen.booking
        assert fresh(paid_unseen.booking).state == "paid"
        assert_sound()

    def test_changes_nothing_when_it_comes_again(
        self, stripe: Sandbox, paid_unseen: Payment
    ) -> None:
        for _ in range(3):
            tell_all(stripe)
        assert Entry.objects.filter(event="payment.captured").count() == 1
        assert_sound()

    def test_is_not_believed_itself(self, stripe: Sandbox) -> None:
        """A signed event that says paid; Stripe, asked, says it is not."""
        started = start_card_payment(booking_id=make_booking().pk, actor=GUEST, at=NOON)
        event = copy.deepcopy(named(stripe, "payment_intent.created"))
        event["type"] = "payment_intent.succeeded"
        event["data"]["object"].update(status="succeeded", amount_received=10**6)
        assert tell(event).outcome == "Nothing new."
        assert fresh(started.payment).state == "pending"

    @pytest.mark.parametrize(
        ("changes", "reason"),
        [
            ({"livemode": True}, "of the other mode"),
            ({"type": "customer.created"}, "do not act on customer.created"),
            ({"object": {"id": "pi_nobody", "object": "payment_intent"}}, "has no intent"),
            ({"type": "charge.updated", "object": {"id": "ch_1"}}, "belongs to no payment intent"),
        ],
    )
    def test_that_is_not_ours_is_ignored_with_a_reason(
        self, stripe: Sandbox, paid_unseen: Payment, changes: dict[str, Any], reason: str
    ) -> None:
        event = copy.deepcopy(named(stripe, "payment_intent.succeeded"))
        event["data"]["object"] = changes.pop("object", event["data"]["object"])
        event.update(changes)
        told = tell(event)
        assert (told.state, reason in told.outcome) == ("ignored", True), told.outcome
        assert fresh(paid_unseen).state == "pending"
        assert_sound()

    def test_of_an_intent_that_we_never_made_is_ignored(self, stripe: Sandbox) -> None:
        intent = gateway.create_intent(
            amount_cents=5_000,
            currency="USD",
            booking_id=1,
            booking_number="TT-1",
            payment_id=10**9,
            description="",
            key="other",
        )
        stripe.pay(intent.id)
        told = tell(named(stripe, "payment_intent.succeeded"))
        assert told.outcome == f"Intent {intent.id} is not one of ours."

    def test_of_another_booking_s_intent_opens_a_case(self, stripe: Sandbox) -> None:
        payment = start_card_payment(booking_id=make_booking().pk, actor=GUEST, at=NOON).payment
        intent = gateway.create_intent(
            amount_cents=5_000,
            currency="USD",
            booking_id=make_booking().pk,
            booking_number="TT-1",
            payment_id=payment.pk,
            description="",
            key="other",
        )
        stripe.pay(intent.id)
        tell(named(stripe, "payment_intent.succeeded"))
        assert "names another booking" in MoneyCase.objects.get().sentence
        assert fresh(payment).state == "pending"
        assert_sound()


class TestAnEventThatCannotBeApplied:
    def test_is_counted_rung_for_again_and_buried_in_the_end(
        self, stripe: Sandbox, paid_unseen: Payment
    ) -> None:
        stripe.faults.add("reset", path="/v1/payment_intents", method="GET", times=MAX_ATTEMPTS)
        event = store(named(stripe, "payment_intent.succeeded"))
        for attempt in range(1, MAX_ATTEMPTS):
            with pytest.raises(gateway.StripeError):
                process_event(event_id=event.pk, at=NOON)
            assert WebhookEvent.objects.get().attempts == attempt
        assert events_to_process(at=NOON + timedelta(minutes=2)) == [event.pk]
        process_event(event_id=event.pk, at=NOON)
        assert WebhookEvent.objects.get().state == "dead"
        assert events_to_process(at=NOON + timedelta(minutes=2)) == []
        assert_sound()

    def test_can_be_processed_again_by_staff(
        self, stripe: Sandbox, paid_unseen: Payment, finance: Staff, clerk: Staff
    ) -> None:
        event = copy.deepcopy(named(stripe, "payment_intent.succeeded"))
        event["livemode"] = True
        stored = tell(event)
        WebhookEvent.objects.filter(pk=stored.pk).update(livemode=False)
        with pytest.raises(Exception, match="may"):
            replay_event(event_id=stored.pk, actor=clerk, at=NOON)
        replay_event(event_id=stored.pk, actor=finance, at=NOON)
        process_event(event_id=stored.pk, at=NOON)
        assert fresh(paid_unseen.booking).state == "paid"
        assert_sound()


class TestADispute:
    @pytest.fixture
    def payment(self, stripe: Sandbox) -> Payment:
        return pay(stripe, make_booking())

    def test_opens_a_case(self, stripe: Sandbox, payment: Payment) -> None:
        stripe.dispute(payment.intent_id or "")
        tell_all(stripe)
        dispute = Dispute.objects.get()
        assert (dispute.state, dispute.amount_cents) == ("open", payment.captured_cents)
        assert MoneyCase.objects.get().kind == "dispute"
        assert balance("5030", "USD") == 0
        assert_sound()

    def test_that_is_lost_takes_the_money(self, stripe: Sandbox, payment: Payment) -> None:
        made = stripe.dispute(payment.intent_id or "")
        stripe.close_dispute(made["id"], "lost")
        for event in reversed(stripe.events):
            tell(event)
        tell_all(stripe)
        assert Dispute.objects.get().state == "lost"
        assert balance("5030", "USD") == payment.captured_cents
        assert Entry.objects.filter(event="dispute.lost").count() == 1
        assert_sound()

    def test_that_is_won_posts_nothing(self, stripe: Sandbox, payment: Payment) -> None:
        made = stripe.dispute(payment.intent_id or "")
        tell_all(stripe)
        stripe.close_dispute(made["id"], "won")
        tell_all(stripe)
        assert Dispute.objects.get().state == "won"
        assert balance("5030", "USD") == 0
        assert_sound()
