"""What moved on account codes, read from each side's own index."""

from __future__ import annotations

# Each leg as its account sees it: debits count up. Asks for ``codes``, ``currency``, ``since``
# and ``until``.
LEGS = """
legs AS (
    SELECT id, entry_id, effective_on, debit_code AS code, amount_cents AS cents
    FROM domain_transfer
    WHERE debit_code = ANY(%(codes)s) AND currency = %(currency)s
      AND effective_on BETWEEN %(since)s AND %(until)s
    UNION ALL
    SELECT id, entry_id, effective_on, credit_code, -amount_cents
    FROM domain_transfer
    WHERE credit_code = ANY(%(codes)s) AND currency = %(currency)s
      AND effective_on BETWEEN %(since)s AND %(until)s
)
"""
