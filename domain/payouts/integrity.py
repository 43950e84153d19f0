"""What is always true of payouts, their batches and the register of tax.

:source: docs/policies/invariants.md
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import groupby

from django.db import connection

from domain.common.integrity import Breach
from domain.payouts.models import TaxRecord
from domain.payouts.queries.bases import tax_rules
from domain.payouts.rules.tax import Certificate, YearSoFar, assess

CHECKS = {
    "M19": """
        WITH held AS (
            SELECT hold_account_id AS account, sum(CASE WHEN state = 'requested'
                   THEN amount_cents ELSE bank_cents END) AS cents
            FROM domain_payout WHERE state = 'requested' OR (state = 'failed' AND bank_part_held)
            GROUP BY 1
        )
        SELECT 'hold account ' || a.id, 'holds ' || a.balance_cents || ', its payouts say '
               || coalesce(h.cents, 0)
        FROM domain_account a LEFT JOIN held h ON h.account = a.id
        WHERE a.code = '2020' AND a.balance_cents <> coalesce(h.cents, 0)
        UNION ALL
        SELECT 'payout ' || id, 'the gross is not the sum of its parts' FROM domain_payout
        WHERE approved_at IS NOT NULL AND amount_cents <> tds_cents + emi_cents + bank_cents
        UNION ALL
        SELECT 'payout ' || id, 'asked for and approved by the same person' FROM domain_payout
        WHERE approved_by_id = requested_by_id OR first_approved_by_id = approved_by_id
        """,
    "M20": """
        SELECT 'payout ' || p.id, 'has ' || p.tds_cents || ' withheld of ' || p.taxable_cents
               || ', the register says ' || coalesce(r.tds::text, 'nothing')
        FROM domain_payout p
        LEFT JOIN (SELECT payout_id, sum(tds_cents) AS tds, sum(base_cents) AS base
                   FROM domain_taxrecord GROUP BY 1) r ON r.payout_id = p.id
        WHERE p.approved_at IS NOT NULL AND (
            r.tds IS NULL
            OR r.tds <> CASE WHEN p.taken_back_at IS NULL THEN p.tds_cents ELSE 0 END
            OR r.base <> CASE WHEN p.taken_back_at IS NULL THEN p.taxable_cents ELSE 0 END)
        """,
    "Y7": """
        WITH withheld AS (
            SELECT e.key AS source, b.sponsor_id AS member, t.credit_code, t.amount_cents
            FROM domain_referralbonus b
            JOIN domain_entry e ON e.source_type = 'bonus' AND e.source_id = b.id
            JOIN domain_transfer t ON t.entry_id = e.id
            UNION ALL
            SELECT e.key, p.member_id, t.credit_code, t.amount_cents
            FROM domain_pairreturn x JOIN domain_pair p ON p.id = x.pair_id AND x.sign > 0
            JOIN domain_entry e ON e.source_type = 'pairreturn' AND e.source_id = x.id
            JOIN domain_transfer t ON t.entry_id = e.id
            UNION ALL
            SELECT 'run:' || r.run_id, r.member_id, t.credit_code, t.amount_cents
            FROM domain_runmember r JOIN domain_entry e
              ON r.new_pairs > 0 AND e.source_type = 'commissionrun'
             AND regexp_replace(e.key, '^recoverable:', '')
                 = 'pair:' || r.member_id || ':' || r.matched_before + 1
            JOIN domain_transfer t ON t.entry_id = e.id AND t.debit_code = '5010'
        ), ledger AS (
            SELECT member, regexp_replace(source, '^recoverable:', '') AS source,
                   sum(amount_cents) AS base,
                   coalesce(sum(amount_cents) FILTER (WHERE credit_code = '2100'), 0) AS tds
            FROM withheld GROUP BY 1, 2
        ), register AS (
            SELECT member_id AS member, source, sum(base_cents) AS base, sum(tds_cents) AS tds
            FROM domain_taxrecord
            WHERE payout_id IS NULL AND reverses_id IS NULL AND source !~ ':[0-9]+:[0-9]+$'
            GROUP BY 1, 2
        )
        SELECT 'credit ' || source || ' of member ' || member, 'has ' || coalesce(r.tds::text, 'no')
               || ' tax of ' || coalesce(r.base, 0) || ' in the register, ' || coalesce(l.tds, 0)
               || ' of ' || coalesce(l.base, 0) || ' in the books'
        FROM ledger l FULL JOIN register r USING (member, source)
        WHERE (r.member IS NULL AND l.tds > 0)
           OR (r.member IS NOT NULL
               AND (r.tds, r.base) <> (coalesce(l.tds, 0), coalesce(l.base, 0)))
        """,
    "M21": """
        SELECT 'payout ' || p.id, 'fills ' || p.emi_cents || ' of instalments, its payments say '
               || coalesce(e.cents, 0)
        FROM domain_payout p
        LEFT JOIN (SELECT split_part(idempotency_key, ':', 2)::bigint AS payout,
                          sum(amount_cents) AS cents
                   FROM domain_payment WHERE method = 'payout' AND state = 'succeeded'
                   GROUP BY 1) e ON e.payout = p.id
        WHERE p.approved_at IS NOT NULL AND coalesce(e.cents, 0)
              <> CASE WHEN p.taken_back_at IS NULL THEN p.emi_cents ELSE 0 END
        """,
    "M22": """
        SELECT 'payout ' || payout_id, 'is in ' || count(*) || ' live batches'
        FROM domain_payoutbatchitem WHERE live GROUP BY payout_id HAVING count(*) > 1
        UNION ALL
        SELECT 'bank reference ' || utr, 'stands on ' || count(*) || ' payouts'
        FROM domain_payout WHERE utr IS NOT NULL GROUP BY utr HAVING count(*) > 1
        UNION ALL
        SELECT 'payout batch ' || id, 'its file is not the one that was hashed'
        FROM domain_payoutbatch WHERE file IS NOT NULL AND encode(sha256(file), 'hex') <> sha256
        UNION ALL
        SELECT 'payout batch ' || b.id, 'its file says ' || b.total_cents || ', its lines '
               || coalesce(i.cents, 0)
        FROM domain_payoutbatch b
        LEFT JOIN (SELECT batch_id, sum(bank_cents) AS cents FROM domain_payoutbatchitem
                   GROUP BY 1) i ON i.batch_id = b.id
        WHERE b.total_cents <> coalesce(i.cents, 0)
        UNION ALL
        SELECT 'payout ' || p.id, 'is at the bank without a live line of a released batch'
        FROM domain_payout p WHERE p.state IN ('processing', 'unknown') AND NOT EXISTS (
            SELECT 1 FROM domain_payoutbatchitem i JOIN domain_payoutbatch b ON b.id = i.batch_id
            WHERE i.payout_id = p.id AND i.live AND b.state IN ('released', 'closed'))
        """,
    "2030": """
        WITH ledger AS (
            SELECT coalesce(sum(CASE WHEN credit_code = '2030' THEN amount_cents
                                     ELSE -amount_cents END), 0) AS cents
            FROM domain_transfer WHERE debit_code = '2030' OR credit_code = '2030'
        ), payouts AS (
            SELECT coalesce(sum(bank_cents), 0) AS cents FROM domain_payout
            WHERE state IN ('approved', 'processing', 'unknown')
        )
        SELECT 'account 2030', 'holds ' || ledger.cents || ', payouts in transit are '
               || payouts.cents
        FROM ledger, payouts WHERE ledger.cents <> payouts.cents
        """,
    "2100": """
        WITH ledger AS (
            SELECT extract(year FROM t.effective_on - interval '3 months')::int AS year,
                   extract(quarter FROM t.effective_on - interval '3 months')::int AS number,
                   sum(CASE WHEN t.credit_code = '2100' THEN t.amount_cents
                            ELSE -t.amount_cents END) AS cents
            FROM domain_transfer t JOIN domain_entry e ON e.id = t.entry_id
            WHERE (t.debit_code = '2100' OR t.credit_code = '2100') AND e.event <> 'tds.deposited'
            GROUP BY 1, 2
        ), register AS (
            SELECT year, quarter AS number, sum(tds_cents) AS cents
            FROM domain_taxrecord GROUP BY 1, 2
        )
        SELECT 'quarter ' || number || ' of ' || year, 'the register has '
               || coalesce(r.cents, 0) || ', account 2100 ' || coalesce(l.cents, 0)
        FROM ledger l FULL JOIN register r USING (year, number)
        WHERE coalesce(r.cents, 0) <> coalesce(l.cents, 0)
        """,
    "Y10": """
        SELECT 'tax record ' || id, 'is in quarter ' || quarter || ' of ' || year
               || ', its day is ' || deducted_on
        FROM domain_taxrecord
        WHERE year <> extract(year FROM deducted_on - interval '3 months')
           OR quarter <> extract(quarter FROM deducted_on - interval '3 months')
        UNION ALL
        SELECT 'challan ' || c.id, 'deposits ' || c.tds_cents || ', its deductions are '
               || coalesce(a.cents, 0)
        FROM domain_challan c
        LEFT JOIN (SELECT x.challan_id, sum(r.tds_cents) AS cents
                   FROM domain_challanallocation x JOIN domain_taxrecord r ON r.id = x.record_id
                   GROUP BY 1) a ON a.challan_id = c.id
        WHERE c.tds_cents <> coalesce(a.cents, 0)
        """,
}


def payout_breaches() -> Iterator[Breach]:
    for check, sql in CHECKS.items():
        with connection.cursor() as cursor:
            cursor.execute(sql)
            for subject, sentence in cursor.fetchall():
                yield Breach(check, subject, sentence)
    yield from replay_breaches()


def replay_breaches() -> Iterator[Breach]:
    """Work every deduction out again, from the year before it and the rules it was made by."""
    rows = TaxRecord.objects.select_related("certificate").order_by("member_id", "year", "pk")
    for (member, year), records in groupby(rows.iterator(), lambda r: (r.member_id, r.year)):
        before = _Year()
        for _, group in groupby(records, lambda r: (r.payout_id, r.source, r.reverses_id is None)):
            parts = list(group)
            if parts[0].reverses_id is None and (why := _differs(parts, before)):
                yield Breach("M20", f"member {member}, tax year {year}", why)
            before.add(parts)


class _Year:
    """A member's tax year as far as it was replayed."""

    def __init__(self) -> None:
        self.paid = self.tds = 0
        self.liable = Counter[int]()

    def add(self, parts: list[TaxRecord]) -> None:
        for part in parts:
            self.paid += part.base_cents
            self.tds += part.tds_cents
            self.liable[part.rate_bps] += part.liable_cents

    def so_far(self) -> YearSoFar:
        return YearSoFar(self.paid, sum(self.liable.values()), self.tds, dict(self.liable))


def _differs(parts: list[TaxRecord], before: _Year) -> str:
    year, first = before.so_far(), parts[0]
    if (first.prior_cents, first.prior_liable_cents) != (year.paid_cents, year.liable_cents):
        return f"record {first.pk} says {first.prior_cents} came before, the rows {before.paid}"
    lower = next((part for part in parts if part.certificate is not None), None)
    certificate = None
    if lower is not None and lower.certificate is not None:
        number, rate = lower.certificate.number, lower.certificate.rate_bps
        certificate = Certificate(number, rate, lower.liable_cents)
    base = sum(part.base_cents for part in parts)
    tax = assess(base, tax_rules(first.rules), year, pan=first.pan_status, certificate=certificate)
    kept = (sum(part.tds_cents for part in parts), sum(part.liable_cents for part in parts))
    short = sum(part.shortfall_cents for part in parts)
    if first.payout_id is None and kept[0] + short == tax.tds_cents + tax.shortfall_cents:
        # What of a credit settled a debt bears none: how much that was, the credit says.
        return "" if kept[1] == tax.liable_cents else f"record {first.pk} taxes {kept[1]}"
    if kept != (tax.tds_cents, tax.liable_cents):
        return f"record {first.pk} withholds {kept[0]} of {kept[1]}, its rules {tax.tds_cents}"
    return ""
