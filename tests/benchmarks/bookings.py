"""P1: finding a booking among ten thousand and among a hundred thousand."""

from __future__ import annotations

import re
from collections.abc import Iterator

from django.contrib.auth.models import Group
from django.db import connection, reset_queries
from django.test import Client, override_settings
from django.urls import reverse
from psycopg import sql

from domain.bookings.models import Booking
from domain.staff.models import Staff
from tests.benchmarks.measure import Figure, milliseconds

SMALL, LARGE = 10_000, 100_000
FILL = """
WITH guests AS (
    INSERT INTO domain_guestcheckout (first_name, last_name, email, phone, created_at)
    SELECT (ARRAY['Amelia','Noah','Priya','Mateo','Grace','Hiro','Fatima','Oscar'])[1 + n %% 8],
           'Name' || (n %% 5000), 'guest' || n || '@example.com', '+1212' || lpad(n::text, 7, '0'),
           now() - n * interval '1 minute'
    FROM generate_series(%(after)s + 1, %(upto)s) n
    RETURNING id, first_name, last_name, email, phone, created_at
), numbered AS (
    SELECT *, nextval('domain_booking_number') AS number FROM guests
)
INSERT INTO domain_booking (number, version, line, service_type, currency, total_cents, guest_id,
    access_nonce, created_at, pickup_date, pickup_time, coi_required, special_instructions,
    asked_for, priced_at, internal_notes, state, search, {other_columns})
SELECT 'TT-' || lpad(number::text, 7, '0'), 1, 'delivery', 'mini_move', 'USD',
    50000 + (id %% 3000) * 100, id, md5(id::text), created_at, created_at::date + 20, 'morning',
    false, '', '{{}}', created_at, '',
    (ARRAY['pending','paid','in_transit','completed','cancelled','expired'])[1 + id %% 6],
    array_to_tsvector(ARRAY['tt' || lpad(number::text, 7, '0'), number::text, lower(first_name),
        lower(last_name), lower(split_part(email, '@', 1)), 'example', 'com',
        lower(replace(replace(email, '@', ''), '.', '')), substr(phone, 2)]), {other_values}
FROM numbered
"""
NAMED = set(re.findall(r"\w+", FILL))


def figures() -> Iterator[Figure]:
    client = signed_in()
    address = reverse("admin:domain_booking_changelist")
    timings: dict[int, dict[str, float]] = {SMALL: {}, LARGE: {}}
    # By turns, the best of each: what else the machine does comes in its own time.
    for size in (SMALL, LARGE) * 2:
        fill(size)
        for name, text in searches().items():
            spent = milliseconds(lambda text=text: look(client, address, text))  # type: ignore[misc]
            timings[size][name] = min(spent, timings[size].get(name, spent))
    for name, large in timings[LARGE].items():
        small = timings[SMALL][name]
        yield Figure(
            "P1",
            f"bookings list, {name}: 100 k bookings (limit: at 10 k)",
            "ms",
            large,
            None,
            small,
            "≤ 1.5 × at 10 k",
            large <= 1.5 * small,
            f"{queries(client, address, searches()[name])} queries",
        )


def searches() -> dict[str, str]:
    """Each shows as many rows at both sizes, so that the page to draw is the same."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT b.number, g.email FROM domain_booking b"
            " JOIN domain_guestcheckout g ON g.id = b.guest_id ORDER BY b.id LIMIT 1 OFFSET 5000"
        )
        number, email = cursor.fetchone()
    return {
        "plain": "",
        "search by number": number,
        "search by e-mail": email,
        "search by part of a name": "name1",
        "search by two words": "grace name1",
    }


def look(client: Client, address: str, text: str) -> None:
    answer = client.get(address, {"q": text} if text else {})
    assert answer.status_code == 200, answer.status_code


def queries(client: Client, address: str, text: str) -> int:
    with override_settings(DEBUG=True):
        reset_queries()
        look(client, address, text)
        return len(connection.queries)


def signed_in() -> Client:
    person, _ = Staff.objects.get_or_create(
        username="bench", defaults={"email": "bench@staff.example", "is_staff": True}
    )
    person.groups.set(Group.objects.filter(name="operations_manager"))
    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(person, backend="domain.staff.backends.NameOrEmailBackend")
    return client


def fill(bookings: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM domain_booking")
        there = int(cursor.fetchone()[0])
        if there > bookings:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute("TRUNCATE domain_booking, domain_guestcheckout CASCADE")
            cursor.execute("SET session_replication_role = default")
            there = 0
        if there < bookings:
            cursor.execute(filling(), {"after": there, "upto": bookings})
        cursor.execute("VACUUM ANALYZE domain_booking")
        cursor.execute("VACUUM ANALYZE domain_guestcheckout")


def filling() -> sql.Composed:
    """Columns that say nothing of a move get what the model gives them."""
    others = [
        field
        for field in Booking._meta.concrete_fields
        if not (field.null or field.primary_key or field.column in NAMED)
    ]
    return sql.SQL(FILL).format(
        other_columns=sql.SQL(", ").join(sql.Identifier(field.column) for field in others),
        other_values=sql.SQL(", ").join(sql.Literal(field.get_default()) for field in others),
    )
