"""A house with a record of every kind that a story makes, and one person of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client

from domain.bookings.models import Booking
from domain.common.settings.operations import propose_setting
from domain.common.staff_actions import log_action
from domain.common.workflow.plans import prepare_plan
from domain.ledger.operations.by_hand import request_manual_entry
from domain.payments.models import Refund
from domain.payments.operations.inbox import store_event
from domain.payments.operations.refunds import request_refund
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.backoffice.money import late_money
from tests.backoffice.support import Company, browser
from tests.conftest import new_staff

NOBODY_SIGNED_IN, NO_ROLE = "anonymous", "staff without a role"


def person(role: Role | str) -> Staff:
    made = new_staff(str(role).replace(" ", "-"))
    if role in set(Role):
        made.groups.add(Group.objects.get(name=str(role)))
    return made


WRITING = ("INSERT", "UPDATE", "DELETE", "TRUNCATE")


@contextmanager
def writes() -> Iterator[list[str]]:
    """Collect what is written, but for the moment a session was last used."""
    seen: list[str] = []

    def watch(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        text = str(sql).lstrip()
        if text.upper().startswith(WRITING) and "django_session" not in text:
            seen.append(text[:200])
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield seen


class World:
    """Every book has something in it: bookings, both ways of refunding, a case, drafts, a plan."""

    def __init__(self) -> None:
        self.company = Company(person)
        company, soon = self.company, self.company.now + timedelta(days=10)
        self.paid = company.book()
        self.payment = company.pay(self.paid)
        company.record(company.book())
        company.refund(company.pay(company.book()), 1_000)
        self.refund = company.ask_refund(self.payment, 2_500)
        self.own_refund = self._asked_by(company.finance)
        late_money(company)
        propose_setting(
            name="refund.second_approval_cents",
            value=250_000,
            valid_from=soon,
            reason="more care",
            actor=company.finance,
            at=company.now,
        )
        request_manual_entry(
            debit_code="1000",
            credit_code="4010",
            currency="USD",
            amount_cents=500,
            effective_on=company.now.date() - timedelta(days=1),
            reason="found on the statement",
            actor=company.finance,
            at=company.now,
        )
        self.plan = prepare_plan(
            model=Booking,
            subject_ids=[self.paid.pk],
            step="cancel",
            actor=company.manager,
            at=company.now,
            reason="storm",
        )
        store_event(
            stripe_id="evt_1",
            type="payment_intent.created",
            object_id="pi_1",
            payload={},
            livemode=False,
            created_at=company.now,
            at=company.now,
        )
        log_action(action="login", staff=company.agent, at=company.now)
        self.clients: dict[str, Client] = {
            NOBODY_SIGNED_IN: Client(),
            NO_ROLE: browser(person("norole")),
            **{str(role): browser(company[role]) for role in Role},
        }

    def _asked_by(self, staff: Staff) -> Refund:
        return request_refund(
            payment_id=self.payment.pk,
            amount_cents=3_000,
            reason="my own idea",
            actor=staff,
            at=self.company.now,
        )
