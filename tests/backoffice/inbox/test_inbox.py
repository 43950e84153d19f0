"""The webhook inbox: what came, without its secrets, and processing it again."""

from __future__ import annotations

import pytest
from django.urls import reverse

from backoffice.admin.inbox import without_secrets
from domain.payments.models import InboxState, WebhookEvent
from domain.payments.operations.inbox import store_event
from domain.staff.roles import Role
from tests.backoffice.money import send, text_of
from tests.backoffice.support import Company, browser
from tests.jobs import run_jobs, waiting_jobs

PROCESS = "domain.flows.tasks.process_event"


def event(company: Company) -> WebhookEvent:
    payload = {
        "id": "evt_1",
        "data": {
            "object": {
                "id": "po_1",
                "client_secret": "pi_1_secret_2",
                "receipt_email": "ada@guest.example",
                "note": "whsec_very",
            }
        },
    }
    return store_event(
        stripe_id="evt_1",
        type="payout.paid",
        object_id="po_1",
        payload=payload,
        livemode=False,
        created_at=company.now,
        at=company.now,
    )


def page_of(stored: WebhookEvent) -> str:
    return reverse("admin:domain_webhookevent_change", args=[stored.pk])


class TestEventPage:
    def test_shows_the_payload_without_secrets_and_persons(self, company: Company) -> None:
        page = text_of(browser(company.finance), page_of(event(company)))
        assert "po_1" in page
        for hidden in ("pi_1_secret_2", "ada@guest.example", "whsec_very"):
            assert hidden not in page

    def test_says_what_came_of_it(self, company: Company) -> None:
        stored = event(company)
        assert "waits to be processed" in text_of(browser(company.finance), page_of(stored))
        run_jobs()
        assert "We do not act on payout.paid." in text_of(browser(company.finance), page_of(stored))

    @pytest.mark.parametrize("which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR])
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        assert browser(company[which]).get(page_of(event(company))).status_code == 403


class TestReplay:
    @pytest.mark.parametrize("which", [Role.FINANCE_MANAGER, Role.ADMIN])
    def test_processes_it_again_at_once(self, company: Company, which: Role) -> None:
        stored = event(company)
        run_jobs()
        url = reverse("admin:domain_webhookevent_step_replay", args=[stored.pk])
        send(browser(company[which]), url)
        assert WebhookEvent.objects.get().state == InboxState.RECEIVED
        assert waiting_jobs() == [PROCESS]
        run_jobs()
        assert WebhookEvent.objects.get().state == InboxState.IGNORED

    def test_is_refused_without_the_right(self, company: Company) -> None:
        stored = event(company)
        run_jobs()
        url = reverse("admin:domain_webhookevent_step_replay", args=[stored.pk])
        assert browser(company.manager).post(url).status_code == 403


class TestWithoutSecrets:
    def test_keeps_the_shape(self) -> None:
        told = {"a": [{"token": "t"}, 1, None], "email": None, "phone": "", "key": "sk_live_1"}
        shown = {"a": [{"token": "•••"}, 1, None], "email": None, "phone": "", "key": "•••"}
        assert without_secrets(told) == shown
