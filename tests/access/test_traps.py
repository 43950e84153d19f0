"""Doors beside the doors: one's own requests and rights, other people's records, the API."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse

from domain.bookings.tokens import access_token
from domain.common.workflow.models import Plan
from domain.common.workflow.plans import prepare_plan
from domain.payments.models import Refund
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.access.world import NO_ROLE, NOBODY_SIGNED_IN, World, writes
from tests.backoffice.money import send, words


def shown(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200, url
    return words(answer.content.decode())


def state_of(refund: Refund) -> str:
    return Refund.objects.get(pk=refund.pk).state


class TestOnesOwn:
    def test_refund_is_not_ones_own_to_approve(self, world: World) -> None:
        client = world.clients[str(Role.FINANCE_MANAGER)]
        url = reverse("admin:domain_refund_step_approve", args=[world.own_refund.pk])
        client.post(url, {"_form_submitted": "1"})
        assert state_of(world.own_refund) == "requested"

    def test_roles_are_not_ones_own_to_change(self, world: World) -> None:
        for role in (Role.ADMIN, Role.OPERATIONS_MANAGER):
            me, client = world.company[role], world.clients[str(role)]
            url = reverse("admin:domain_staff_change_roles", args=[me.pk])
            client.post(url, {"_form_submitted": "1", "roles": [str(each) for each in Role]})
            assert Staff.objects.get(pk=me.pk).groups.count() == 1

    def test_nobody_becomes_a_superuser_by_a_form(self, world: World) -> None:
        agent, client = world.company.agent, world.clients[str(Role.ADMIN)]
        url = reverse("admin:domain_staff_edit", args=[agent.pk])
        send(client, url, is_superuser="on", is_staff="on", user_permissions="1")
        again = Staff.objects.get(pk=agent.pk)
        assert not again.is_superuser
        assert not again.user_permissions.exists()


class TestBesideTheDoor:
    """Names that the libraries below would act upon."""

    @pytest.mark.parametrize(
        "posted",
        [
            {"_fsm_transition_to": "approve"},
            {"_change_history": "1"},
            {"action": "delete_selected", "_selected_action": "1", "post": "yes"},
            {"form-0-state": "completed", "_save": "1", "form-TOTAL_FORMS": "1"},
        ],
    )
    def test_is_nothing(self, world: World, posted: dict[str, str]) -> None:
        client = world.clients[str(Role.OPERATIONS_MANAGER)]
        with writes() as written:
            for table, pk in (("refund", world.refund.pk), ("booking", world.paid.pk)):
                for page, args in (("change", [pk]), ("history", [pk]), ("changelist", [])):
                    client.post(reverse(f"admin:domain_{table}_{page}", args=args), posted)
        assert written == []

    def test_autocomplete_and_foreign_keys_tell_nothing(self, world: World) -> None:
        asked = {
            "app_label": "domain",
            "model_name": "payment",
            "field_name": "booking",
            "term": "",
        }
        for who in (NOBODY_SIGNED_IN, NO_ROLE):
            answer = world.clients[who].get(reverse("admin:autocomplete"), asked)
            assert answer.status_code in {302, 403}
        client = world.clients[str(Role.LOGISTICS_COORDINATOR)]
        popup = {"_to_field": "id", "_popup": "1"}
        url = reverse("admin:domain_payment_changelist")
        assert client.get(url, popup).status_code == 403

    def test_the_search_finds_only_what_one_may_see(self, world: World) -> None:
        name = "Lovelace"
        for who, finds in (
            (NO_ROLE, ()),
            (str(Role.LOGISTICS_COORDINATOR), (world.paid.number,)),
        ):
            for url, key in ((reverse("admin:find"), "q"), (reverse("admin:search"), "s")):
                page = world.clients[who].get(url, {key: name}).content.decode()
                assert "customer ·" not in page
                assert "$" not in page.partition("content-main")[2]
                assert (world.paid.number in page) == (world.paid.number in finds)

    def test_filters_do_not_look_into_hidden_columns(self, world: World) -> None:
        client = world.clients[str(Role.OPERATIONS_MANAGER)]
        url = reverse("admin:domain_staff_changelist")
        for lookup in ("password__startswith", "user_permissions__codename"):
            assert client.get(url, {lookup: "a"}).status_code in {302, 400}, lookup


class TestTheApi:
    def test_token_opens_nothing_of_the_admin(self, world: World) -> None:
        token = access_token(world.paid)
        client = Client(headers={"X-Booking-Token": token, "Authorization": f"Bearer {token}"})
        for name in ("index", "domain_booking_changelist", "search"):
            answer = client.get(reverse(f"admin:{name}"), {"token": token})
            assert answer.status_code == 302
            assert settings.SESSION_COOKIE_NAME not in client.cookies

    def test_session_of_staff_opens_nothing_of_the_api(self, world: World) -> None:
        path = f"/api/public/booking-status/{world.paid.number}/"
        for client in world.clients.values():
            assert client.get(path).status_code == 404
            answer = client.post("/api/payments/create-intent/", {"booking_id": str(world.paid.pk)})
            assert answer.status_code in {400, 404, 415}


class TestFilters:
    @pytest.mark.parametrize(
        ("name", "asked"),
        [
            ("booking", {"access_nonce__startswith": "a"}),
            ("booking", {"total_cents__gt": "100"}),
            ("payment", {"intent_id__startswith": "pi_"}),
            ("customer", {"email__startswith": "a"}),
        ],
    )
    def test_ask_only_what_the_list_offers(
        self, world: World, name: str, asked: dict[str, str]
    ) -> None:
        client = world.clients[str(Role.ADMIN)]
        url = reverse(f"admin:domain_{name}_changelist")
        assert client.get(url).status_code == 200
        assert client.get(url, asked).status_code in {400, 302}


class TestWhatLogisticsSees:
    """Bookings without prices, wherever they are told of."""

    @pytest.mark.parametrize("step", ["dispatch", "complete", "deliver", "cancel"])
    def test_no_amount_in_the_dialogs_of_steps(self, world: World, step: str) -> None:
        client = world.clients[str(Role.LOGISTICS_COORDINATOR)]
        for booking in (world.paid, world.unpaid, world.second_line.booking):
            for url in (
                reverse(f"admin:domain_booking_step_{step}", args=[booking.pk]),
                reverse("admin:domain_booking_why_not", args=[booking.pk, step]),
                reverse("admin:domain_booking_change", args=[booking.pk]),
            ):
                amounts = re.findall(r".{,60}[$₹].{,20}", shown(client, url))
                assert amounts == [], url

    def test_nobody_of_the_network(self, world: World) -> None:
        line = world.second_line
        url = reverse("admin:domain_booking_change", args=[line.booking.pk])
        referrer = str(line.booking.referred_by)
        assert referrer in shown(world.clients[str(Role.FINANCE_MANAGER)], url)
        assert referrer not in shown(world.clients[str(Role.LOGISTICS_COORDINATOR)], url)


class TestBatches:
    def test_are_gone_with_the_right_to_see_what_they_are_about(self, world: World) -> None:
        plan = prepare_plan(
            model=Refund,
            subject_ids=[world.refund.pk],
            step="approve",
            actor=world.company[Role.ADMIN],
            at=world.company.now,
        )
        moved = world.company[Role.LOGISTICS_COORDINATOR]
        Plan.objects.filter(pk=plan.pk).update(prepared_by=moved)
        client = world.clients[str(Role.LOGISTICS_COORDINATOR)]
        assert client.get(reverse("admin:domain_plan_change", args=[plan.pk])).status_code == 403
        assert plan.label not in shown(client, reverse("admin:domain_plan_changelist"))
