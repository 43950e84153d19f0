"""Asking for a plan: a step, the records, and why; nothing happens yet."""

from __future__ import annotations

import pytest
from django.urls import reverse

from domain.common.workflow.models import Plan, PlanState
from domain.staff.roles import Role
from tests.backoffice.money import words
from tests.backoffice.support import Company, browser

PREPARE = "/admin/plan/prepare/"


class TestPrepare:
    def test_stores_what_is_shown_and_opens_it(self, company: Company) -> None:
        bookings = [company.book() for _ in range(2)]
        ids = ",".join(str(each.pk) for each in bookings)
        response = browser(company.manager).post(
            PREPARE,
            {"subject_type": "booking", "step": "cancel", "ids": ids, "reason": "Storm"},
        )
        plan = Plan.objects.get()
        assert response.headers["Location"] == reverse("admin:domain_plan_change", args=[plan.pk])
        assert (plan.state, plan.rows.count()) == (PlanState.PREPARED, 2)
        booking = bookings[0]
        booking = type(booking).objects.get(pk=booking.pk)
        assert booking.state == "pending"

    def test_asks_for_a_missing_reason_and_keeps_the_choice(self, company: Company) -> None:
        booking = company.book()
        client = browser(company.manager)
        response = client.post(
            PREPARE, {"subject_type": "booking", "step": "cancel", "ids": str(booking.pk)}
        )
        page = response.content.decode()
        assert response.status_code == 200
        assert "Why?" in page
        assert f'name="ids" value="{booking.pk}"' in page
        assert not Plan.objects.exists()

    def test_takes_every_record_that_matches_the_list(self, company: Company) -> None:
        waiting, paid = company.book(), company.book()
        company.pay(paid)
        browser(company.manager).post(
            PREPARE,
            {
                "subject_type": "booking",
                "step": "cancel",
                "ids": "matching",
                "query": "state__exact=pending",
                "reason": "Storm",
            },
        )
        rows = Plan.objects.get().rows
        assert list(rows.values_list("subject_id", flat=True)) == [waiting.pk]

    def test_leaves_out_what_was_ticked(self, company: Company) -> None:
        keep, drop = company.book(), company.book()
        client = browser(company.manager)
        data = {"subject_type": "booking", "step": "cancel", "reason": "Storm"}
        client.post(PREPARE, {**data, "ids": f"{keep.pk},{drop.pk}"})
        first = Plan.objects.get()
        client.post(PREPARE, {**data, "again": str(first.pk), "leave_out": [str(drop.pk)]})
        second = Plan.objects.exclude(pk=first.pk).get()
        assert list(second.rows.values_list("subject_id", flat=True)) == [keep.pk]

    @pytest.mark.parametrize(
        "data",
        [
            {"ids": ""},
            {"ids": "0"},
            {"ids": "1", "step": "reactivate"},
            {"ids": "1", "step": "no_such_step"},
            {"ids": "1", "subject_type": "moneycase", "step": "resolve"},
            {"ids": "matching", "query": "no_such_field=1"},
            {"again": "99999999"},
            {"ids": "١٢"},
        ],
    )
    def test_refuses_what_it_does_not_understand(
        self, company: Company, data: dict[str, str]
    ) -> None:
        given = {"subject_type": "booking", "step": "cancel", "reason": "x", "return_to": "/admin/"}
        response = browser(company.manager).post(PREPARE, {**given, **data}, follow=True)
        assert response.status_code == 200
        assert not Plan.objects.exists()

    @pytest.mark.parametrize(
        ("which", "step", "status"),
        [
            (Role.CUSTOMER_SERVICE, "cancel", 302),
            (Role.LOGISTICS_COORDINATOR, "cancel", 302),
            (Role.OPERATIONS_MANAGER, "cancel", 302),
            (Role.FINANCE_MANAGER, "cancel", 403),
            (Role.ADMIN, "cancel", 403),
            (Role.CUSTOMER_SERVICE, "dispatch", 403),
            (Role.LOGISTICS_COORDINATOR, "dispatch", 302),
        ],
    )
    def test_is_for_those_who_may_take_the_step_or_ask_for_it(
        self, company: Company, which: Role, step: str, status: int
    ) -> None:
        booking = company.book()
        company.pay(booking)
        data = {"subject_type": "booking", "step": step, "ids": str(booking.pk), "reason": "x"}
        response = browser(company[which]).post(PREPARE, data)
        assert response.status_code == status
        if status == 403:
            assert "operations manager" in words(response.content.decode())

    def test_is_no_page_to_get(self, company: Company) -> None:
        assert browser(company.manager).get(PREPARE).status_code == 405

    def test_leads_back_to_pages_of_ours_only(self, company: Company) -> None:
        data = {"subject_type": "booking", "step": "cancel", "ids": ""}
        away = {**data, "return_to": "https://elsewhere.example/"}
        response = browser(company.manager).post(PREPARE, away)
        assert response.headers["Location"] == reverse("admin:index")
