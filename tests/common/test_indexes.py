"""What each write pays for: no index that another one, or nobody, does without."""

from __future__ import annotations

import pytest
from django.db import connection

from domain.payments.models import Payment

pytestmark = pytest.mark.django_db

# Of one kind, on the same rows, with the same words for order, and the beginning of the other.
BEGINS_ANOTHER = """
SELECT a.indexrelid::regclass::text, b.indexrelid::regclass::text
FROM pg_index a JOIN pg_index b ON b.indrelid = a.indrelid AND b.indexrelid <> a.indexrelid
JOIN pg_class x ON x.oid = a.indexrelid JOIN pg_class y ON y.oid = b.indexrelid
WHERE a.indrelid::regclass::text LIKE 'domain\\_%' AND NOT a.indisunique AND x.relam = y.relam
  AND a.indexprs IS NULL AND b.indexprs IS NULL
  AND pg_get_expr(a.indpred, a.indrelid) IS NOT DISTINCT FROM pg_get_expr(b.indpred, b.indrelid)
  AND b.indkey::text || ' ' LIKE a.indkey::text || ' %'
  AND b.indclass::text || ' ' LIKE a.indclass::text || ' %'
"""
# Made beside a column that is unique by itself, for patterns that nobody asks for.
FOR_PATTERNS = """
SELECT indexrelid::regclass::text FROM pg_index
WHERE indrelid::regclass::text LIKE 'domain\\_%' AND indexrelid::regclass::text LIKE '%\\_like'
"""
# Django's own tables of its own fields.
NOT_OURS = ("domain_staff_groups", "domain_staff_user_permissions", "domain_staff_username")


@pytest.mark.parametrize("asked", [BEGINS_ANOTHER, FOR_PATTERNS])
def test_no_index_is_written_for_nothing(asked: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(asked)
        found = [row for row in cursor.fetchall() if not row[0].startswith(NOT_OURS)]
    assert found == []


def test_what_a_payout_paid_is_found_by_how_the_keys_begin() -> None:
    asked = Payment.objects.filter(idempotency_key__startswith="payout:5:")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = asked.explain()
    assert "payment_key_once" in plan
    assert "Index Cond" in plan
