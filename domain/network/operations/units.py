"""Units: what makes a member count for everybody above, and what takes that back.

:source: docs/policies/network.md, "Units"
"""

from __future__ import annotations

from datetime import datetime

from django.db import connection

from domain.common.settings.queries import choice_at
from domain.network.queries.members import CONFIRMED

ACTIVE_BUYER, PLACEMENT, EACH_BOOKING = "ACTIVE_BUYER", "PLACEMENT", "EACH_BOOKING"
BUYER_SOURCE, PLACEMENT_SOURCE, BOOKING_SOURCE = "active_buyer", "placement", "booking"

# A member counts once, whether as a buyer or by the place alone; the callers hold the member's
# row, so that two events of one member come one after the other.
ADD_ONCE = """
INSERT INTO domain_unitevent (node_id, sign, source_type, source_id, at)
SELECT n.member_id, 1, %(source_type)s, s.id, %(at)s
FROM domain_node n JOIN ({source}) s ON true
WHERE n.member_id = %(member)s AND coalesce((
    SELECT sum(e.sign) FROM domain_unitevent e WHERE e.node_id = n.member_id
    AND e.source_type IN ('active_buyer', 'placement')), 0) < 1
ON CONFLICT DO NOTHING
"""
OPEN_PERIOD = """SELECT p.id FROM domain_activebuyerperiod p
                 WHERE p.member_id = %(member)s AND p.ended_on IS NULL"""
ITS_PLACE = "SELECT %(member)s::bigint AS id"
ADD_BOOKINGS = """
INSERT INTO domain_unitevent (node_id, sign, source_type, source_id, at)
SELECT n.member_id, 1, 'booking', b.id, %(at)s
FROM domain_node n JOIN domain_booking b ON b.customer_id = n.member_id
WHERE n.member_id = %(member)s AND b.line = 'vehicle' AND b.state = ANY(%(confirmed)s)
ORDER BY b.id
ON CONFLICT DO NOTHING
"""
# Only what was added is taken back, once.
REVERSE = """
INSERT INTO domain_unitevent (node_id, sign, source_type, source_id, at)
SELECT e.node_id, -1, e.source_type, e.source_id, %(at)s FROM domain_unitevent e
WHERE e.source_type = %(source_type)s AND e.source_id = %(source_id)s AND e.sign = 1
ON CONFLICT DO NOTHING
"""


def add_units(*, member_id: int, at: datetime, basis: str = "") -> None:
    """Note the unit that a placed member has earned by the basis in force, unless it is there.

    The caller holds the member's row.
    """
    basis = basis or choice_at("pair.unit_basis", at)
    asked: dict[str, int | str | datetime | list[str]] = {"member": member_id, "at": at}
    with connection.cursor() as cursor:
        if basis == ACTIVE_BUYER:
            asked["source_type"] = BUYER_SOURCE
            cursor.execute(ADD_ONCE.format(source=OPEN_PERIOD), asked)
        elif basis == PLACEMENT:
            asked["source_type"] = PLACEMENT_SOURCE
            cursor.execute(ADD_ONCE.format(source=ITS_PLACE), asked)
        else:
            cursor.execute(ADD_BOOKINGS, asked | {"confirmed": list(CONFIRMED)})


def reverse_unit(*, source_type: str, source_id: int, at: datetime) -> bool:
    """Take back the unit that a source once added; whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute(REVERSE, {"source_type": source_type, "source_id": source_id, "at": at})
        return bool(cursor.rowcount > 0)
