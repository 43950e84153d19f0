"""Calls at the same moment, on a database where each thread commits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from backoffice.sandbox.stripe import Sandbox
from domain.bookings.models import Booking
from domain.common import idempotency
from domain.payments.models import Payment
from tests.api.conftest import NO_LIMITS, booking_wish, fill_catalog
from tests.ledger.support import at_once

THREADS = 8


def post(path: str, body: object, **headers: str) -> Any:
    return Client(raise_request_exception=False).post(
        path, json.dumps(body), content_type="application/json", headers=headers
    )


def book(key: str) -> Any:
    return post("/api/public/guest-booking/", booking_wish(), **{"Idempotency-Key": key})


@pytest.mark.django_db(transaction=True)
class TestTheSameKeyAtOnce:
    def test_books_once_and_answers_alike(self, stripe: Sandbox) -> None:
        fill_catalog()
        for round_number in range(5):
            answers = at_once(THREADS, lambda _, key=f"key {round_number}": book(key))
            assert {answer.status_code for answer in answers} == {201}
            assert len({answer.content for answer in answers}) == 1
            assert Booking.objects.count() == Payment.objects.count() == round_number + 1
        assert len(stripe.store.all("payment_intent")) == 5

    def test_rests_on_the_database_not_on_the_lock(
        self, stripe: Sandbox, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @contextmanager
        def no_lock(name: str) -> Iterator[None]:
            yield

        monkeypatch.setattr(idempotency, "_one_at_a_time", no_lock)
        fill_catalog()
        answers = at_once(THREADS, lambda _: book("a key"))
        assert {answer.status_code for answer in answers} == {201}
        assert len({answer.content for answer in answers}) == 1
        assert Booking.objects.count() == Payment.objects.count() == 1

    def test_books_each_time_without_a_key(self, stripe: Sandbox) -> None:
        fill_catalog()
        at_once(THREADS, lambda _: book(""))
        assert Booking.objects.count() == THREADS


@pytest.mark.django_db(transaction=True)
class TestOneOpenIntent:
    def test_is_the_same_for_all_who_ask_at_once(self, stripe: Sandbox, settings: Settings) -> None:
        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        fill_catalog()
        booking = book("").json()["booking"]
        settings.STRIPE_API_BASE = stripe.url
        asked = {"booking_id": booking["id"], "access_token": booking["access_token"]}
        answers = at_once(THREADS, lambda _: post("/api/payments/create-intent/", asked))
        intents = {answer.json().get("payment_intent_id") for answer in answers}
        assert {answer.status_code for answer in answers} == {200}
        assert len(intents) == 1
        assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestRateLimits:
    def test_hold_over_many_threads(self, settings: Settings) -> None:
        settings.API_RATE_LIMITS = NO_LIMITS | {"other": 20}

        def knock(_: int) -> list[int]:
            client = Client(raise_request_exception=False)
            return [client.get("/api/public/services/").status_code for _ in range(10)]

        statuses = [status for each in at_once(THREADS, knock) for status in each]
        assert statuses.count(200) == 20
        assert statuses.count(429) == THREADS * 10 - 20
