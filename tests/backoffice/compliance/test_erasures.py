"""Erasing a person: asked for by one, approved by another, and nothing of them is found after."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import connection
from django.urls import reverse

from domain.bookings.models import Booking
from domain.common.actors import System
from domain.common.staff_actions import StaffAction
from domain.common.workflow import begin, transit
from domain.common.workflow.plans import prepare_plan
from domain.compliance.models import Erasure, TaxIdentity
from domain.compliance.operations.kyc import name_nominee
from domain.compliance.operations.people import record_pan
from domain.customers.models import Customer
from domain.customers.operations import new_guest, save_address
from domain.flows.erasure import erase_person, request_erasure
from domain.ledger.queries import trial_balance
from domain.network.earning.models import ReserveRelease
from domain.network.models import PlacementCorrection
from domain.notifications.models import Message
from domain.payments.models import Refund
from tests.backoffice.network.test_members import SENT, take
from tests.backoffice.support import HOUSE, Company, browser
from tests.backoffice.wallets.test_wallets import give
from tests.compliance.factory import verified_account
from tests.factories import assert_sound
from tests.network.factory import new_member, placed

SECRETS = ("Zebulon", "Quixworth", "zebulon.q@", "2125550123")


def found_anywhere(*words: str) -> dict[str, int]:
    """How many rows of each table spell one of these words."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            like = " OR ".join(["t::text ILIKE %s"] * len(words))
            asked = [f"%{word}%" for word in words]
            cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE {like}', asked)
            if count := cursor.fetchone()[0]:
                found[table] = count
    return found


@pytest.fixture
def customer(company: Company) -> Customer:
    """Somebody whose booking is over, with notes, letters, papers and a guest's past."""
    made = company.customer("Zebulon", "Quixworth", "zebulon.q@guest.example")
    at, agent = company.now, company.agent
    address = {
        "address_line_1": HOUSE.address_line_1,
        "city": HOUSE.city,
        "state": HOUSE.state,
        "zip_code": HOUSE.zip_code,
        "access_notes": "ask for Zebulon",
    }
    save_address(customer_id=made.pk, nickname="Home", address=address, actor=agent, at=at)
    booking = company.book(made)
    payment = company.pay(booking)
    company.deliver(booking)
    refund = company.ask_refund(payment, 1_000)
    reason = "Mr Quixworth never broke it"
    transit(type(refund), refund.pk, "deny", actor=company.manager, at=at, reason=reason)
    contact = {"first_name": "Zeb", "last_name": "Quixworth", "email": made.email}
    new_guest(contact={**contact, "phone": made.phone}, at=at).save()
    verified_account(agent, company.finance, made, "50100012345678", at=at)
    name_nominee(
        customer_id=made.pk, full_name="Ida Quixworth", relationship="wife", actor=agent, at=at
    )
    for message in Message.objects.filter(state="queued"):
        transit(Message, message.pk, "send", actor=System("mail"), at=at)
    return made


def asked(company: Company, customer: Customer) -> Erasure:
    return request_erasure(
        customer_id=customer.pk,
        reason="Letter of Zebulon Quixworth",
        actor=company.agent,
        at=company.now,
    )


def test_nothing_of_them_is_found_after(
    company: Company,
    customer: Customer,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    agent, manager = browser(company.agent), browser(company.manager)
    dialog = reverse("admin:domain_customer_erase_person", args=[customer.pk])
    shown = agent.get(dialog).content.decode()
    assert "saved addresses" in shown
    assert "Accounts must be kept" in shown
    before = trial_balance(currency="USD")
    agent.post(dialog, {**SENT, "reason": "Letter of Zebulon Quixworth"})
    erasure = Erasure.objects.get()
    assert "Persons to erase" in manager.get(reverse("admin:index")).content.decode()
    assert found_anywhere(*SECRETS)
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[attr-defined]
        take(manager, reverse("admin:domain_erasure_step_erase", args=[erasure.pk]))
    assert Erasure.objects.get().state == "done"
    assert found_anywhere(*SECRETS) == {}
    assert trial_balance(currency="USD") == before
    page = manager.get(reverse("admin:domain_customer_change", args=[customer.pk]))
    assert f"Erased person {customer.pk}" in page.content.decode()
    assert_sound(company.now)


def test_takes_their_name_out_of_what_was_said_of_them_as_a_member_and_as_a_guest(
    company: Company,
) -> None:
    at, agent, said = company.now, company.agent, "Mr Quixworth asked for it"
    who = {"last_name": "Quixworth", "email": "zebulon.q@guest.example", "phone": "+12125559876"}
    member = new_member(name="Zebulon", **who)
    identity = record_pan(
        customer_id=member.pk, pan="ABCPR1234F", valid_from=at.date(), actor=agent, at=at
    )
    transit(TaxIdentity, identity.pk, "reject", actor=company.manager, at=at, reason=said)
    asked = {"member": member, "reason": said, "requested_by": agent, "requested_at": at}
    place = {"under_id": placed().pk, "side": "L", "from_tree": 1, "from_path": "L"}
    for request in (
        ReserveRelease(**asked, amount_cents=1),
        PlacementCorrection(**asked, **place),
    ):
        begin(request, actor=agent, at=at, reason=said)
    guest = new_guest(contact={"first_name": "Zeb", **who}, at=at)
    guest.save()
    booking = company.book()
    Booking.objects.filter(pk=booking.pk).update(customer=None, guest=guest)
    company.ask_refund(company.pay(booking), 1_000)
    Refund.objects.update(reason=said)
    prepare_plan(
        model=Refund,
        subject_ids=list(Refund.objects.values_list("pk", flat=True)),
        step="deny",
        actor=company.manager,
        at=at,
        reason=said,
    )
    browser(company.finance).post(
        reverse("admin:domain_customer_export") + "?q=quixworth", {"format": "csv"}
    )
    assert "quixworth" in str(StaffAction.objects.get(action="export").facts)
    erase_person(customer_id=member.pk, actor=System("test"), at=at)
    assert found_anywhere(*SECRETS[:3], "2125559876") == {}


def test_who_asked_does_not_approve(company: Company, customer: Customer) -> None:
    erasure = request_erasure(
        customer_id=customer.pk, reason="letter", actor=company.manager, at=company.now
    )
    why = reverse("admin:domain_erasure_why_not", args=[erasure.pk, "erase"])
    text = browser(company.manager).get(why).content.decode()
    assert "somebody else has to approve it" in text
    dialog = reverse("admin:domain_customer_erase_person", args=[customer.pk])
    assert "waits for a second person" in browser(company.agent).get(dialog).content.decode()


def test_waits_until_all_is_settled(company: Company) -> None:
    customer = company.customer()
    booking = company.book(customer)
    erasure = asked(company, customer)
    page = browser(company.manager).get(page_of(erasure)).content.decode()
    assert f"{booking} is pending" in page
    member = new_member()
    give(member, "2000", 5_00)
    erasure = asked(company, member.customer)
    page = browser(company.manager).get(page_of(erasure)).content.decode()
    assert "₹5.00 is on “Wallet earnings”" in page
    assert "terminate the membership first" in page


def page_of(erasure: Erasure) -> str:
    return reverse("admin:domain_erasure_change", args=[erasure.pk])
