"""Members and their buying, made through the operations that make them in life."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from itertools import count

from django.db import connection

from domain.bookings.models import Booking
from domain.common.actors import System
from domain.common.settings.definitions import DEFINITIONS, Kind
from domain.common.settings.models import DatedSetting
from domain.customers.models import Customer
from domain.network.models import Member, Node
from domain.network.operations.members import enrol
from domain.network.operations.placement import Placement, place_member
from domain.staff.models import Staff

# Noon in Kolkata, on a Monday.
NOON = datetime(2027, 3, 1, 6, 30, tzinfo=UTC)
ENROLLER = System("joining")
numbers = count(1)


def new_customer(name: str = "", **values: str) -> Customer:
    number = next(numbers)
    told = {
        "first_name": name or f"Member{number}",
        "last_name": "Rao",
        "email": f"member{number}@example.com",
        "phone": f"+9198{number:08d}",
    } | values
    return Customer.objects.create(**told, created_at=NOON)


def new_member(
    sponsor: Member | None = None, name: str = "", *, at: datetime = NOON, **values: str
) -> Member:
    customer = new_customer(name, **values)
    sponsor_id = sponsor.pk if sponsor else None
    return enrol(customer_id=customer.pk, sponsor_id=sponsor_id, actor=ENROLLER, at=at)


def placed(
    sponsor: Member | None = None, side: str = "", name: str = "", *, at: datetime = NOON
) -> Member:
    """A member with a place; without a sponsor, the root of a tree."""
    member = new_member(sponsor, name, at=at)
    return put(member, side, at=at).member


def put(member: Member, side: str = "", *, at: datetime = NOON) -> Placement:
    return place_member(member_id=member.pk, side=side, actor=ENROLLER, at=at)


def decide(name: str, value: str | int, *, at: datetime, by: Staff, approver: Staff) -> None:
    """Put a business setting in force as two people would."""
    definition = DEFINITIONS[name]
    is_choice = definition.kind == Kind.CHOICE
    number = definition.choices.index(str(value)) if is_choice else int(value)
    from domain.common.settings.operations import approve_setting, propose_setting

    row = propose_setting(name=name, value=number, valid_from=at, reason="test", actor=by, at=at)
    approve_setting(setting_id=row.pk, actor=approver, at=at)
    assert DatedSetting.objects.filter(name=name, state="approved").exists()


def node(member: Member) -> Node:
    return Node.objects.get(pk=member.pk)


def tree_of(members: Iterable[Member]) -> dict[str, str]:
    """Each member's first name with the path of their place."""
    found = Node.objects.filter(pk__in=[each.pk for each in members])
    return dict(found.values_list("member__customer__first_name", "path"))


def recount(tree: int) -> Mapping[int, tuple[int, int]]:
    """Members left and right below each node, counted one by one from the paths."""
    rows = list(Node.objects.filter(tree=tree).values_list("pk", "path"))
    by_path = {path: pk for pk, path in rows}
    legs = {pk: [0, 0] for pk, _ in rows}
    for _, path in rows:
        for length in range(len(path)):
            legs[by_path[path[:length]]][int(path[length])] += 1
    return {pk: (left, right) for pk, (left, right) in legs.items()}


def vehicle_booking(customer: Customer, *, state: str = "pending", at: datetime = NOON) -> Booking:
    """A booking of a vehicle as its table holds it."""
    number = next(numbers)
    return Booking.objects.create(
        number=f"EV{number:08d}",
        line="vehicle",
        service_type="vehicle",
        currency="INR",
        total_cents=1_20_000_00,
        customer=customer,
        access_nonce="0" * 32,
        created_at=at,
        priced_at=at,
        state=state,
    )


def run_sql(sql: str, *values: object) -> None:
    """Change rows behind the back of every trigger."""
    with connection.cursor() as cursor:
        # What waits for the commit is asked now: it would find what comes next broken.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(sql, list(values))
        cursor.execute("SET session_replication_role = default")
