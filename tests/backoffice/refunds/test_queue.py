"""Deciding refunds: one case after the other, by another person, on all that is known."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from backoffice.sandbox.stripe import Sandbox
from domain.common.workflow import transit
from domain.flows.cases import refund_money
from domain.payments.models import Refund, RefundState
from domain.staff.roles import Role
from tests.backoffice.money import (
    MOST_QUERIES,
    counts,
    late_money,
    pay_by_card,
    send,
    text_of,
    words,
)
from tests.backoffice.support import Company, browser
from tests.jobs import run_jobs

QUEUE = "/admin/domain/refund/queue/"


def step(name: str, refund: Refund) -> str:
    return reverse(f"admin:domain_refund_step_{name}", args=[refund.pk])


def take(client: Client, name: str, refund: Refund, reason: str = "") -> str:
    return send(client, step(name, refund), reason=reason)


class TestQueue:
    def test_shows_the_oldest_first_with_all_that_is_known(self, company: Company) -> None:
        payment = company.pay(company.book())
        company.ask_refund(payment, 5_000)
        oldest = company.ask_refund(payment, 2_500, at=company.now - timedelta(days=2))
        page = words(text_of(browser(company.finance), QUEUE))
        assert f"{oldest}" in page
        assert "A vase broke." in page
        assert "What was paid" in page
        assert "What is refunded" in page
        assert "2 d" in page

    def test_opens_the_next_one_when_one_is_decided(self, company: Company) -> None:
        payment = company.pay(company.book())
        first, second = (company.ask_refund(payment, cents) for cents in (2_500, 5_000))
        client = browser(company.finance)
        take(client, "approve", first)
        assert Refund.objects.get(pk=first.pk).state == RefundState.APPROVED
        page = text_of(client, QUEUE, refund=first.pk)
        assert f"{second}" in words(page)
        assert 'data-step="approve"' in page

    def test_says_that_nothing_waits_and_what_would(self, company: Company) -> None:
        page = words(text_of(browser(company.finance), QUEUE))
        assert "No refund waits for approval" in page
        assert "when a paid booking is cancelled" in page

    def test_greys_out_ones_own_with_the_reason(self, company: Company) -> None:
        payment = company.pay(company.book())
        refund = company.ask_refund(payment, 2_500)
        Refund.objects.filter(pk=refund.pk).update(requested_by=company.finance)
        page = text_of(browser(company.finance), QUEUE)
        assert "bo-wait-off" in page
        assert "You requested it." in page
        assert "somebody else has to approve it" in words(page)

    def test_names_a_possible_duplicate_and_changes_since(self, company: Company) -> None:
        booking = company.book()
        payment = company.pay(booking)
        twin = company.ask_refund(payment, 2_500, at=company.now - timedelta(hours=2))
        company.ask_refund(payment, 2_500)
        page = words(text_of(browser(company.finance), QUEUE, refund=twin.pk))
        assert "Possibly a duplicate" in page
        assert "Since it was asked for" in page

    def test_tells_the_policy_of_a_cancellation(self, company: Company) -> None:
        booking = company.book(days_ahead=1)
        company.pay(booking)
        transit(
            type(booking), booking.pk, "cancel", actor=company.manager, at=company.now, reason="x"
        )
        page = words(text_of(browser(company.finance), QUEUE))
        assert "50 % within 48 h of pickup" in page or "on the day of pickup" in page
        assert "Fee kept" in page

    def test_is_cheap_and_writes_nothing(self, company: Company) -> None:
        payment = company.pay(company.book())
        for cents in range(100, 1_500, 100):
            company.ask_refund(payment, cents)
        client = browser(company.finance)
        text_of(client, QUEUE)
        before = counts()
        with CaptureQueriesContext(connection) as queries:
            text_of(client, QUEUE)
        assert len(queries) <= MOST_QUERIES
        assert counts() == before


class TestDecision:
    def test_sends_the_money_back_once_another_person_approves(
        self, company: Company, stripe: Sandbox
    ) -> None:
        payment = pay_by_card(company, stripe, company.book())
        refund = company.ask_refund(payment, 2_500)
        assert take(browser(company.finance), "approve", refund)
        run_jobs()
        assert Refund.objects.get(pk=refund.pk).state == RefundState.COMPLETED

    def test_is_refused_to_the_one_who_asked(self, company: Company) -> None:
        payment = company.pay(company.book())
        refund = company.ask_refund(payment, 2_500)
        Refund.objects.filter(pk=refund.pk).update(requested_by=company.finance)
        page = take(browser(company.finance), "approve", refund)
        assert "somebody else has to approve it" in words(page)
        assert Refund.objects.get(pk=refund.pk).state == RefundState.REQUESTED

    def test_needs_a_reason_to_deny(self, company: Company) -> None:
        refund = company.ask_refund(company.pay(company.book()), 2_500)
        client = browser(company.finance)
        take(client, "deny", refund)
        assert Refund.objects.get(pk=refund.pk).state == RefundState.REQUESTED
        take(client, "deny", refund, reason="Not our fault.")
        assert Refund.objects.get(pk=refund.pk).state == RefundState.DENIED

    @pytest.mark.parametrize("which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR])
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        refund = company.ask_refund(company.pay(company.book()), 2_500)
        client = browser(company[which])
        assert client.get(step("approve", refund)).status_code == 403
        assert client.post(step("approve", refund)).status_code == 403

    def test_is_planned_for_many_at_once(self, company: Company) -> None:
        payment = company.pay(company.book())
        refunds = [company.ask_refund(payment, cents) for cents in (2_500, 5_000)]
        page = text_of(browser(company.finance), QUEUE)
        assert f'value="{refunds[0].pk},{refunds[1].pk}"' in page


class TestLive:
    def test_asks_stripe_what_is_left(self, company: Company, stripe: Sandbox) -> None:
        payment = pay_by_card(company, stripe, company.book())
        refund = company.ask_refund(payment, 2_500)
        url = reverse("admin:refund_live", args=[refund.pk])
        page = words(text_of(browser(company.finance), url))
        assert "can still be refunded" in page
        assert "It covers this refund" in page

    def test_says_so_when_stripe_does_not_answer(self, company: Company, stripe: Sandbox) -> None:
        payment = pay_by_card(company, stripe, company.book())
        refund = company.ask_refund(payment, 2_500)
        stripe.stop()
        url = reverse("admin:refund_live", args=[refund.pk])
        page = words(text_of(browser(company.finance), url))
        assert "Stripe could not be reached" in page
        assert "Decide on our own figures" in page

    def test_knows_money_that_never_was_at_stripe(self, company: Company) -> None:
        refund = company.ask_refund(company.pay(company.book()), 2_500)
        page = text_of(browser(company.finance), reverse("admin:refund_live", args=[refund.pk]))
        assert "did not come through Stripe" in page


class TestRefundPage:
    def test_shows_the_case_and_its_history(self, company: Company) -> None:
        refund = company.refund(company.pay(company.book()), 2_500)
        url = reverse("admin:domain_refund_change", args=[refund.pk])
        page = words(text_of(browser(company.finance), url))
        assert "wired back" in page
        assert "History of this refund" in page

    def test_knows_money_of_a_case(self, company: Company) -> None:
        case = late_money(company)
        refund = refund_money(case_id=case.pk, reason="Late", actor=company.finance, at=company.now)
        url = reverse("admin:domain_refund_change", args=[refund.pk])
        assert "no fee applies" in words(text_of(browser(company.manager), url))
