"""Payments as staff see them: references masked where they must be, offline money approved."""

from __future__ import annotations

import pytest
from django.urls import reverse

from backoffice.sandbox.stripe import Sandbox
from domain.payments.models import Payment, PaymentState, Refund
from domain.staff.roles import Role
from tests.backoffice.money import pay_by_card, send, text_of, words
from tests.backoffice.support import Company, browser

LIST = "/admin/domain/payment/"


def page_of(payment: Payment) -> str:
    return reverse("admin:domain_payment_change", args=[payment.pk])


def dialog(name: str, payment: Payment) -> str:
    return reverse(f"admin:domain_payment_{name}", args=[payment.pk])


class TestPayments:
    def test_are_found_by_number_name_and_reference(self, company: Company) -> None:
        payment = company.record(company.book())
        client = browser(company.finance)
        for text in (payment.booking.number, "lovelace", payment.reference):
            assert f"Payment {payment.pk}" in text_of(client, LIST, q=text)
        assert f"Payment {payment.pk}" not in text_of(client, LIST, q="nobody")

    def test_are_filtered_by_way_of_paying(self, company: Company) -> None:
        payment = company.record(company.book())
        client = browser(company.finance)
        offline = text_of(client, LIST, method__in="bank_transfer,cash")
        assert f"Payment {payment.pk}" in offline
        assert f"Payment {payment.pk}" not in text_of(client, LIST, method__in="stripe")

    @pytest.mark.parametrize(
        ("which", "in_full"),
        [
            (Role.CUSTOMER_SERVICE, False),
            (Role.FINANCE_MANAGER, True),
            (Role.OPERATIONS_MANAGER, True),
            (Role.ADMIN, False),
        ],
    )
    def test_mask_their_references(
        self, company: Company, stripe: Sandbox, which: Role, in_full: bool
    ) -> None:
        payment = pay_by_card(company, stripe, company.book())
        page = text_of(browser(company[which]), page_of(payment))
        assert (str(payment.intent_id) in page) is in_full
        assert (str(payment.charge_id) in page) is in_full
        assert str(payment.intent_id)[-4:] in page

    def test_are_kept_from_who_may_not_see_them(self, company: Company) -> None:
        payment = company.record(company.book())
        leo = browser(company[Role.LOGISTICS_COORDINATOR])
        assert leo.get(LIST).status_code == 403
        assert leo.get(page_of(payment)).status_code == 403


class TestOfflineMoney:
    def test_counts_once_a_second_person_approved_it(self, company: Company) -> None:
        payment = company.record(company.book())
        send(browser(company.finance), dialog("step_approve", payment))
        assert Payment.objects.get(pk=payment.pk).state == PaymentState.SUCCEEDED

    def test_is_not_approved_by_who_recorded_it(self, company: Company) -> None:
        payment = company.record(company.book())
        Payment.objects.filter(pk=payment.pk).update(requested_by=company.finance)
        page = send(browser(company.finance), dialog("step_approve", payment))
        assert "somebody else has to approve it" in words(page)
        assert Payment.objects.get(pk=payment.pk).state == PaymentState.PENDING

    def test_can_be_rejected_with_a_reason(self, company: Company) -> None:
        payment = company.record(company.book())
        send(browser(company.finance), dialog("step_reject", payment), reason="Never arrived.")
        assert Payment.objects.get(pk=payment.pk).state == PaymentState.CANCELLED


class TestRefundRequest:
    def test_reserves_the_amount_and_leads_to_the_refund(self, company: Company) -> None:
        payment = company.pay(company.book())
        agent = browser(company.agent)
        leads = send(agent, dialog("refund", payment), amount="25.00", reason="A scratch")
        refund = Refund.objects.get()
        assert leads == reverse("admin:domain_refund_change", args=[refund.pk])
        assert refund.amount_cents == 2_500

    def test_asks_once_when_sent_twice(self, company: Company) -> None:
        payment = company.pay(company.book())
        agent = browser(company.agent)
        key = {"form_key": "0b6f1c1e-6f54-4b27-9d0e-0d8a3c1b2a11"}
        for _ in range(2):
            send(agent, dialog("refund", payment), amount="25.00", reason="A scratch", **key)
        assert Refund.objects.count() == 1

    def test_says_what_is_left_when_too_much_is_asked(self, company: Company) -> None:
        payment = company.pay(company.book())
        agent = browser(company.agent)
        page = send(agent, dialog("refund", payment), amount="99999.00", reason="All of it")
        assert "is left to refund" in words(page)
        assert not Refund.objects.exists()
