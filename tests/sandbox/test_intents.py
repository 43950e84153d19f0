from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Any

import pytest
import stripe as library

from backoffice.sandbox.stripe import Sandbox
from backoffice.sandbox.stripe.sandbox import API_VERSION
from backoffice.sandbox.stripe.wire import ApiError
from tests.sandbox.conftest import client_of

EXPANDED = {"expand": ["latest_charge.balance_transaction"]}


class TestCreate:
    def test_keeps_what_it_was_given(self, client: Any) -> None:
        intent = client.payment_intents.create(
            {
                "amount": 17_250,
                "currency": "USD",
                "automatic_payment_methods": {"enabled": True},
                "description": "Booking TT-1",
                "receipt_email": "ada@example.com",
                "metadata": {"booking_id": "7"},
            }
        )

        assert (intent.amount, intent.currency, intent.status, intent.livemode) == (
            17_250,
            "usd",
            "requires_payment_method",
            False,
        )
        assert intent.client_secret.startswith(f"{intent.id}_secret_")
        assert client.payment_intents.retrieve(intent.id).to_dict() == intent.to_dict()
        assert intent.metadata.to_dict() == {"booking_id": "7"}

    def test_speaks_the_version_that_the_library_pins(self, sandbox: Sandbox) -> None:
        assert library.api_version == API_VERSION

    @pytest.mark.parametrize(
        ("params", "code", "param"),
        [
            ({"amount": 49, "currency": "usd"}, "amount_too_small", "amount"),
            ({"amount": 100_000_000, "currency": "usd"}, "amount_too_large", "amount"),
            ({"amount": "x", "currency": "usd"}, "parameter_invalid_integer", "amount"),
            ({"currency": "usd"}, "parameter_missing", "amount"),
            ({"amount": 50}, "parameter_missing", "currency"),
            ({"amount": 50, "currency": "zzz"}, None, "currency"),
            ({"amount": 50, "currency": "usd", "colour": "red"}, "parameter_unknown", "colour"),
            (
                {"amount": 50, "currency": "usd", "automatic_payment_methods": {"on": True}},
                "parameter_unknown",
                "on",
            ),
            (
                {"amount": 50, "currency": "usd", "receipt_email": "nobody"},
                "email_invalid",
                "receipt_email",
            ),
            ({"amount": 50, "currency": "usd", "metadata": {"k" * 41: "v"}}, None, None),
            (
                {"amount": 50, "currency": "usd", "payment_method": "pm_card_none"},
                "resource_missing",
                "payment_method",
            ),
            (
                {"amount": 50, "currency": "usd", "customer": "cus_none"},
                "resource_missing",
                "customer",
            ),
        ],
    )
    def test_refuses_what_stripe_refuses(
        self, client: Any, sandbox: Sandbox, params: Any, code: str | None, param: str | None
    ) -> None:
        with pytest.raises(library.InvalidRequestError) as refusal:
            client.payment_intents.create(params)

        assert refusal.value.http_status == 400
        assert refusal.value.code == code
        assert param is None or refusal.value.param == param
        assert sandbox.made("payment_intent") == []

    def test_takes_a_customer(self, client: Any, new_intent: Callable[..., Any]) -> None:
        customer = client.customers.create({"email": "ada@example.com", "name": "Ada"})
        assert new_intent(customer=customer.id).customer == customer.id

    def test_is_quick(self, new_intent: Callable[..., Any], sandbox: Sandbox) -> None:
        begun = monotonic()
        for _ in range(200):
            new_intent()
        assert monotonic() - begun < 4
        assert len(sandbox.made("payment_intent")) == 200

    @pytest.mark.parametrize("key", ["sk_live_1234", "pk_test_1234", "nonsense"])
    def test_wants_a_secret_test_key(self, sandbox: Sandbox, key: str) -> None:
        with pytest.raises(library.AuthenticationError):
            client_of(sandbox.url, key=key).payment_intents.list()


class TestConfirm:
    @pytest.mark.parametrize(
        ("card", "brand", "last4"),
        [
            ("pm_card_visa", "visa", "4242"),
            ("pm_card_mastercard", "mastercard", "4444"),
            ("pm_card_amex", "amex", "0005"),
            ("4242 4242 4242 4242", "visa", "4242"),
        ],
    )
    def test_charges_a_good_card(
        self, client: Any, new_intent: Callable[..., Any], card: str, brand: str, last4: str
    ) -> None:
        intent = new_intent()
        client.payment_intents.confirm(intent.id, {"payment_method": card})

        told = client.payment_intents.retrieve(intent.id, EXPANDED)
        charge = told.latest_charge
        assert (told.status, told.amount_received) == ("succeeded", 5_000)
        assert (charge.captured, charge.amount_captured, charge.disputed) == (True, 5_000, False)
        shown = charge.payment_method_details.card
        assert (shown.brand, shown.last4) == (brand, last4)
        movement = charge.balance_transaction
        assert (movement.amount, movement.fee, movement.net) == (5_000, 175, 4_825)
        assert (movement.type, movement.source) == ("charge", charge.id)

    @pytest.mark.parametrize(
        ("card", "code", "decline"),
        [
            ("pm_card_chargeDeclined", "card_declined", "generic_decline"),
            (
                "pm_card_chargeDeclinedInsufficientFunds",
                "card_declined",
                "insufficient_funds",
            ),
            ("pm_card_chargeDeclinedExpiredCard", "expired_card", None),
        ],
    )
    def test_declines_a_bad_card_and_can_be_paid_afterwards(
        self,
        client: Any,
        sandbox: Sandbox,
        new_intent: Callable[..., Any],
        card: str,
        code: str,
        decline: str | None,
    ) -> None:
        intent = new_intent()
        with pytest.raises(library.CardError) as refusal:
            client.payment_intents.confirm(intent.id, {"payment_method": card})

        assert (refusal.value.http_status, refusal.value.code) == (402, code)
        failed = client.payment_intents.retrieve(intent.id)
        assert (failed.status, failed.amount_received) == ("requires_payment_method", 0)
        error = failed.last_payment_error.to_dict()
        assert (error["code"], error.get("decline_code")) == (code, decline)
        assert [event["type"] for event in sandbox.events][1:] == [
            "payment_intent.payment_failed",
            "charge.failed",
        ]
        assert sandbox.pay(intent.id)["status"] == "succeeded"

    def test_waits_for_the_bank_with_3_d_secure(
        self, client: Any, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        intent = new_intent()
        sandbox.pay(intent.id, "pm_card_authenticationRequired")
        told = client.payment_intents.retrieve(intent.id)
        assert told.status == "requires_action"
        assert told.next_action.redirect_to_url.url == f"/3ds/{intent.id}"

        assert sandbox.authenticate(intent.id)["status"] == "succeeded"

    def test_fails_when_the_bank_is_not_convinced(
        self, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        intent = new_intent()
        sandbox.pay(intent.id, "pm_card_authenticationRequired")

        failed = sandbox.authenticate(intent.id, passed=False)

        assert failed["status"] == "requires_payment_method"
        error = failed["last_payment_error"]
        assert error["code"] == "payment_intent_authentication_failure"
        with pytest.raises(ApiError, match="status of requires_payment_method"):
            sandbox.authenticate(intent.id)

    def test_is_done_at_once_when_asked_on_creation(self, new_intent: Callable[..., Any]) -> None:
        assert new_intent(payment_method="pm_card_visa", confirm=True).status == "succeeded"

    def test_is_refused_twice(self, sandbox: Sandbox, paid: Callable[..., str]) -> None:
        intent_id = paid()
        with pytest.raises(ApiError, match="status of succeeded"):
            sandbox.pay(intent_id)
        assert len(sandbox.made("charge")) == 1


class TestCancel:
    def test_ends_an_open_intent(
        self, client: Any, sandbox: Sandbox, new_intent: Callable[..., Any]
    ) -> None:
        intent = new_intent()
        told = client.payment_intents.cancel(intent.id, {"cancellation_reason": "abandoned"})
        assert (told.status, told.cancellation_reason) == ("canceled", "abandoned")
        with pytest.raises(ApiError, match="status of canceled"):
            sandbox.pay(intent.id)

    def test_is_refused_once_paid(self, client: Any, paid: Callable[..., str]) -> None:
        with pytest.raises(library.InvalidRequestError) as refusal:
            client.payment_intents.cancel(paid())
        assert refusal.value.code == "payment_intent_unexpected_state"


class TestUpdate:
    def test_merges_metadata(self, client: Any, new_intent: Callable[..., Any]) -> None:
        intent = new_intent(metadata={"kept": "1", "gone": "2"})
        told = client.payment_intents.update(intent.id, {"metadata": {"gone": "", "new": "3"}})
        assert told.metadata.to_dict() == {"kept": "1", "new": "3"}
