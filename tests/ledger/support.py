"""Books to post to: a day, a robot, common legs, and who owns accounts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from threading import Barrier
from typing import Any

from django.db import connection

from domain.bookings.models import Booking
from domain.common.actors import System
from domain.customers.models import Customer, GuestCheckout
from domain.ledger.models import Account, Entry
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg

TODAY = date(2026, 6, 10)
NOON = datetime(2026, 6, 10, 16, tzinfo=UTC)
ROBOT = System("test")
numbers = count(1)

BANK, GATEWAY, REFERRAL, UNAPPLIED = (AccountRef(code) for code in ("1000", "1010", "5000", "2310"))


def post_legs(key: str, *legs: Leg, **named: Any) -> Entry:
    """Post in dollars, today, by nobody in particular, unless told otherwise."""
    settled: dict[str, Any] = {
        "event": "test",
        "currency": "USD",
        "effective_on": TODAY,
        "actor": ROBOT,
        "at": NOON,
    }
    return post(key=key, legs=legs, **(settled | named))


def receipt(key: str, amount_cents: int = 10_000, **named: Any) -> Entry:
    return post_legs(key, Leg(GATEWAY, UNAPPLIED, amount_cents), **named)


def days_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def new_booking() -> Booking:
    number = next(numbers)
    guest = GuestCheckout.objects.create(
        first_name="Ada", last_name="Lovelace", email=f"ada{number}@example.com", created_at=NOON
    )
    return Booking.objects.create(
        number=f"TT-9{number:05}",
        service_type="mini_move",
        currency="USD",
        total_cents=172_500,
        guest=guest,
        access_nonce="n",
        created_at=NOON,
        priced_at=NOON,
        pickup_date=TODAY,
    )


def new_member() -> Customer:
    return Customer.objects.create(first_name="Grace", last_name="Hopper", created_at=NOON)


def wallet(member: Customer, code: str = "2000") -> AccountRef:
    return AccountRef(code, customer_id=member.pk)


def stored(ref: AccountRef) -> int:
    return Account.objects.get(
        code=ref.code, booking_id=ref.booking_id, customer_id=ref.customer_id, currency="USD"
    ).balance_cents


@contextmanager
def triggers_off() -> Iterator[None]:
    """As somebody with the keys of the database could work."""
    with connection.cursor() as cursor:
        # Checks that wait for the end of the transaction have to pass first.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET session_replication_role = replica")
        yield
        cursor.execute("SET session_replication_role = default")


def execute(sql: str, values: Sequence[object] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)


def at_once[T](count: int, call: Callable[[int], T]) -> list[T]:
    """Call from so many threads at the same moment; what one raises, this raises."""
    barrier = Barrier(count)

    def run(number: int) -> T:
        barrier.wait()
        try:
            return call(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))
