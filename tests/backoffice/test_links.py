"""A page that would be refused is not linked to."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.template import Context, Template
from django.test import RequestFactory

from backoffice.access import answering
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
