"""A house with a record of every kind that a story makes, and one person of every kind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection, transaction
from django.db.models import Model
from django.test import Client
from django_q.models import Task

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
from tests.access.addresses import Address
from tests.access.screens import SCREENS
from tests.access.second_line import SecondLine
from tests.backoffice.money import late_money
from tests.backoffice.support import Company, browser
from tests.conftest import new_staff

NOBODY_SIGNED_IN, NO_ROLE, SUPERUSER = "anonymous", "staff without a role", "superuser"
# As tests/access/table.py writes them.
LETTERS = {"N": NO_ROLE, "S": SUPERUSER} | {str(role)[0].upper(): str(role) for role in Role}
# What stands in an address when it is no record's id.
SAMPLES = {
    "code": "1010",
    "currency": "USD",
    "index": "0",
    "picture_id": "1",
    "subject_type": "booking",
    "token": "nothing",
    "uid": "MQ",
    "content_type_id": "1",
}


def person(role: Role | str) -> Staff:
    made = new_staff(str(role).replace(" ", "-"))
    if role in set(Role):
        made.groups.add(Group.objects.get(name=str(role)))
    return made


def superuser() -> Staff:
    return Staff.objects.create_superuser("root", "root@staff.example", "a-long-test-password")


def a_step_of(address: Address) -> str:
    """A step by which to ask why not; the table knows the steps of each screen."""
    acts = SCREENS[address.table].acts if address.table in SCREENS else {"step_run": ""}
    return next((act.removeprefix("step_") for act in acts if act.startswith("step_")), "none")


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


@contextmanager
def as_in_a_test() -> Iterator[None]:
    """What is written is gone afterwards, and operations take a savepoint, so that a refusal
    spoils nothing.
    """
    house = transaction.atomic()
    house._from_testcase = True  # type: ignore[attr-defined]
    with house:
        yield
        transaction.set_rollback(True)


class World:
    """Every book has something in it: bookings, both ways of refunding, a case, drafts, a plan."""

    def __init__(self) -> None:
        self.company = Company(person)
        self._deliveries()
        self.second_line = SecondLine(self.company)
        self.chosen = {type(each): each for each in self.second_line.records}
        self.clients: dict[str, Client] = {
            NOBODY_SIGNED_IN: Client(),
            NO_ROLE: browser(person("norole")),
            SUPERUSER: browser(superuser()),
            **{str(role): browser(self.company[role]) for role in Role},
        }

    def client(self, letter: str) -> Client:
        return self.clients[LETTERS[letter]]

    def record(self, model: type[Model]) -> Model | None:
        """One of a table: the one made to be looked at, else the oldest."""
        if model not in self.chosen:
            first = model._default_manager.order_by("pk").first()
            if first is None:
                return None
            self.chosen[model] = first
        return self.chosen[model]

    def path(self, address: Address) -> str:
        """An example of an address, of a record that is there."""
        record = self.record(address.model) if address.model else None
        if address.model and "_id>" in address.route:
            assert record is not None, f"{address.name}: make such a record in tests/access"
        line = self.second_line
        return address.path(
            {
                **SAMPLES,
                "object_id": record.pk if record else 0,
                "step": a_step_of(address),
                "plan_id": self.plan.pk,
                "subject_id": self.paid.pk,
                "name": "wallets" if address.name == "report_rows" else "payments",
                "month": f"{line.today:%Y-%m}",
                "member_id": line.root.pk,
                "task_id": self.job.pk,
                "statement_id": line.statement.pk,
                "year": line.statement.quarter.year,
                "document_id": next(
                    (each.pk for each in line.documents if each.subject == record), 0
                ),
            }
        )

    def told(self, address: Address) -> dict[str, str]:
        """What has to be posted besides, to be asked for its right at all."""
        if address.name != "plan_prepare":
            return {}
        chosen = {"subject_type": "booking", "step": "cancel", "ids": str(self.paid.pk)}
        return {**chosen, "reason": "storm"}

    def _deliveries(self) -> None:
        company, soon = self.company, self.company.now + timedelta(days=10)
        self.paid = company.book()
        self.payment = company.pay(self.paid)
        self.unpaid = company.book()
        company.record(self.unpaid)
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
        self.job = Task.objects.create(
            id="0" * 32,
            name="a job that failed",
            func="domain.common.jobs.run",
            args=("domain.flows.tasks.nothing",),
            started=company.now,
            stopped=company.now,
            success=False,
        )
        log_action(action="login", staff=company.agent, at=company.now)

    def _asked_by(self, staff: Staff) -> Refund:
        return request_refund(
            payment_id=self.payment.pk,
            amount_cents=3_000,
            reason="my own idea",
            actor=staff,
            at=self.company.now,
        )
