"""Every invariant that spans areas, each as a query for the rows that break it.

:source: docs/policies/invariants.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from domain.bookings.integrity import instalment_breaches, stock_breaches
from domain.catalog.integrity import catalog_breaches
from domain.common.audit.replay import all_replay_breaches
from domain.common.audit.sealing import chain_breaches, detail_breaches
from domain.common.integrity import Breach
from domain.flows.identities import identity_breaches
from domain.ledger.integrity import ledger_breaches
from domain.network.earning.integrity import earning_breaches
from domain.network.integrity import network_breaches
from domain.payouts.integrity import payout_breaches


@dataclass(frozen=True, slots=True)
class Invariant:
    """``sql`` returns the subject and the sentence of each row that breaks it."""

    id: str
    name: str
    sql: str

    def breaches(self) -> Iterator[Breach]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql)
            for subject, sentence in cursor.fetchall():
                yield Breach(self.id, subject, sentence)


INVARIANTS = (
    Invariant(
        "M7",
        "Captured − refunded − lost disputes = the booking's cash in the ledger",
        """
        WITH cash AS (
            SELECT e.booking_id, sum(CASE WHEN d.code IN ('1000', '1010') THEN t.amount_cents
                                          ELSE 0 END)
                 - sum(CASE WHEN c.code IN ('1000', '1010') THEN t.amount_cents ELSE 0 END) AS held
            FROM domain_transfer t
            JOIN domain_entry e ON e.id = t.entry_id
            JOIN domain_account d ON d.id = t.debit_id
            JOIN domain_account c ON c.id = t.credit_id
            WHERE e.booking_id IS NOT NULL AND e.event <> 'fee.stripe'
              AND NOT (d.code IN ('1000', '1010') AND c.code IN ('1000', '1010'))
            GROUP BY 1
        ), facts AS (
            SELECT b.id, b.number,
                coalesce((SELECT sum(captured_cents) FROM domain_payment p
                          WHERE p.booking_id = b.id
                            AND p.method IN ('stripe', 'bank_transfer', 'cash')), 0)
              - coalesce((SELECT sum(amount_cents) FROM domain_refund r
                          WHERE r.booking_id = b.id AND r.state = 'completed'), 0)
              - coalesce((SELECT sum(amount_cents) FROM domain_dispute x
                          WHERE x.booking_id = b.id AND x.state = 'lost'), 0) AS net
            FROM domain_booking b
        )
        SELECT 'booking ' || f.number, 'payments say ' || f.net || ', the ledger says '
               || coalesce(c.held, 0)
        FROM facts f LEFT JOIN cash c ON c.booking_id = f.id
        WHERE f.net <> coalesce(c.held, 0)
        """,
    ),
    Invariant(
        "M8",
        "Live refunds are what is reserved, and never above what was captured",
        """
        SELECT 'payment ' || p.id, 'reserved ' || p.reserved_cents || ', live refunds '
               || coalesce(r.live, 0) || ', captured ' || p.captured_cents
        FROM domain_payment p
        LEFT JOIN (
            SELECT payment_id, sum(amount_cents) AS live FROM domain_refund
            WHERE state IN ('requested', 'approved', 'processing', 'unknown', 'completed')
            GROUP BY 1) r ON r.payment_id = p.id
        WHERE coalesce(r.live, 0) <> p.reserved_cents OR p.reserved_cents > p.captured_cents
        """,
    ),
    Invariant(
        "M9",
        "The approver is not the requester",
        """
        SELECT 'refund ' || id, 'requested and approved by the same person' FROM domain_refund
        WHERE requested_by_id = approved_by_id
        UNION ALL
        SELECT 'payment ' || id, 'recorded and approved by the same person' FROM domain_payment
        WHERE requested_by_id = approved_by_id
        UNION ALL
        SELECT 'refund ' || id, 'approved by nobody' FROM domain_refund
        WHERE origin <> 'external' AND approved_by_id IS NULL
          AND state IN ('approved', 'processing', 'completed', 'unknown')
        """,
    ),
    Invariant(
        "M10",
        "One Stripe object per attempt",
        """
        SELECT 'intent ' || intent_id, 'stands on ' || count(*) || ' payments'
        FROM domain_payment WHERE intent_id IS NOT NULL GROUP BY intent_id HAVING count(*) > 1
        UNION ALL
        SELECT 'refund ' || stripe_refund_id, 'stands on ' || count(*) || ' refunds'
        FROM domain_refund WHERE stripe_refund_id IS NOT NULL
        GROUP BY stripe_refund_id HAVING count(*) > 1
        """,
    ),
    Invariant(
        "M12",
        "Each event is applied or ignored with a reason; none waits over 15 minutes",
        """
        SELECT 'event ' || stripe_id, 'received ' || received_at || ' and still waiting'
        FROM domain_webhookevent
        WHERE state = 'received' AND received_at < now() - interval '15 minutes'
        UNION ALL
        SELECT 'event ' || stripe_id, 'ended without a reason' FROM domain_webhookevent
        WHERE state IN ('ignored', 'dead') AND outcome = ''
        """,
    ),
    Invariant(
        "M14",
        "A booking's total is the sum of its lines",
        """
        SELECT 'booking ' || b.number, 'total ' || b.total_cents || ', lines '
               || coalesce(l.total, 0)
        FROM domain_booking b
        LEFT JOIN (SELECT booking_id, sum(amount_cents) AS total FROM domain_bookingline
                   GROUP BY 1) l ON l.booking_id = b.id
        WHERE b.total_cents <> coalesce(l.total, 0)
        """,
    ),
    Invariant(
        "M16",
        "Money beyond what is due has exactly one case",
        """
        SELECT 'entry ' || e.key, 'unapplied money without a case'
        FROM domain_entry e
        WHERE e.event = 'payment.surplus' AND NOT EXISTS (
            SELECT 1 FROM domain_moneycase c
            WHERE c.payment_id = e.source_id AND c.kind IN ('late', 'surplus'))
        """,
    ),
    Invariant(
        "M17",
        "A refund's parts add up to it and take no more than their line",
        """
        SELECT 'line ' || l.id, 'amount ' || l.amount_cents || ', refunded ' || sum(p.amount_cents)
        FROM domain_refundpart p
        JOIN domain_refund r ON r.id = p.refund_id
         AND r.state IN ('requested', 'approved', 'processing', 'unknown', 'completed')
        JOIN domain_bookingline l ON l.id = p.line_id
        GROUP BY l.id, l.amount_cents HAVING sum(p.amount_cents) > l.amount_cents
        UNION ALL
        SELECT 'refund ' || r.id, 'amount ' || r.amount_cents || ', parts ' || sum(p.amount_cents)
        FROM domain_refund r JOIN domain_refundpart p ON p.refund_id = r.id
        WHERE r.case_id IS NULL AND r.origin <> 'external'
        GROUP BY r.id, r.amount_cents HAVING sum(p.amount_cents) <> r.amount_cents
        """,
    ),
    Invariant(
        "S4",
        "Whoever took a step is named, with a role",
        """
        SELECT 'audit entry ' || id, 'no role' FROM domain_auditentry WHERE role = ''
        UNION ALL
        SELECT 'audit entry ' || id, 'no actor' FROM domain_auditentry
        WHERE actor_id IS NULL AND system = ''
        """,
    ),
    Invariant(
        "X8",
        "One person is either staff or customer",
        """
        SELECT 'customer ' || c.id, 'shares an e-mail address with staff ' || s.id
        FROM domain_customer c JOIN domain_staff s ON lower(s.email) = lower(c.email)
        WHERE c.email <> ''
        """,
    ),
    Invariant(
        "B1",
        "A delivery that is on its way or completed was paid for",
        """
        SELECT 'booking ' || b.number, 'is ' || b.state || ' with ' || b.total_cents
               || ' due in all and ' || coalesce(a.paid, 0) || ' paid'
        FROM domain_booking b
        LEFT JOIN (
            SELECT c.booking_id, sum(t.amount_cents) AS paid
            FROM domain_transfer t JOIN domain_entry e ON e.id = t.entry_id
            JOIN domain_account c ON c.id = t.credit_id AND c.code = '2300'
            WHERE e.event IN ('payment.captured', 'payment.applied') GROUP BY 1
        ) a ON a.booking_id = b.id
        WHERE b.line = 'delivery' AND b.state IN ('in_transit', 'completed')
          AND coalesce(a.paid, 0) = 0 AND b.total_cents > 0
        """,
    ),
)

type Check = Callable[[], Iterator[Breach]]


def checks(at: datetime) -> list[tuple[str, str, Check]]:
    """Every invariant as (id, name, check), in the order in which they are reported."""
    named: list[tuple[str, str, Check]] = [
        (each.id, each.name, each.breaches) for each in INVARIANTS
    ]
    return [
        *named,
        ("M1–M6", "The ledger's own rules", ledger_breaches),
        ("1010–5010", "The books are what the records beside them say", identity_breaches),
        ("C1–C3", "The catalog holds what was shown and applied", lambda: catalog_breaches(at)),
        ("N1–N2", "Members, their places and their legs", network_breaches),
        ("N3–N8, M18", "Pairs, units, bonuses and what is held back", earning_breaches),
        ("M19–M22", "Payouts, their batches and the register of tax", payout_breaches),
        ("V1", "No vehicle is promised twice; the stock is the sum of its moves", stock_breaches),
        ("V2", "Instalments are filled from the books, the oldest first", instalment_breaches),
        ("S2", "Replaying the audit rows gives the current state", all_replay_breaches),
        ("A2", "The audit chain is unbroken", lambda: chain_breaches(at=at)),
        ("A2", "No reason in the audit was altered", detail_breaches),
    ]


def all_breaches(at: datetime) -> Iterator[Breach]:
    for _, _, check in checks(at):
        yield from check()
