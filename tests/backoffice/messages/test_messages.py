"""The outbox: what guests read, sent again or released at once."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django_q.models import OrmQ

from domain.notifications.models import Message, MessageState
from domain.notifications.operations import DELIVER, mark_failed
from domain.staff.roles import Role
from tests.backoffice.money import send, text_of
from tests.backoffice.support import Company, browser
from tests.factories import held_message
from tests.jobs import run_jobs, waiting_jobs


def page_of(message: Message) -> str:
    return reverse("admin:domain_message_change", args=[message.pk])


def step(name: str, message: Message) -> str:
    return reverse(f"admin:domain_message_step_{name}", args=[message.pk])


def failed(company: Company) -> Message:
    company.book()
    message = Message.objects.get()
    run_jobs_away()
    return mark_failed(message_id=message.pk, failure="No such mailbox", at=company.now)


def run_jobs_away() -> None:
    """Take what is queued off the queue without running it."""
    OrmQ.objects.all().delete()


class TestMessagePage:
    def test_shows_the_letter_without_the_guests_key(self, company: Company) -> None:
        company.book()
        message = Message.objects.get()
        token = message.body.partition("token=")[2].split()[0]
        page = text_of(browser(company.agent), page_of(message))
        assert "We have your booking" in page
        assert token not in page
        assert "token=•••" in page

    def test_says_why_it_failed(self, company: Company) -> None:
        page = text_of(browser(company.agent), page_of(failed(company)))
        assert "No such mailbox" in page

    def test_is_refused_without_the_right(self, company: Company) -> None:
        company.book()
        leo = browser(company[Role.LOGISTICS_COORDINATOR])
        assert leo.get(page_of(Message.objects.get())).status_code == 403


class TestSendingAgain:
    def test_goes_out_at_once(self, company: Company) -> None:
        message = failed(company)
        send(browser(company.agent), step("retry", message))
        assert waiting_jobs() == [DELIVER]
        run_jobs()
        assert Message.objects.get().state == MessageState.SENT

    @pytest.mark.parametrize("which", [Role.FINANCE_MANAGER, Role.ADMIN])
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        message = failed(company)
        assert browser(company[which]).post(step("retry", message)).status_code == 403


class TestReleasing:
    def test_lets_a_held_message_go(self, company: Company) -> None:
        message = held_message(company.manager, 1, at=company.now)
        send(browser(company.manager), step("release", message))
        assert Message.objects.get().state == MessageState.QUEUED
        assert waiting_jobs() == [DELIVER]
        send(browser(company.manager), step("hold", message))
        run_jobs()
        assert Message.objects.get().state == MessageState.HELD
