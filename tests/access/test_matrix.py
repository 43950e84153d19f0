"""Every address of the admin, before every kind of visitor: what opens, and that nothing else does.

Each answer comes from a real request. Whoever may not open something asks for it, every time. A
page that may be opened is drawn once, for the least of those who may; of the others each opens
every list and every page that is no record's, and does every act. What is drawn for them is left
out: it takes most of the time and decides nothing.

:source: docs/policies/access.md
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext

import pytest
from django.template.backends.django import Template
from django.test import Client
from pytest_django import Settings

from backoffice.site import BackofficeSite
from tests.access.addresses import Address, every_address
from tests.access.table import Rule, rule_of
from tests.access.world import NOBODY_SIGNED_IN, World, as_in_a_test, writes

ADDRESSES = every_address()
# Roles, no role, superuser.
VISITORS = "CLFOANS"
# Who opens an address first: whoever may do least besides.
LEAST_FIRST = "NLCAFO"
SHARES = 4
# What a record shows is as open as the list that it stands in.
AS_ITS_LIST = ("_change", "_history", "_why_not")
# What one need not sign in for: the form to do so, and a link to set a password (spent here).
WITHOUT_SIGNING_IN = {"login", "logout", "set_password"}
# Who looked at what of a person is written down.
READING_IS_LOGGED = {
    "domain_customer_change",
    "domain_member_change",
    "domain_taxidentity_reveal",
    "domain_bankaccount_reveal",
    "domain_kyccase_document",
    "domain_bankaccount_document",
    "domain_compliancedocument_document",
    "payout_batch_file",
    "tax_statement",
    "tax_quarter_statement",
    "tax_quarter_filed",
    "report_register",
    "wallet",
    "wallet_statement",
}
SENT = {"_form_submitted": "1"}
# Of these nothing can be posted that would be taken: there is no picture to move.
NOTHING_THERE = {"domain_vehicle_picture"}


def described(address: Address) -> Rule:
    rule = rule_of(address)
    assert rule is not None, f"say in tests/access who may open {address.name}"
    return rule


@pytest.fixture(autouse=True)
def _sessions_rest(settings: Settings) -> None:
    """When a session was last used is not what is tried, and takes a third of the statements."""
    settings.SESSION_SAVE_EVERY_REQUEST = False


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are empty, and so is the frame around them with its menu and its counts."""
    monkeypatch.setattr(Template, "render", lambda *_args, **_kwargs: "")
    monkeypatch.setattr(BackofficeSite, "each_context", lambda *_args: {"site_title": ""})


def got(client: Client, address: Address, path: str) -> int:
    """The status of a GET. Where it writes, as it may in few places, that is forgotten."""
    with as_in_a_test() if address.name in READING_IS_LOGGED else nullcontext():
        return client.get(path).status_code


def posted(client: Client, world: World, address: Address, path: str) -> int:
    """The status of a POST; nothing of what it did stays."""
    signed_in = dict(client.cookies)
    with as_in_a_test():
        status = client.post(path, SENT | world.told(address)).status_code
    client.cookies.clear()
    client.cookies.update(signed_in)
    return status


def test_the_table_speaks_of_every_address() -> None:
    unknown = [each.name for each in ADDRESSES if rule_of(each) is None]
    assert unknown == [], (
        "New addresses. Say in tests/access/screens.py or pages.py who may open each of them."
    )


def test_opens_to_nobody_who_has_not_signed_in(world: World, undrawn: None) -> None:
    client = world.clients[NOBODY_SIGNED_IN]
    open_doors = []
    for address in ADDRESSES:
        path = world.path(address)
        for answer in (client.get(path), client.post(path, SENT)):
            to_login = answer.status_code == 302 and "/admin/login/" in answer["Location"]
            if not to_login and address.name not in WITHOUT_SIGNING_IN:
                open_doors.append((address.name, answer.status_code))
    assert not open_doors, open_doors


@pytest.mark.torture
@pytest.mark.parametrize("who", VISITORS)
def test_answers_as_the_table_says(world: World, undrawn: None, who: str) -> None:
    wrong = []
    for address in ADDRESSES:
        rule, path = described(address), world.path(address)
        if who == "S" and rule.who:
            continue  # a superuser is only of interest where nobody else gets in
        if not shown_elsewhere(who, rule, address):
            wrong += differences_of_get(world.client(who), who, address, path)
        # A page that only shows is not posted to: it has nothing that would act.
        if rule.acts:
            wrong += differences_of_post(world, who, address, path)
    assert not wrong, "\n".join(wrong)


def shown_elsewhere(who: str, rule: Rule, address: Address) -> bool:
    """Nothing new would come of it: it is drawn for them below, or said by its list or its act."""
    if not rule.lets_in(who) or not rule.shows:
        return False
    return rule.acts or who == first_of(rule) or address.name.endswith(AS_ITS_LIST)


def first_of(rule: Rule) -> str:
    return next((each for each in LEAST_FIRST if rule.lets_in(each)), "")


def differences_of_get(client: Client, who: str, address: Address, path: str) -> Iterator[str]:
    rule = described(address)
    with writes() as written:
        status = got(client, address, path)
    if rule.lets_in(who):
        if status != rule.got:
            yield f"GET {address.name}: {status} to {who}, who may open it"
    elif status not in rule.refusals | ({405} if not rule.shows else set()):
        yield f"GET {address.name}: {status} to {who}, who may not open it"
    if written and address.name not in READING_IS_LOGGED:
        yield f"GET {address.name} writes: {written[0]}"


def differences_of_post(world: World, who: str, address: Address, path: str) -> Iterator[str]:
    rule = described(address)
    with writes() as written:
        status = posted(world.client(who), world, address, path)
    if rule.lets_in(who):
        refused = {403, 405} if address.name in NOTHING_THERE else {403, 404, 405}
        if status in refused or status >= 500:
            yield f"POST {address.name}: {status} to {who}, who may do it"
    elif status not in rule.refusals or written:
        yield f"POST {address.name}: {status} to {who}, who may not do it; wrote {written[:1]}"


@pytest.mark.torture
@pytest.mark.parametrize("share", range(SHARES))
def test_draws_every_page(world: World, share: int) -> None:
    broken = []
    for address in ADDRESSES[share::SHARES]:
        rule = described(address)
        if rule.shows and (first := first_of(rule)):
            status = got(world.client(first), address, world.path(address))
            if status != rule.got:
                broken.append(f"{address.name}: {status} to {first}")
    assert not broken, "\n".join(broken)
