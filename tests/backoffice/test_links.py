"""A page that would be refused is not linked to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from backoffice.access import answering
from backoffice.report_rows import booking_link, member_link
from backoffice.reports import rows_url
from domain.network.models import Member
from domain.staff.models import Staff
from domain.staff.roles import Role

LINE = Template("{% load backoffice %}{% link member %}Asha & Co{% endlink %}")


@pytest.mark.parametrize(
    ("who", "shown"),
    [
        (Role.FINANCE_MANAGER, '<a class="bo-link" href="/admin/domain/member/7/change/">{}</a>'),
        (Role.ADMIN, "{}"),
    ],
)
def test_only_who_may_open_it_gets_a_link(
    role: Callable[..., Staff], rf: RequestFactory, who: Role, shown: str
) -> None:
    request = rf.get("/admin/")
    request.user = role(who)
    with answering(request):
        line = LINE.render(Context({"member": Member(pk=7)}))
    assert line == shown.format("Asha & Co")


def test_figures_are_no_doors_for_who_may_not_see_whose_they_are(
    role: Callable[..., Staff], rf: RequestFactory
) -> None:
    request = rf.get("/admin/reports/wallets/")
    request.user = role(Role.ADMIN)
    assert rows_url("wallets", code="2000") == "/admin/reports/rows/wallets/?code=2000"
    with answering(request):
        assert rows_url("wallets", code="2000") == ""
        assert member_link(7, "Asha").url == ""
        assert booking_link(7, "EV1").url == "/admin/domain/booking/7/change/"
