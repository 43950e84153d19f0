from __future__ import annotations

from datetime import timedelta

import pytest

from backoffice.sandbox.stripe import Sandbox
from domain.flows.payment import start_card_payment
from domain.flows.reconciliation import reconcile
from domain.flows.refunds import send_refund
from domain.ledger.queries import balance
from domain.payments.models import MoneyCase, Payment, Refund
from domain.staff.models import Staff
from tests.conftest import triggers_off
from tests.factories import GUEST, NOON, approved_refund, assert_sound, make_booking, pay
from tests.webhooks import named, tell

pytestmark = pytest.mark.usefixtures("shop")
LATER = NOON + timedelta(hours=3)


def kinds() -> list[str]:
    """What both sides do not agree on, by the cases opened for it."""
    for _ in range(2):
        reconcile(since=NOON - timedelta(days=1), until=LATER, at=LATER)
    return sorted(MoneyCase.objects.values_list("kind", flat=True))


@pytest.fixture
def payment(stripe: Sandbox) -> Payment:
    return pay(stripe, make_booking())


@pytest.fixture
def refund(stripe: Sandbox, payment: Payment, clerk: Staff, finance: Staff) -> Refund:
    made = approved_refund(payment, asked_by=clerk, approved_by=finance)
    send_refund(refund_id=made.pk, at=NOON)
    return made


class TestReconciling:
    def test_finds_nothing_when_both_agree(self, refund: Refund) -> None:
        assert kinds() == []
        assert_sound(LATER)

    def test_leaves_the_young_to_the_next_run(self, stripe: Sandbox, payment: Payment) -> None:
        Payment.objects.update(charge_id=None)
        soon = NOON + timedelta(minutes=20)
        assert reconcile(since=NOON - timedelta(days=1), until=soon, at=soon) == []

    def test_finds_a_charge_that_we_do_not_know(self, stripe: Sandbox) -> None:
        started = start_card_payment(booking_id=make_booking().pk, actor=GUEST, at=NOON)
        stripe.pay(started.intent.id)
        assert kinds() == ["unknown_charge"]

    def test_finds_a_charge_that_stripe_does_not_know(
        self, stripe: Sandbox, payment: Payment
    ) -> None:
        row = stripe.store.all("balance_transaction")[0]
        del stripe.store.rows[row["id"]]
        assert kinds() == ["missing_event"]

    def test_finds_another_amount_and_another_fee(self, stripe: Sandbox, payment: Payment) -> None:
        stripe.store.all("balance_transaction")[0]["amount"] += 5
        stripe.store.all("balance_transaction")[0]["fee"] += 1
        assert kinds() == ["amount_differs", "fee"]
        assert {case.amount_cents for case in MoneyCase.objects.all()} == {5, 1}
        assert_sound(LATER)

    def test_finds_a_refund_that_we_do_not_know(self, stripe: Sandbox, payment: Payment) -> None:
        stripe.dashboard_refund(payment.intent_id or "", 700)
        assert kinds() == ["unknown_refund"]

    def test_finds_a_refund_of_another_amount(self, stripe: Sandbox, refund: Refund) -> None:
        stripe.store.all("balance_transaction")[0]["amount"] -= 5
        assert kinds() == ["amount_differs"]

    def test_finds_a_refund_that_stands_as_failed_with_us(
        self, stripe: Sandbox, refund: Refund
    ) -> None:
        with triggers_off():
            Refund.objects.filter(pk=refund.pk).update(state="failed")
        assert kinds() == ["unknown_refund"]

    def test_finds_a_refund_that_came_back(self, stripe: Sandbox, refund: Refund) -> None:
        stripe.fail_refund(stripe.made("refund")[0]["id"])
        assert kinds() == ["refund_failed"]

    def test_knows_a_refund_that_came_back_once_we_were_told(
        self, stripe: Sandbox, refund: Refund
    ) -> None:
        stripe.fail_refund(stripe.made("refund")[0]["id"])
        tell(named(stripe, "refund.failed"))
        assert kinds() == ["refund_failed"]
        assert MoneyCase.objects.get().dedupe_key == f"refund:{refund.pk}:bounced"

    def test_finds_a_dispute_that_we_do_not_know(self, stripe: Sandbox, payment: Payment) -> None:
        stripe.dispute(payment.intent_id or "")
        assert kinds() == ["dispute"]

    def test_agrees_on_a_dispute_and_its_fee_once_told(
        self, stripe: Sandbox, payment: Payment
    ) -> None:
        stripe.dispute(payment.intent_id or "")
        tell(named(stripe, "charge.dispute.created"))
        tell(named(stripe, "charge.dispute.funds_withdrawn"))
        assert balance("5020", "USD") == payment.fee_cents + 1_500
        assert kinds() == ["dispute"]
        assert_sound(LATER)

    def test_finds_another_amount_and_another_fee_of_a_dispute(
        self, stripe: Sandbox, payment: Payment
    ) -> None:
        stripe.dispute(payment.intent_id or "")
        tell(named(stripe, "charge.dispute.created"))
        stripe.store.all("balance_transaction")[0]["amount"] -= 5
        stripe.store.all("balance_transaction")[0]["fee"] += 1
        assert kinds() == ["amount_differs", "dispute", "fee"]
        fee = MoneyCase.objects.get(kind="fee")
        assert (fee.facts["stripe"], fee.facts["ours"]) == (1_501, 1_500)
        assert fee.facts["happened_on"] <= NOON.date().isoformat()

    def test_decides_nothing_when_stripe_is_away(self, stripe: Sandbox, payment: Payment) -> None:
        from domain.payments import gateway

        stripe.faults.add("reset", path="/v1/balance_transactions", method="GET")
        with pytest.raises(gateway.StripeError):
            reconcile(since=NOON - timedelta(days=1), until=LATER, at=LATER)
        assert not MoneyCase.objects.exists()
