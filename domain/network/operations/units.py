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

# What makes the unit of a row called ``placed``: the kind of source, and its keys.
SOURCES = {
    ACTIVE_BUYER: (
        BUYER_SOURCE,
        """SELECT p.id FROM domain_activebuyerperiod p
           WHERE p.member_id = placed.member_id AND p.ended_on IS NULL""",
    ),
    PLACEMENT: (PLACEMENT_SOURCE, "SELECT placed.member_id AS id"),
    EACH_BOOKING: (
        BOOKING_SOURCE,
        """SELECT b.id FROM domain_booking b WHERE b.customer_id = placed.member_id
           AND b.line = 'vehicle' AND b.state = ANY(%(confirmed)s) ORDER BY b.id""",
    ),
}
ADD = """
INSERT INTO domain_unitevent (node_id, sign, source_type, source_id, at)
SELECT placed.member_id, 1, %(source_type)s, s.id, %(at)s
FROM {placed} CROSS JOIN LATERAL ({source}) s WHERE {when}
ON CONFLICT DO NOTHING
"""
# A member counts once, whether as a buyer or by the place alone; the callers hold the member's
# row, so that two events of one member come one after the other.
NOT_COUNTED = """placed.member_id = %(member)s AND coalesce((
    SELECT sum(e.sign) FROM domain_unitevent e WHERE e.node_id = placed.member_id
    AND e.source_type IN ('active_buyer', 'placement')), 0) < 1"""
IS_THE_MEMBER = "placed.member_id = %(member)s"
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
    source_type, source = SOURCES[basis]
    when = IS_THE_MEMBER if basis == EACH_BOOKING else NOT_COUNTED
    sql = ADD.format(placed="domain_node placed", source=source, when=when)
    asked: dict[str, int | str | datetime | list[str]] = {"member": member_id, "at": at}
    asked |= {"source_type": source_type, "confirmed": list(CONFIRMED)}
    with connection.cursor() as cursor:
        cursor.execute(sql, asked)


def adding_units(basis: str) -> str:
    """The statement that adds the units of rows ``placed`` just now, to be part of another."""
    source_type, source = SOURCES[basis]
    return ADD.format(placed="placed", source=source, when="true").replace(
        "%(source_type)s", f"'{source_type}'"
    )


def reverse_unit(*, source_type: str, source_id: int, at: datetime) -> bool:
    """Take back the unit that a source once added; whether there was one."""
    with connection.cursor() as cursor:
        cursor.execute(REVERSE, {"source_type": source_type, "source_id": source_id, "at": at})
        return bool(cursor.rowcount > 0)
