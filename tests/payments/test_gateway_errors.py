from __future__ import annotations

import pytest
from django.db import transaction
from pytest_django import Settings

from backoffice.sandbox.stripe import Sandbox, start
from domain.payments import gateway
from domain.payments.gateway import client, silence
from tests.payments.support import create

NOBODY = "http://127.0.0.1:9"


@pytest.mark.usefixtures("no_database")
class TestErrors:
    @pytest.mark.parametrize("trouble", ["answer_lost", "error_500", "error_500_after", "reset"])
    def test_in_doubt_are_a_lost_answer(self, stripe: Sandbox, trouble: str) -> None:
        stripe.faults.add(trouble)
        with pytest.raises(gateway.AnswerLost, match="may have done it"):
            create()

    def test_after_a_lost_answer_the_key_gives_what_was_made(self, stripe: Sandbox) -> None:
        stripe.faults.add("answer_lost")
        with pytest.raises(gateway.AnswerLost):
            create()
        assert create().id == stripe.made("payment_intent")[0]["id"]
        assert len(stripe.made("payment_intent")) == 1

    def test_of_a_slow_answer_are_a_lost_answer(self, stripe: Sandbox, settings: Settings) -> None:
        settings.STRIPE_TIMEOUT_SECONDS = 0.2
        stripe.faults.add("slow", seconds=30)
        with pytest.raises(gateway.AnswerLost):
            create()
        assert len(stripe.made("payment_intent")) == 1

    def test_of_a_silent_stripe_hold_up_only_the_first(
        self, stripe: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = 0.0
        monkeypatch.setattr(silence, "monotonic", lambda: now)
        settings.STRIPE_TIMEOUT_SECONDS = 0.2

        def asked() -> int:
            with pytest.raises(gateway.StripeError):
                create(key=f"after {now}, {len(stripe.requests)}")
            return len(stripe.requests)

        for _ in range(silence.ENOUGH + 1):
            stripe.faults.add("slow", seconds=30)
        assert [asked() for _ in range(silence.ENOUGH + 2)] == [1, 2, 3, 3, 3]
        now += silence.REST_SECONDS
        assert [asked(), asked()] == [4, 4]
        now += silence.REST_SECONDS
        assert create(key="a").id != create(key="b").id

    @pytest.mark.parametrize("trouble", ["rate_limit", "forbidden"])
    def test_of_a_refused_visitor_say_that_nothing_happened(
        self, stripe: Sandbox, trouble: str
    ) -> None:
        stripe.faults.add(trouble)
        with pytest.raises(gateway.Unreachable, match="turned the request away"):
            create()
        assert stripe.made("payment_intent") == []

    @pytest.mark.parametrize("key", ["sk_test_", "sk_live_secret"])
    def test_of_a_wrong_key_say_no_secret(
        self, stripe: Sandbox, settings: Settings, key: str
    ) -> None:
        settings.STRIPE_SECRET_KEY = key
        with pytest.raises(gateway.Unreachable) as refusal:
            create()
        assert key not in str(refusal.value)

    @pytest.mark.parametrize("address", [NOBODY, "http://stripe.invalid"])
    def test_of_a_closed_door_say_that_nothing_happened(
        self, settings: Settings, address: str
    ) -> None:
        settings.STRIPE_API_BASE = address
        with pytest.raises(gateway.Unreachable, match="could not be reached"):
            create()

    def test_are_not_taken_for_an_earlier_one(self, stripe: Sandbox, settings: Settings) -> None:
        def create_again_when_refused() -> None:
            settings.STRIPE_API_BASE = NOBODY
            try:
                create()
            except gateway.Unreachable:
                settings.STRIPE_API_BASE = stripe.url
                create()

        stripe.faults.add("answer_lost")
        with pytest.raises(gateway.AnswerLost):
            create_again_when_refused()

    def test_of_a_bad_request_are_final(self, stripe: Sandbox) -> None:
        with pytest.raises(gateway.Declined, match="at least 50 cents"):
            create(amount_cents=49)
        with pytest.raises(gateway.Declined, match="No such payment_intent"):
            gateway.fetch_intent("pi_none")

    def test_of_a_key_used_twice_are_a_fault_of_ours(self, stripe: Sandbox) -> None:
        create()
        with pytest.raises(gateway.Misused):
            create(amount_cents=17_251)

    def test_of_a_key_that_stays_busy_are_a_lost_answer(
        self, stripe: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "PAUSES", (0.0, 0.0))
        stripe.faults.add("conflict", times=2)
        with pytest.raises(gateway.AnswerLost, match="still busy"):
            create()
        assert create().id == stripe.made("payment_intent")[0]["id"]

    def test_are_all_of_one_family(self) -> None:
        for kind in (
            gateway.AnswerLost,
            gateway.Declined,
            gateway.Misused,
            gateway.Unreachable,
        ):
            assert issubclass(kind, gateway.StripeError)


@pytest.mark.usefixtures("no_database")
class TestSettings:
    def test_are_followed_at_once(self, stripe: Sandbox, settings: Settings) -> None:
        create()
        other = start()
        settings.STRIPE_API_BASE = other.url
        create()
        assert len(stripe.made("payment_intent")) == len(other.made("payment_intent")) == 1
        other.stop()

    def test_leave_retrying_to_us(self, stripe: Sandbox) -> None:
        stripe.faults.add("error_500")
        with pytest.raises(gateway.AnswerLost):
            create()
        assert len(stripe.requests) == 1


class TestInsideATransaction:
    @pytest.mark.django_db
    def test_nothing_is_asked_though_a_test_wraps_one_of_its_own(self, stripe: Sandbox) -> None:
        create()
        with pytest.raises(gateway.NetworkInTransaction), transaction.atomic():
            create(key="k2")
        assert len(stripe.requests) == 1

    @pytest.mark.django_db(transaction=True)
    def test_nothing_is_asked_without_such_a_wrapper_either(self, stripe: Sandbox) -> None:
        create()
        with pytest.raises(gateway.NetworkInTransaction), transaction.atomic():
            gateway.fetch_intent("pi_none")
        create()
        assert len(stripe.requests) == 2
