"""Asks for the erasure of a person's data in the name of a colleague; another one approves it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from backoffice.management.colleagues import colleague
from domain.common.context import acting, new_request_id
from domain.common.errors import DomainError
from domain.common.workflow import transit
from domain.compliance.models import Erasure
from domain.compliance.unfinished import unfinished_of
from domain.customers.models import Customer
from domain.flows.erasure import goes_of, request_erasure
from domain.staff.models import Staff


class Command(BaseCommand):
    help = "Asks for the erasure of a person's data, or approves what another person asked for."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("customer", help="the customer's e-mail address or number")
        parser.add_argument("--as", required=True, dest="who", help="username of who asks")
        parser.add_argument("--reason", default="", help="how the person asked for it")
        parser.add_argument("--approve", action="store_true", help="erase what was asked for")

    def handle(
        self, *args: Any, customer: str, who: str, reason: str, approve: bool, **options: Any
    ) -> None:
        actor, person = colleague(who), _customer(customer)
        try:
            with acting(request_id=new_request_id()):
                self._approve(person, actor) if approve else self._ask(person, actor, reason)
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal

    def _ask(self, person: Customer, actor: Staff, reason: str) -> None:
        if not reason.strip():
            raise CommandError("Say with --reason how the person asked for it.")
        request_erasure(customer_id=person.pk, reason=reason, actor=actor, at=timezone.now())
        for each in goes_of(person):
            self.stdout.write(f"{each.what}: {each.count}")
        for sentence in unfinished_of(person.pk):
            self.stdout.write(f"To be settled first: {sentence}")
        self.stdout.write("Asked for. Somebody else has to approve it.")

    def _approve(self, person: Customer, actor: Staff) -> None:
        asked = person.erasures.filter(state="requested").first()
        if asked is None:
            raise CommandError("Nobody asked for this person to be erased.")
        transit(Erasure, asked.pk, "erase", actor=actor, at=timezone.now())
        self.stdout.write("Erased. Nobody can bring it back.")


def _customer(text: str) -> Customer:
    named = {"pk": int(text)} if text.isdecimal() else {"email__iexact": text}
    found = Customer.objects.filter(**named).first() if text else None
    if found is None:
        raise CommandError(f"There is no customer {text}.")
    return found
