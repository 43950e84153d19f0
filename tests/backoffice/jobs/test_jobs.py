"""The queue on the screen: what waits, what failed, and running it again."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.urls import reverse
from django_q.models import Task

from backoffice.admin.jobs import job_name
from domain.common.jobs import enqueue
from domain.common.staff_actions import StaffAction
from domain.staff.roles import Role
from tests.backoffice.money import counts, text_of, words
from tests.backoffice.support import Company, browser
from tests.jobs import waiting_jobs

JOBS = "/admin/jobs/"
SEND = "domain.flows.tasks.send_refund"


def failed(company: Company, func: str = "domain.common.jobs.run") -> Task:
    task: Task = Task.objects.create(
        id=uuid4().hex,
        name="send",
        func=func,
        args=(SEND, [12], "request"),
        started=company.now - timedelta(minutes=1),
        stopped=company.now,
        success=False,
        result="Stripe could not be reached. : Traceback (most recent call last): secret",
        attempt_count=5,
    )
    return task


def retry(task: Task) -> str:
    return reverse("admin:job_retry", args=[task.pk])


class TestJobs:
    def test_shows_what_waits_by_its_own_name(self, company: Company) -> None:
        enqueue(SEND, 12)
        page = words(text_of(browser(company.finance), JOBS))
        assert "Send refund 12" in page
        assert "No worker has given a sign of life" in page
        assert "Expire unpaid bookings, every 10 minutes" in page

    def test_shows_what_failed_in_one_line(self, company: Company) -> None:
        failed(company)
        page = words(text_of(browser(company.finance), JOBS))
        assert "Stripe could not be reached." in page
        assert "Traceback" not in page

    def test_writes_nothing_when_looked_at(self, company: Company) -> None:
        failed(company)
        before = counts()
        text_of(browser(company.finance), JOBS)
        assert (counts(), waiting_jobs()) == (before, [])

    @pytest.mark.parametrize("which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR])
    def test_are_refused_without_the_right(self, company: Company, which: Role) -> None:
        assert browser(company[which]).get(JOBS).status_code == 403


class TestRetry:
    @pytest.mark.parametrize("which", [Role.FINANCE_MANAGER, Role.ADMIN])
    def test_queues_the_job_once_more_and_notes_who(self, company: Company, which: Role) -> None:
        task = failed(company)
        page = browser(company[which]).post(retry(task), follow=True).content.decode()
        assert waiting_jobs() == [SEND]
        assert StaffAction.objects.get(action="retry job").staff == company[which]
        assert "queued again" in page

    def test_is_refused_without_the_right(self, company: Company) -> None:
        assert browser(company.manager).post(retry(failed(company))).status_code == 403
        assert waiting_jobs() == []

    def test_runs_nothing_but_jobs_of_ours(self, company: Company) -> None:
        task = failed(company, func="os.getcwd")
        browser(company.finance).post(retry(task))
        assert waiting_jobs() == []

    def test_is_never_done_by_a_get(self, company: Company) -> None:
        assert browser(company.finance).get(retry(failed(company))).status_code == 405

    def test_knows_failed_jobs_only(self, company: Company) -> None:
        url = reverse("admin:job_retry", args=["nothing"])
        assert browser(company.finance).post(url).status_code == 404


class TestJobName:
    def test_is_the_jobs_own(self) -> None:
        assert job_name("domain.common.jobs.run", (SEND, [12], "r")) == ("Send refund", "12")
        assert job_name("domain.flows.tasks.sweep", ()) == ("Ring again for lost jobs", "")
