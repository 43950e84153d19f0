"""Releasing an EMI reserve: asked for on the wallet, decided by somebody else."""

from __future__ import annotations

from django.urls import reverse

from domain.flows.reserve import request_release
from domain.network.earning.models import ReserveRelease
from domain.network.earning.queries.wallets import balances_of
from domain.network.models import Member
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.backoffice.network.test_members import SENT, take
from tests.backoffice.support import Company, browser
from tests.backoffice.wallets.test_wallets import give, page
from tests.network.earners import by_hand
from tests.network.factory import NOON, new_member


def step(release: ReserveRelease, name: str) -> str:
    return reverse(f"admin:domain_reserverelease_step_{name}", args=[release.pk])


def asked(member: Member, by: Staff, cents: int = 150_00) -> ReserveRelease:
    return request_release(
        member_id=member.pk, amount_cents=cents, reason="moves abroad", actor=by, at=NOON
    )


def test_is_asked_for_on_the_wallet_and_released_by_another(company: Company) -> None:
    member = new_member()
    give(member, "2010", 200_00)
    dialog = reverse("admin:domain_member_release_reserve", args=[member.pk])
    assert dialog in page(member)
    finance, manager = browser(company.finance), browser(company.manager)
    finance.post(dialog, {**SENT, "amount": "150", "reason": "moves abroad"})
    release = ReserveRelease.objects.get()
    assert "waits for a second person" in page(member)
    home = manager.get(reverse("admin:index")).content.decode()
    assert "Reserves to release" in home
    told = take(manager, step(release, "release"))
    assert "₹150.00" in told
    assert balances_of(member.pk)["2000"] == 150_00
    shown = manager.get(reverse("admin:domain_reserverelease_change", args=[release.pk]))
    assert "in the books" in shown.content.decode()


def test_says_why_not(company: Company) -> None:
    member = new_member()
    give(member, "2010", 200_00)
    release = asked(member, company.finance)
    why = reverse("admin:domain_reserverelease_why_not", args=[release.pk, "release"])
    finance, manager = browser(company.finance), browser(company.manager)
    assert "somebody else has to approve it" in finance.get(why).content.decode()
    request = reverse("admin:domain_member_release_reserve", args=[member.pk])
    assert "waits for approval" in finance.get(request).content.decode()
    by_hand(member, "2010", "2310", 100_00, event="emi_reserve.applied")
    assert "Only ₹100.00 is left" in manager.get(why).content.decode()


def test_an_empty_reserve_has_nothing_to_release(company: Company) -> None:
    member = new_member()
    dialog = reverse("admin:domain_member_release_reserve", args=[member.pk])
    assert "The reserve is empty" in browser(company.finance).get(dialog).content.decode()
    assert browser(company[Role.CUSTOMER_SERVICE]).get(dialog).status_code == 403
