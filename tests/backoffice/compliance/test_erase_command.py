"""Erasing a person from the command line: the same two people, the same refusals."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from domain.compliance.models import Erasure
from domain.customers.models import Customer
from tests.backoffice.support import Company


@pytest.fixture
def person(company: Company) -> Customer:
    return company.customer("Zebulon", "Quixworth", "zebulon.q@guest.example")


def erase(customer: str, who: str, *options: str) -> str:
    out = StringIO()
    call_command("erase_person", customer, "--as", who, *options, stdout=out)
    return out.getvalue()


def test_is_asked_for_by_one_and_done_by_another(company: Company, person: Customer) -> None:
    agent, manager = company.agent.username, company.manager.username
    said = erase(person.email.upper(), agent, "--reason", "Letter of 3 May")
    assert "name, e-mail, phone, notes and preferences: 1" in said
    assert Erasure.objects.get().reason == "Letter of 3 May"
    with pytest.raises(CommandError, match="asked for already"):
        erase(person.email, agent, "--reason", "Letter of 3 May")
    with pytest.raises(CommandError, match="may not erase"):
        erase(person.email, agent, "--approve")
    assert "Erased" in erase(person.email, manager, "--approve")
    assert Customer.objects.get(pk=person.pk).first_name == "Erased"
    with pytest.raises(CommandError, match="was erased"):
        erase(f"{person.pk}", agent, "--reason", "Again")


def test_is_never_approved_by_who_asked(company: Company, person: Customer) -> None:
    erase(person.email, company.manager.username, "--reason", "Letter")
    with pytest.raises(CommandError, match="somebody else has to approve"):
        erase(person.email, company.manager.username, "--approve")


def test_says_in_a_sentence_what_is_wrong(company: Company, person: Customer) -> None:
    agent = company.agent.username
    for asked, why in (
        ((person.email, "nobody", "--reason", "x"), "no active colleague nobody"),
        (("who@guest.example", agent, "--reason", "x"), "no customer who@guest.example"),
        (("0", agent, "--reason", "x"), "no customer 0"),
        (("9" * 30, agent, "--reason", "x"), "no customer 999"),
        ((person.email, agent), "--reason how the person asked"),
        ((person.email, company.manager.username, "--approve"), "Nobody asked"),
    ):
        with pytest.raises(CommandError, match=why):
            erase(*asked)
