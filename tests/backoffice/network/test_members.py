"""Members on the screen: found, placed from the holding list, corrected by two, ended."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from domain.common.staff_actions import StaffAction
from domain.network.models import Member, Node, PlacementCorrection, Transmission
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.backoffice.support import Company, browser
from tests.compliance.factory import nominee_verified
from tests.network.factory import new_customer, new_member, node, placed
from tests.network.test_members import account_of

SENT = {"_form_submitted": "on"}


def url(name: str, *args: object) -> str:
    return reverse(f"admin:domain_member_{name}", args=args)


def shown(client: Client, member: Member) -> str:
    return client.get(url("change", member.pk)).content.decode()


def do(client: Client, name: str, *args: object, **values: object) -> str:
    answer = client.post(url(name, *args), {**SENT, **values})
    return str(answer.headers.get("HX-Redirect") or answer.content.decode())


def take(client: Client, dialog: str, **values: object) -> str:
    """Open a step's dialog and send it as it was shown; returns what it told before."""
    answer = client.get(dialog)
    initial = answer.context["form"].initial
    seen = {name: initial[name] for name in ("seen_version", "expected")}
    client.post(dialog, {**SENT, **seen, "reason": "", **values})
    return answer.content.decode()


@pytest.fixture
def other(company: Company) -> Staff:
    return company.role(Role.OPERATIONS_MANAGER)


class TestList:
    @pytest.mark.parametrize("asked", ["code", "name", "phone", "email"])
    def test_finds_by_code_name_phone_and_e_mail(self, company: Company, asked: str) -> None:
        member = new_member(name="Asha", phone="+919855501234", email="asha@bikes.example")
        new_member(name="Ravi")
        text = {"code": member.code, "name": "asha", "phone": "98555 01234", "email": "asha@b"}
        client = browser(company.agent)
        found = client.get(url("changelist"), {"q": text[asked]}).context["cl"].result_list
        assert [each.pk for each in found] == [member.pk]

    @pytest.mark.parametrize(
        ("query", "names"),
        [("place=holding", {"Waits"}), ("place=placed", {"Sits"}), ("buyer=yes", set())],
    )
    def test_filters(self, company: Company, query: str, names: set[str]) -> None:
        placed(name="Sits")
        new_member(name="Waits")
        found = browser(company.agent).get(f"{url('changelist')}?{query}").context["cl"]
        assert {each.customer.first_name for each in found.result_list} == names

    def test_asks_as_many_questions_for_many_as_for_few(
        self, company: Company, django_assert_max_num_queries: object
    ) -> None:
        root = placed()
        for number in range(12):
            placed(root, "LR"[number % 2])
        client = browser(company.agent)
        client.get(url("changelist"))
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            assert client.get(url("changelist")).status_code == 200

    def test_exports_with_places_and_legs(self, company: Company) -> None:
        root = placed(name="Root")
        placed(root, "L", name="Leaf")
        answer = browser(company.manager).post(url("export"), {"format": "csv"})
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
        assert "Root Rao" in text
        assert ",root,1,0," in text

    def test_is_closed_to_logistics(self, company: Company) -> None:
        client = browser(company[Role.LOGISTICS_COORDINATOR])
        assert client.get(url("changelist")).status_code == 403
        assert client.get(reverse("admin:tree")).status_code == 403


class TestPage:
    def test_tells_sponsor_from_parent(self, company: Company) -> None:
        sponsor = placed(name="Sponsor")
        above = placed(sponsor, "L", name="Above")
        member = placed(sponsor, "L", name="Leaf")
        assert node(member).parent_id == above.pk
        text = shown(browser(company.agent), member)
        assert "Sponsor Rao" in text
        assert "Above Rao" in text
        assert "level 2: L L" in text

    def test_is_noted_each_time_it_is_read(self, company: Company) -> None:
        member = new_member()
        shown(browser(company.agent), member)
        noted = StaffAction.objects.get(action="viewed member")
        assert noted.subject == f"member {member.pk}"

    def test_says_why_a_wallet_rests(self, company: Company) -> None:
        member = placed()
        take(browser(company.manager), url("step_terminate", member.pk), reason="fraud")
        text = shown(browser(company.agent), member)
        assert "has not been cleared" in text


class TestEnrolling:
    def test_a_customer_with_a_sponsor(self, company: Company) -> None:
        sponsor, customer = placed(), new_customer("Nila")
        do(
            browser(company.agent),
            "enrol",
            customer="nila",
            sponsor=sponsor.code,
            agreement_signed_on="",
        )
        assert Member.objects.get(pk=customer.pk).referred_by == sponsor

    @pytest.mark.parametrize(
        ("customer", "sponsor", "why"),
        [
            ("nobody", "", "No such customer"),
            ("rao", "", "Several customers fit"),
            ("nila", "NOBODY22", "No such member"),
        ],
    )
    def test_asks_again_when_nobody_or_several_fit(
        self, company: Company, customer: str, sponsor: str, why: str
    ) -> None:
        placed(name="Ravi")
        new_customer("Nila")
        values = {"customer": customer, "sponsor": sponsor, "agreement_signed_on": ""}
        assert why in do(browser(company.agent), "enrol", **values)


class TestPlacing:
    def test_tells_where_each_side_leads_and_then_does_it(self, company: Company) -> None:
        sponsor = placed(name="Sponsor")
        placed(sponsor, "L", name="Left")
        member = new_member(sponsor, "Nila")
        client = browser(company.manager)
        text = client.get(reverse("admin:holding_list")).content.decode()
        assert "Nila Rao" in text
        assert "1 left · 0 right" in text
        dialog = client.get(url("put", member.pk)).content.decode()
        assert "1 left, 0 right, so right: below Sponsor Rao" in dialog
        assert "Left: below Left Rao" in dialog
        do(client, "put", member.pk, side="L", seen_version=member.version)
        assert node(member).path == "00"
        assert "Nobody waits" in client.get(reverse("admin:holding_list")).content.decode()

    def test_refuses_when_the_member_changed_meanwhile(self, company: Company) -> None:
        member = new_member(placed())
        said = do(browser(company.manager), "put", member.pk, side="L", seen_version=77)
        assert "changed while you looked" in said
        assert not Node.objects.filter(pk=member.pk).exists()

    def test_says_what_happens_first_when_the_sponsor_has_no_place(self, company: Company) -> None:
        member = new_member(new_member(name="Waits"))
        dialog = browser(company.manager).get(url("put", member.pk)).content.decode()
        assert "has no place yet and becomes a root first" in dialog

    def test_is_offered_to_operations_alone(self, company: Company) -> None:
        member = new_member(placed())
        client = browser(company.agent)
        assert "data-step" not in client.get(reverse("admin:holding_list")).content.decode()
        assert client.get(url("put", member.pk)).status_code == 403

    def test_is_over_for_who_has_a_place(self, company: Company) -> None:
        member = placed()
        client = browser(company.manager)
        assert "has a place already" in client.get(url("put", member.pk)).content.decode()
        assert "Place…" not in shown(client, member)


class TestCorrecting:
    def test_by_two_people_from_the_page_to_the_queue(self, company: Company, other: Staff) -> None:
        root = placed(name="Root")
        member = placed(root, "L", name="Leaf")
        asker = browser(company.manager)
        do(asker, "correct_place", member.pk, under=root.code, side="R", reason="wrong leg")
        asked = PlacementCorrection.objects.get()
        page = reverse("admin:domain_placementcorrection_change", args=[asked.pk])
        assert "somebody else has to approve" in asker.get(page).content.decode()
        dialog = reverse("admin:domain_placementcorrection_step_apply", args=[asked.pk])
        client = browser(other)
        assert "Moves Leaf Rao" in take(client, dialog)
        assert node(member).path == "1"
        assert "Applied" in client.get(page).content.decode()

    def test_tells_at_the_field_what_is_wrong(self, company: Company) -> None:
        member = placed(placed(), "L")
        said = do(
            browser(company.manager), "correct_place", member.pk, under="", side="R", reason="x"
        )
        assert "This field is required" in said


class TestDeath:
    def test_is_offered_at_once_and_refuses_a_day_ahead(self, company: Company) -> None:
        member = placed()
        client = browser(company.manager)
        assert f'hx-get="{url("step_report_death", member.pk)}"' in shown(client, member)
        take(client, url("step_report_death", member.pk), reason="x", died_on="2999-01-01")
        assert Member.objects.get(pk=member.pk).state == "active"

    def test_is_reported_with_its_day_and_frees_the_nominee(self, company: Company) -> None:
        member = placed(name="Asha")
        client = browser(company.manager)
        dialog = url("step_report_death", member.pk)
        take(client, dialog, reason="certificate 12", died_on="2026-01-05")
        dead = Member.objects.get(pk=member.pk)
        assert (dead.state, str(dead.died_on)) == ("deceased", "2026-01-05")
        text = shown(client, dead)
        assert "Wallet to the nominee…" in text
        nominee = nominee_verified(company.agent, company.finance, dead.customer, at=timezone.now())
        account_of(dead, nominee.full_name, company.agent, company.finance)
        do(client, "transmit", dead.pk, reason="certificate 12")
        asked = Transmission.objects.get()
        page = reverse("admin:domain_transmission_change", args=[asked.pk])
        assert "named after the death" in browser(company.finance).get(page).content.decode()
