"""Colleagues: made, changed and ended through operations; never one's own roles."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth.tokens import default_token_generator
from django.test import Client, RequestFactory
from django.urls import reverse

from backoffice.admin.staff import password_link
from domain.common.errors import Conflict, DomainError, InvalidInput, NotPermitted, Refused
from domain.common.staff_actions import StaffAction
from domain.customers.operations import register_customer
from domain.flows import staffing
from domain.staff.matrix import matrix_markdown
from domain.staff.models import Staff
from domain.staff.roles import RIGHTS, Role
from tests.backoffice.support import Company, browser

PROFILE = {
    "first_name": "Nia",
    "last_name": "Okafor",
    "email": "nia@house.example",
    "phone": "(212) 555-0177",
    "employee_id": "E-77",
    "department": "Care",
    "hired_on": "",
}
SENT = {"_form_submitted": "on"}
NEW_PASSWORD = "a sentence I remember well"
DOCUMENT = Path(__file__).parents[3] / "docs" / "policies" / "access.md"


def hire(company: Company, *roles: Role, username: str = "nia") -> Staff:
    return staffing.create_staff(
        username=username,
        values={**PROFILE, "hired_on": None},
        roles=roles,
        actor=company.manager,
        at=company.now,
    )


class TestCreateStaff:
    def test_makes_somebody_without_a_password(self, company: Company) -> None:
        person = hire(company, Role.FINANCE_MANAGER)
        assert person.is_staff
        assert not person.is_superuser
        assert not person.has_usable_password()
        assert person.phone == "+12125550177"
        assert person.role_names() == ["finance manager"]
        noted = StaffAction.objects.get(action="created staff")
        assert noted.facts == {"staff_id": person.pk, "roles": ["finance_manager"]}

    def test_names_every_wrong_field(self, company: Company) -> None:
        with pytest.raises(InvalidInput) as refused:
            staffing.create_staff(
                username="N!",
                values={"first_name": "", "email": "nobody", "phone": "12"},
                roles=[],
                actor=company.manager,
                at=company.now,
            )
        wrong = {"username", "first_name", "last_name", "email", "phone"}
        assert set(refused.value.field_errors) == wrong

    def test_refuses_a_customers_address(self, company: Company) -> None:
        customer = company.customer(email="nia@house.example")
        with pytest.raises(InvalidInput) as refused:
            hire(company)
        assert "customer" in refused.value.field_errors["email"][0]
        assert customer.email == PROFILE["email"]

    def test_refuses_a_colleagues_name_address_and_number(self, company: Company) -> None:
        hire(company)
        with pytest.raises(InvalidInput) as refused:
            hire(company)
        assert {"username", "email", "employee_id"} <= set(refused.value.field_errors)

    def test_a_customer_never_takes_a_colleagues_address(self, company: Company) -> None:
        hire(company)
        contact = {name: PROFILE[name] for name in ("first_name", "last_name", "email", "phone")}
        with pytest.raises(Conflict):
            register_customer(contact=contact, actor=company.agent, at=company.now)

    @pytest.mark.parametrize("which", [Role.CUSTOMER_SERVICE, Role.FINANCE_MANAGER])
    def test_is_for_those_who_manage_staff(self, company: Company, which: Role) -> None:
        with pytest.raises(NotPermitted):
            staffing.create_staff(
                username="nia", values=PROFILE, roles=[], actor=company[which], at=company.now
            )

    def test_makes_an_admin_only_by_an_admin(self, company: Company) -> None:
        with pytest.raises(Refused, match="Only an admin"):
            hire(company, Role.ADMIN)
        staffing.create_staff(
            username="nia",
            values={**PROFILE, "hired_on": None},
            roles=[Role.ADMIN],
            actor=company[Role.ADMIN],
            at=company.now,
        )


class TestChangeRoles:
    def change(self, actor: Staff, person: Staff, *roles: Role, company: Company) -> Staff:
        return staffing.change_roles(
            staff_id=person.pk, roles=roles, reason="moved", actor=actor, at=company.now
        )

    def test_counts_from_the_next_click_on(self, company: Company) -> None:
        person = hire(company, Role.LOGISTICS_COORDINATOR)
        client = browser(person)
        url = reverse("admin:domain_payment_changelist")
        assert client.get(url).status_code == 403
        self.change(company.manager, person, Role.FINANCE_MANAGER, company=company)
        assert client.get(url).status_code == 200
        noted = StaffAction.objects.get(action="changed roles")
        assert noted.facts["before"] == ["logistics_coordinator"]
        assert noted.facts["after"] == ["finance_manager"]

    @pytest.mark.parametrize("which", [Role.OPERATIONS_MANAGER, Role.ADMIN])
    def test_is_refused_for_oneself(self, company: Company, which: Role) -> None:
        me = company[which]
        with pytest.raises(Refused, match="your own roles"):
            self.change(me, me, Role.FINANCE_MANAGER, company=company)

    def test_of_an_admin_takes_an_admin_and_leaves_one(self, company: Company) -> None:
        ada = company[Role.ADMIN]
        with pytest.raises(Refused, match="Only an admin"):
            self.change(company.manager, ada, company=company)
        second = company.role(Role.ADMIN)
        self.change(second, ada, Role.FINANCE_MANAGER, company=company)
        root = Staff.objects.create_superuser("root", "root@house.example", NEW_PASSWORD)
        with pytest.raises(Refused, match="last active admin"):
            self.change(root, second, company=company)

    def test_needs_a_reason(self, company: Company) -> None:
        person = hire(company)
        with pytest.raises(InvalidInput):
            staffing.change_roles(
                staff_id=person.pk, roles=[], reason=" ", actor=company.manager, at=company.now
            )


class TestDeactivateStaff:
    def test_ends_access_and_reactivating_asks_a_new_password(self, company: Company) -> None:
        person = hire(company)
        person.set_password(NEW_PASSWORD)
        person.save()
        staffing.deactivate_staff(
            staff_id=person.pk, reason="left", actor=company.manager, at=company.now
        )
        assert not Staff.objects.get(pk=person.pk).is_active
        again = staffing.reactivate_staff(
            staff_id=person.pk, reason="back", actor=company.manager, at=company.now
        )
        assert again.is_active
        assert not again.has_usable_password()

    def test_is_refused_for_oneself(self, company: Company) -> None:
        with pytest.raises(Refused):
            staffing.deactivate_staff(
                staff_id=company.manager.pk, reason="x", actor=company.manager, at=company.now
            )

    def test_of_an_admin_is_refused_to_others(self, company: Company) -> None:
        for operation in (staffing.deactivate_staff, staffing.reactivate_staff):
            with pytest.raises(DomainError, match="Only an admin"):
                operation(
                    staff_id=company[Role.ADMIN].pk,
                    reason="x",
                    actor=company.manager,
                    at=company.now,
                )


class TestPasswordLink:
    def link(self, person: Staff) -> str:
        request = RequestFactory().get("/", headers={"host": "localhost"})
        return password_link(request, person).removeprefix("http://localhost")

    def test_sets_a_password_once(self, company: Company) -> None:
        person = hire(company)
        link = self.link(person)
        client = Client()
        assert client.get(link).status_code == 200
        sent = {"password": NEW_PASSWORD, "again": NEW_PASSWORD}
        assert client.post(link, sent).status_code == 302
        assert Staff.objects.get(pk=person.pk).check_password(NEW_PASSWORD)
        assert client.get(link).status_code == 410
        assert client.post(link, {"password": "x" * 20, "again": "x" * 20}).status_code == 410
        assert StaffAction.objects.filter(action="set a password", staff=person).exists()

    @pytest.mark.parametrize(
        ("password", "again"),
        [("short", "short"), (NEW_PASSWORD, "another one here"), ("nia.okafor.nia", "x"), ("", "")],
    )
    def test_takes_only_a_good_one_typed_twice(
        self, company: Company, password: str, again: str
    ) -> None:
        person = hire(company)
        answer = Client().post(self.link(person), {"password": password, "again": again})
        assert answer.status_code == 200
        assert not Staff.objects.get(pk=person.pk).has_usable_password()

    @pytest.mark.parametrize("uid", ["zzz", "MQ", "-", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"])
    def test_made_up_opens_nothing(self, company: Company, uid: str) -> None:
        token = default_token_generator.make_token(company.agent)
        answer = Client().get(f"/admin/set-password/{uid}/{token}/")
        assert answer.status_code in {404, 410}

    def test_of_somebody_who_left_does_not_work(self, company: Company) -> None:
        person = hire(company)
        link = self.link(person)
        staffing.deactivate_staff(
            staff_id=person.pk, reason="left", actor=company.manager, at=company.now
        )
        assert Client().get(link).status_code == 410


class TestScreens:
    def do(self, client: Client, name: str, *args: object, **values: object) -> object:
        url = reverse(f"admin:domain_staff_{name}", args=args)
        return client.post(url, {**SENT, **values})  # type: ignore[dict-item]

    def test_make_a_colleague_and_hand_over_a_link(self, company: Company) -> None:
        client = browser(company.manager)
        self.do(client, "new_colleague", username="nia", roles=["finance_manager"], **PROFILE)
        person = Staff.objects.get(username="nia")
        url = reverse("admin:domain_staff_change", args=[person.pk])
        page = client.get(url).content.decode()
        assert "/admin/set-password/" in page
        assert "No password is set yet" in page

    def test_say_why_own_roles_stay(self, company: Company) -> None:
        me = company.manager
        client = browser(me)
        page = client.get(reverse("admin:domain_staff_change", args=[me.pk])).content.decode()
        assert "colleagues change your roles" in page
        answer = self.do(client, "change_roles", me.pk, roles=["admin"], reason="more")
        assert "your own roles" in answer.content.decode()  # type: ignore[attr-defined]
        assert me.role_names() == ["operations manager"]

    def test_show_what_somebody_did(self, company: Company) -> None:
        customer = company.customer()
        browser(company.agent).get(reverse("admin:domain_customer_change", args=[customer.pk]))
        client = browser(company[Role.ADMIN])
        url = reverse("admin:domain_staffaction_changelist")
        page = client.get(url, {"action": "viewed customer"}).content.decode()
        assert "action: viewed customer" in page
        assert f"customer {customer.pk}" in page

    def test_groups_have_no_page_of_their_own(self, company: Company) -> None:
        client = browser(company[Role.ADMIN])
        assert client.get("/admin/auth/group/").status_code == 404
        assert client.get("/admin/auth/user/").status_code == 404


class TestMatrix:
    def test_document_is_the_table_of_rights(self) -> None:
        assert DOCUMENT.read_text().endswith(matrix_markdown())

    def test_page_shows_every_right_to_everybody(self, company: Company) -> None:
        for person in company.everybody:
            page = browser(person).get(reverse("admin:access")).content.decode()
            assert all(each.codename in page for each in RIGHTS)


class TestLinkLife:
    def test_ends_after_three_days(
        self, company: Company, settings: object, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        person = hire(company)
        token = default_token_generator.make_token(person)
        now = type(default_token_generator)._now
        later = timedelta(days=3, minutes=1)
        monkeypatch.setattr(type(default_token_generator), "_now", lambda self: now(self) + later)
        assert not default_token_generator.check_token(person, token)
