"""What always holds of the stock and of instalments, as queries for the rows that break it.

:source: docs/policies/invariants.md
"""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from domain.common.integrity import Breach

# The reserved are those of confirmed bookings, and both figures are the sums of their moves.
STOCK = """
SELECT 'vehicle ' || s.sku, 'reserved ' || s.reserved || ' of ' || s.on_hand || ', '
       || coalesce(b.waiting, 0) || ' bookings hold one, moves say ' || coalesce(m.reserved, 0)
       || ' of ' || coalesce(m.on_hand, 0)
FROM domain_vehiclestock s
LEFT JOIN (SELECT vehicle_sku, count(*) AS waiting FROM domain_booking
           WHERE line = 'vehicle' AND state IN ('active', 'completed') GROUP BY 1) b
       ON b.vehicle_sku = s.sku
LEFT JOIN (SELECT stock_id, sum(on_hand_change) AS on_hand, sum(reserved_change) AS reserved
           FROM domain_stockmove GROUP BY 1) m ON m.stock_id = s.id
WHERE s.reserved > s.on_hand OR s.reserved <> coalesce(b.waiting, 0)
   OR s.reserved <> coalesce(m.reserved, 0) OR s.on_hand <> coalesce(m.on_hand, 0)
"""
# What is open of the plan is what is due of the booking, but for the booking amount. What is due
# is read from the accounts here, while the plan is filled by what the entries say.
FILLED = """
WITH asked AS (
    SELECT booking_id, sum(amount_cents - waived_cents) AS financed,
           sum(amount_cents - waived_cents - paid_cents) AS open
    FROM domain_instalment GROUP BY 1
), held AS (
    SELECT a.booking_id, a.code, coalesce(sum(
        CASE WHEN t.debit_id = a.id THEN t.amount_cents ELSE -t.amount_cents END), 0) AS owed
    FROM domain_account a JOIN domain_transfer t ON t.debit_id = a.id OR t.credit_id = a.id
    WHERE a.code IN ('1200', '2300') AND a.booking_id IN (SELECT booking_id FROM asked)
    GROUP BY 1, 2
), due AS (
    SELECT b.id, b.number, greatest(CASE WHEN b.state = 'delivered' THEN coalesce(r.owed, 0)
                                    ELSE b.total_cents + coalesce(h.owed, 0) END, 0) AS cents
    FROM domain_booking b
    LEFT JOIN held r ON r.booking_id = b.id AND r.code = '1200'
    LEFT JOIN held h ON h.booking_id = b.id AND h.code = '2300'
    WHERE b.state IN ('pending', 'active', 'completed', 'delivered')
)
SELECT 'booking ' || d.number, 'instalments of ' || a.open || ' are open, and ' || d.cents
       || ' is due'
FROM due d JOIN asked a ON a.booking_id = d.id
WHERE a.open <> least(a.financed, d.cents)
"""
IN_ORDER = """
SELECT 'instalment ' || i.id, 'has money while instalment ' || e.number || ' before it is open'
FROM domain_instalment i
JOIN domain_instalment e ON e.booking_id = i.booking_id AND e.number < i.number
WHERE i.paid_cents > 0 AND e.amount_cents > e.paid_cents + e.waived_cents
"""
PAST_THEIR_AMOUNT = """
SELECT 'instalment ' || id, 'amount ' || amount_cents || ', paid ' || paid_cents || ', waived '
       || waived_cents
FROM domain_instalment WHERE amount_cents < paid_cents + waived_cents OR paid_cents < 0
UNION ALL
SELECT 'waiver ' || id, 'asked for and approved by the same person'
FROM domain_instalmentwaiver WHERE requested_by_id = decided_by_id
"""


def stock_breaches() -> Iterator[Breach]:
    yield from _found("V1", STOCK)


def instalment_breaches() -> Iterator[Breach]:
    for sql in (PAST_THEIR_AMOUNT, IN_ORDER, FILLED):
        yield from _found("V2", sql)


def _found(number: str, sql: str) -> Iterator[Breach]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        for subject, sentence in cursor.fetchall():
            yield Breach(number, subject, sentence)
