"""The worked cases of placement and Active Buyers."""

from __future__ import annotations

import pytest

from domain.network.models import Node
from domain.network.rules.buying import Bought, is_active_buyer, net_paid_cents
from tests.network.factory import new_member, placed, put
from tests.vectors import Case, network_cases

THRESHOLD = 500_000


@pytest.mark.django_db
@pytest.mark.parametrize("case", network_cases("placement"), ids=lambda case: case.id)
def test_placement(case: Case) -> None:
    members = {"ROOT": placed(name="ROOT")}
    for name, sponsor, side in case.input["seq"]:
        members[name] = new_member(members[sponsor], name)
        put(members[name], side)
    names = {member.pk: name for name, member in members.items()}
    sides = str.maketrans("01", "LR")
    found = [
        {
            "member": names[node.pk],
            "parent": names[node.parent_id or 0],
            "side": node.side,
            "path": node.path.translate(sides),
        }
        for node in Node.objects.exclude(parent=None)
    ]
    assert sorted(found, key=str) == sorted(case.expected, key=str)


@pytest.mark.parametrize("case", network_cases("active_buyer"), ids=lambda case: case.id)
def test_active_buyer(case: Case) -> None:
    bought = [
        Bought(each["paid"], each["refunded"], each["state"].lower())
        for each in case.input["bookings"]
    ]
    net = net_paid_cents(bought)
    assert {"net_paid": net, "active": is_active_buyer(net, THRESHOLD)} == case.expected
