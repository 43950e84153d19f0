"""A commission run on the screen: begun, looked through, questioned, approved, posted."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from domain.common.workflow import transit
from domain.compliance.days import day_of
from domain.flows.commission import run_month
from domain.network.earning.models import CommissionRun, Pair
from domain.network.models import Member
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.backoffice.network.test_members import SENT, take
from tests.backoffice.support import Company, browser
from tests.network.earners import chain
from tests.network.factory import decide, placed


def url(name: str, *args: object) -> str:
    return reverse(f"admin:domain_commissionrun_{name}", args=args)


@pytest.fixture
def people(company: Company) -> tuple[Staff, Staff]:
    finance = company.role(Role.FINANCE_MANAGER)
    operations = company.role(Role.OPERATIONS_MANAGER)
    at = timezone.now()
    decide("pair.amount", 1_000_00, at=at, by=finance, approver=operations)
    return finance, operations


@pytest.fixture
def root() -> Member:
    now = timezone.now()
    top = placed(name="Meera", at=now)
    chain(top, "L", 2, at=now), chain(top, "R", 2, at=now)
    return top


def shown(client: Client, record: CommissionRun | Pair) -> str:
    name = f"admin:domain_{record._meta.model_name}_change"
    return client.get(reverse(name, args=[record.pk])).content.decode()


def computed(people: tuple[Staff, Staff]) -> CommissionRun:
    now = timezone.now()
    return run_month(as_of=day_of(now), actor=people[0], at=now)


def test_a_run_begins_in_the_list(people: tuple[Staff, Staff], root: Member) -> None:
    client = browser(people[0])
    dialog = reverse("admin:domain_commissionrun_new_run")
    client.post(dialog, {**SENT, "as_of": day_of(timezone.now()).isoformat()})
    run = CommissionRun.objects.get()
    assert (run.state, run.pairs) == ("computed", 2)
    page = shown(client, run)
    assert "Meera" in page
    assert root.code in page
    assert "₹2,000.00" in page


def test_every_pair_says_which_two_and_why(people: tuple[Staff, Staff], root: Member) -> None:
    computed(people)
    pair = Pair.objects.get(member=root, number=2)
    page = shown(browser(people[1]), pair)
    assert pair.left_unit.node.member.code in page
    assert pair.right_unit.node.member.code in page
    assert "one of the first 5 of a lifetime" in page


def test_pairs_of_one_member_are_found(people: tuple[Staff, Staff], root: Member) -> None:
    run = computed(people)
    client = browser(people[1])
    found = client.get(url("change", run.pk), {"q": root.code}).context
    assert found["count"] == 2
    assert client.get(url("change", run.pk), {"q": "nobody at all"}).context["count"] == 0


def test_what_if_compares_and_writes_nothing(people: tuple[Staff, Staff], root: Member) -> None:
    run = computed(people)
    asked = {
        "amount": "500",
        "monthly_cap": 1,
        "cap_overflow": "CARRY",
        "full_count": 5,
        "deduction": "20",
    }
    answer = browser(people[1]).get(url("what_if", run.pk), asked).content.decode()
    assert "₹500.00" in answer
    assert CommissionRun.objects.get(pk=run.pk).gross_cents == 2_000_00
    wrong = browser(people[1]).get(url("what_if", run.pk), asked | {"monthly_cap": "x"})
    assert "Pairs a month" in wrong.content.decode()
    assert root


def test_two_people_bring_it_into_the_books(people: tuple[Staff, Staff], root: Member) -> None:
    run = computed(people)
    first, second = browser(people[0]), browser(people[1])
    why = first.get(reverse("admin:domain_commissionrun_why_not", args=[run.pk, "approve"]))
    assert "somebody else has to approve it" in why.content.decode()
    take(second, reverse("admin:domain_commissionrun_step_approve", args=[run.pk]))
    take(first, reverse("admin:domain_commissionrun_step_post", args=[run.pk]))
    assert CommissionRun.objects.get(pk=run.pk).state == "posted"
    assert "in the ledger" in shown(first, run)
    assert root


def test_the_queue_counts_what_waits(people: tuple[Staff, Staff], root: Member) -> None:
    computed(people)
    page = browser(people[1]).get(reverse("admin:index")).content.decode()
    assert "Commission runs to approve" in page
    assert root


class TestCommand:
    def test_computes_in_somebodys_name(self, people: tuple[Staff, Staff], root: Member) -> None:
        out = StringIO()
        month = f"{day_of(timezone.now()):%Y-%m}"
        call_command("run_pairs", month=month, who=people[0].username, stdout=out)
        assert "2 pairs of 1 member" in out.getvalue()
        run = CommissionRun.objects.get()
        assert run.computed_by == people[0]
        transit(CommissionRun, run.pk, "approve", actor=people[1], at=timezone.now())
        assert root

    @pytest.mark.parametrize(("month", "why"), [("2999-01", "ahead"), ("March", "no month")])
    def test_refuses_nonsense(self, people: tuple[Staff, Staff], month: str, why: str) -> None:
        with pytest.raises(CommandError, match=why):
            call_command("run_pairs", month=month, who=people[0].username)
        with pytest.raises(CommandError, match="no active colleague"):
            call_command("run_pairs", month="2026-01", who="nobody")
