"""A stored plan: what it shows, who may run it, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from domain.bookings.models import Booking
from domain.bookings.operations import amend_booking
from domain.common.staff_actions import StaffAction
from domain.common.workflow.models import Outcome, Plan, PlanState
from domain.common.workflow.plans import prepare_plan
from domain.notifications.models import Message
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.backoffice.money import MOST_QUERIES, counts, text_of, words
from tests.backoffice.support import Company, browser
from tests.jobs import run_jobs


def planned(company: Company, *bookings: Booking, by: Staff | None = None) -> Plan:
    return prepare_plan(
        model=Booking,
        subject_ids=[each.pk for each in bookings],
        step="cancel",
        actor=by or company.manager,
        at=company.now,
        reason="Storm",
    )


def page_of(plan: Plan) -> str:
    return reverse("admin:domain_plan_change", args=[plan.pk])


def to(name: str, plan: Plan) -> str:
    return reverse(f"admin:plan_{name}", args=[plan.pk])


class TestPlanPage:
    def test_shows_what_would_happen_to_each_record(self, company: Company) -> None:
        paid, done = company.book(), company.book()
        company.pay(paid)
        company.pay(done)
        company.deliver(done)
        page = words(text_of(browser(company.manager), page_of(planned(company, paid, done))))
        assert "Cancel 1 booking" in page
        assert "Paid → Cancelled" in page
        assert "requests a refund of" in page
        assert f"skipped: {done} is completed" in page
        assert "prepared by" in page
        assert "needs approval: no" in page

    def test_is_cheap_and_writes_nothing(self, company: Company) -> None:
        plan = planned(company, *[company.book() for _ in range(12)])
        client = browser(company.manager)
        text_of(client, page_of(plan))
        before = counts()
        with CaptureQueriesContext(connection) as queries:
            text_of(client, page_of(plan))
        assert len(queries) <= MOST_QUERIES
        text_of(client, to("progress", plan))
        assert counts() == before

    def test_keeps_amounts_from_who_may_not_see_prices(self, company: Company) -> None:
        booking = company.book()
        company.pay(booking)
        leo = company[Role.LOGISTICS_COORDINATOR]
        plan = planned(company, booking, by=leo)
        page = text_of(browser(leo), page_of(plan))
        assert "$" not in words(page)
        assert "Ask for approval" in page
        # As it was said to somebody who may see prices.
        plan.rows.update(outcome=Outcome.SKIPPED, outcome_text="$12.50 is still due.")
        assert "skipped: an amount is still due." in words(text_of(browser(leo), page_of(plan)))
        assert "$12.50 is still due." in text_of(browser(company.manager), page_of(plan))

    def test_is_hidden_from_who_has_no_part_in_it(self, company: Company) -> None:
        plan = planned(company, company.book())
        leo = browser(company[Role.LOGISTICS_COORDINATOR])
        assert leo.get(page_of(plan)).status_code == 403
        assert "Cancel 1 booking" not in text_of(leo, reverse("admin:domain_plan_changelist"))

    def test_says_which_row_changed_meanwhile(self, company: Company) -> None:
        booking = company.book()
        plan = planned(company, booking)
        amend(company, booking)
        page = text_of(browser(company.manager), page_of(plan))
        assert "Changed since this was shown" in page


def amend(company: Company, booking: Booking) -> None:
    fresh = Booking.objects.get(pk=booking.pk)
    amend_booking(
        booking_id=fresh.pk,
        label="Piano",
        amount_cents=5_000,
        reason="Forgotten",
        seen_version=fresh.version,
        actor=company.agent,
        at=company.now,
    )


class TestRun:
    def test_takes_the_step_and_gives_a_result_a_row(self, company: Company) -> None:
        bookings = [company.book() for _ in range(3)]
        plan = planned(company, *bookings)
        client = browser(company.manager)
        page = client.post(to("run", plan), {"digest": plan.digest}, follow=True).content.decode()
        assert {each.state for each in Booking.objects.all()} == {"cancelled"}
        assert "Cancel: 3 done" in page
        assert set(plan.rows.values_list("outcome", flat=True)) == {Outcome.DONE}

    def test_refuses_a_row_that_changed_and_runs_the_others(self, company: Company) -> None:
        changed, same = company.book(), company.book()
        plan = planned(company, changed, same)
        amend(company, changed)
        client = browser(company.manager)
        page = client.post(to("run", plan), {"digest": plan.digest}, follow=True).content.decode()
        states = {each.pk: each.state for each in Booking.objects.all()}
        assert states == {changed.pk: "pending", same.pk: "cancelled"}
        assert "1 done, 1 refused" in page
        assert "changed while you looked at it" in words(page)

    def test_refuses_another_plan_than_was_shown(self, company: Company) -> None:
        plan = planned(company, company.book())
        client = browser(company.manager)
        page = client.post(to("run", plan), {"digest": "0" * 64}, follow=True).content.decode()
        assert "not the plan you looked at" in page
        assert not plan.rows.filter(outcome=Outcome.DONE).exists()

    def test_can_hold_the_messages(self, company: Company) -> None:
        plan = planned(company, company.book())
        browser(company.manager).post(
            to("run", plan), {"digest": plan.digest, "hold_messages": "1"}
        )
        assert Message.objects.get(kind="cancelled").state == "held"

    def test_goes_to_the_background_when_large(self, company: Company) -> None:
        plan = planned(company, *[company.book() for _ in range(26)])
        client = browser(company.manager)
        page = client.post(to("run", plan), {"digest": plan.digest}, follow=True).content.decode()
        assert 'hx-trigger="every 2s"' in page
        assert "HX-Refresh" not in client.get(to("progress", plan))
        run_jobs()
        assert client.get(to("progress", plan)).headers["HX-Refresh"] == "true"
        assert Plan.objects.get().state == PlanState.DONE

    @pytest.mark.parametrize("name", ["run", "request", "deny", "withdraw", "undo", "export"])
    def test_is_never_done_by_a_get(self, company: Company, name: str) -> None:
        plan = planned(company, company.book())
        assert browser(company.manager).get(to(name, plan)).status_code == 405


class TestApproval:
    def test_comes_from_another_person(self, company: Company) -> None:
        booking = company.book()
        plan = planned(company, booking, by=company.agent)
        agent = browser(company.agent)
        assert agent.post(to("run", plan), {"digest": plan.digest}).status_code == 403
        agent.post(to("request", plan))
        page = text_of(browser(company.manager), page_of(plan))
        assert "Approve: Cancel 1 booking" in page
        browser(company.manager).post(to("run", plan), {"digest": plan.digest})
        assert Booking.objects.get().state == "cancelled"

    def test_is_refused_to_who_asked(
        self, company: Company, staff_with: Callable[..., Staff]
    ) -> None:
        rights = ("view_booking", "view_prices", "cancel_booking", "request_cancel_booking")
        both = staff_with(*rights)
        plan = planned(company, company.book(), by=both)
        client = browser(both)
        client.post(to("request", plan))
        page = client.post(to("run", plan), {"digest": plan.digest}, follow=True).content.decode()
        assert "somebody else has to decide it" in words(page)
        assert Booking.objects.get().state == "pending"

    def test_can_be_denied_with_a_reason(self, company: Company) -> None:
        plan = planned(company, company.book(), by=company.agent)
        browser(company.agent).post(to("request", plan))
        manager = browser(company.manager)
        manager.post(to("deny", plan), {"reason": ""})
        assert Plan.objects.get().state == PlanState.REQUESTED
        manager.post(to("deny", plan), {"reason": "The weather is fine."})
        assert Plan.objects.get().state == PlanState.DENIED

    def test_can_be_left_to_somebody_else_by_who_could_do_it(self, company: Company) -> None:
        plan = planned(company, company.book())
        manager = browser(company.manager)
        assert "Ask another person instead" in text_of(manager, page_of(plan))
        manager.post(to("request", plan))
        page = text_of(manager, page_of(plan))
        assert "somebody else has to decide it" in words(page)
        assert "Withdraw" in page

    def test_can_be_withdrawn_by_who_asked(self, company: Company) -> None:
        plan = planned(company, company.book(), by=company.agent)
        browser(company.agent).post(to("withdraw", plan))
        assert Plan.objects.get().state == PlanState.WITHDRAWN


class TestExport:
    def test_is_for_those_who_may_export_and_is_noted(self, company: Company) -> None:
        plan = planned(company, company.book())
        response = browser(company.manager).post(to("export", plan))
        text = b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]
        assert "TT-" in text
        assert StaffAction.objects.filter(action="export").exists()

    def test_is_refused_to_others(self, company: Company) -> None:
        plan = planned(company, company.book(), by=company.agent)
        assert browser(company.agent).post(to("export", plan)).status_code == 403
