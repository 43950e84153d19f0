"""Taking a batch back: by a plan of its own, or by what its page says instead."""

from __future__ import annotations

import pytest
from django.urls import reverse

from backoffice.admin.plan_selection import PLANNABLE
from domain.common.workflow.plans import prepare_plan
from domain.common.workflow.stateful import model_of
from domain.common.workflow.steps import step_info
from domain.notifications.models import Message
from domain.notifications.tasks import deliver
from tests.backoffice.money import text_of, words
from tests.backoffice.plans.test_plan_page import page_of, planned, to
from tests.backoffice.support import Company, browser
from tests.factories import held_message


class TestUndo:
    def test_says_why_there_is_none(self, company: Company) -> None:
        plan = planned(company, company.book())
        client = browser(company.manager)
        assert "Cannot be undone as a batch. The fee is booked" in words(
            text_of(client, page_of(plan))
        )
        client.post(to("run", plan), {"digest": plan.digest})
        assert "No undo of “Cancel”. The fee is booked" in words(text_of(client, page_of(plan)))
        page = client.post(to("undo", plan), follow=True).content.decode()
        assert "cannot be undone. The fee is booked" in page

    @pytest.mark.parametrize(
        ("subject_type", "step"),
        [(kind, each) for kind in PLANNABLE for each in sorted(PLANNABLE[kind])],
    )
    def test_or_what_to_do_instead_is_known_of_each_step(
        self, subject_type: str, step: str
    ) -> None:
        info = step_info(model_of(subject_type), step)
        assert bool(info.undo) != bool(info.instead)

    def test_prepares_the_plan_that_takes_it_back(self, company: Company) -> None:
        first, second = held(company, 1), held(company, 2)
        plan = prepare_plan(
            model=Message,
            subject_ids=[first.pk, second.pk],
            step="release",
            actor=company.manager,
            at=company.now,
        )
        client = browser(company.manager)
        client.post(to("run", plan), {"digest": plan.digest})
        deliver(first.dedupe_key)
        assert "Undo…" in text_of(client, page_of(plan))
        page = words(client.post(to("undo", plan), follow=True).content.decode())
        back = plan.undone_by.get()
        assert "Hold 1 message" in page
        assert "is sent; “Hold” needs it to be queued" in page
        assert f"Undo waits: {back}" in text_of(client, page_of(plan))
        client.post(to("run", back), {"digest": back.digest})
        assert Message.objects.get(pk=second.pk).state == "held"
        assert f"Undone by {back}" in text_of(client, page_of(plan))

    def test_can_be_worked_out_again_without_a_row(self, company: Company) -> None:
        both = [held(company, 1), held(company, 2)]
        plan = prepare_plan(
            model=Message,
            subject_ids=[each.pk for each in both],
            step="release",
            actor=company.manager,
            at=company.now,
        )
        client = browser(company.manager)
        client.post(to("run", plan), {"digest": plan.digest})
        client.post(to("undo", plan))
        back = plan.undone_by.get()
        again = {"subject_type": "message", "step": "hold", "again": back.pk}
        client.post(reverse("admin:plan_prepare"), {**again, "leave_out": both[0].pk})
        assert plan.undone_by.count() == 2
        assert plan.undone_by.latest("pk").rows.count() == 1

    def test_is_offered_again_once_given_up(self, company: Company) -> None:
        plan = prepare_plan(
            model=Message,
            subject_ids=[held(company, 1).pk],
            step="release",
            actor=company.manager,
            at=company.now,
        )
        client = browser(company.manager)
        client.post(to("run", plan), {"digest": plan.digest})
        client.post(to("undo", plan))
        client.post(to("withdraw", plan.undone_by.get()))
        assert "Undo…" in text_of(client, page_of(plan))


def held(company: Company, number: int) -> Message:
    return held_message(company.manager, number, at=company.now)
