"""The hash chain over the audit trail: sealed in batches behind the commits, verified at will."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256

from django.db import connection
from django.db.models import Q

from domain.common.audit.models import AuditEntry, AuditSeal
from domain.common.audit.rows import detail_digest
from domain.common.integrity import Breach
from domain.common.transactions import in_transaction

SEAL_LOCK = 7_201_001
BATCH = 2_000
# No transaction lives this long, so every entry is seen by the sealer within the window.
WINDOW = timedelta(days=2)
FIRST = "0" * 64


def entry_digest(previous: str, entry: AuditEntry) -> str:
    """Hash an entry onto the chain. Only ids, states and figures go in, no personal text."""
    parts = [
        previous,
        entry.pk,
        entry.at.isoformat(),
        entry.subject_type,
        entry.subject_id,
        entry.version,
        entry.step,
        entry.from_state,
        entry.to_state,
        entry.actor_id,
        entry.system,
        entry.role,
        entry.request_id,
        entry.money,
        entry.facts,
        entry.detail_digest,
    ]
    return sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@in_transaction
def seal_audit(*, at: datetime) -> int:
    """Chain the entries not yet sealed; returns how many. One sealer works at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [SEAL_LOCK])
        if not cursor.fetchone()[0]:
            return 0
    last = AuditSeal.objects.order_by("-sequence").first()
    sequence, previous = (last.sequence, last.digest) if last else (0, FIRST)
    fresh = AuditEntry.objects.filter(seal=None)
    if last:
        # Behind the last one only what was committed late; after it everything, however old.
        late = Q(at__gte=at - WINDOW)
        fresh = fresh.filter(late | Q(pk__gt=last.entry_id))
    seals = []
    for entry in fresh.order_by("id")[:BATCH]:
        sequence += 1
        previous = entry_digest(previous, entry)
        seals.append(AuditSeal(sequence=sequence, entry=entry, digest=previous, sealed_at=at))
    AuditSeal.objects.bulk_create(seals)
    return len(seals)


def chain_breaches(*, at: datetime) -> Iterator[Breach]:
    """Walk the whole chain; name the first link that does not hold, and what is unsealed."""
    previous, expected = FIRST, 1
    seals = AuditSeal.objects.select_related("entry").order_by("sequence")
    for seal in seals.iterator(chunk_size=BATCH):
        subject = f"audit entry {seal.entry_id}"
        if seal.sequence != expected:
            yield Breach("A2", subject, f"The chain jumps from {expected - 1} to {seal.sequence}.")
            return
        if entry_digest(previous, seal.entry) != seal.digest:
            yield Breach("A2", subject, "The entry does not match its seal: it was altered.")
            return
        previous, expected = seal.digest, expected + 1
    late = AuditEntry.objects.filter(seal=None, at__lt=at - timedelta(minutes=15))
    for entry in late.order_by("id")[:20]:
        yield Breach("A2", f"audit entry {entry.pk}", "Not sealed 15 minutes after its commit.")


def detail_breaches() -> Iterator[Breach]:
    """Compare each reason with the digest kept in its entry; an erased one is left out."""
    entries = AuditEntry.objects.select_related("detail").exclude(detail__salt="erased")
    for entry in entries.order_by("id").iterator(chunk_size=BATCH):
        detail = entry.detail
        if detail_digest(detail.salt, detail.reason, detail.client_ip or "") != entry.detail_digest:
            yield Breach("A2", f"audit entry {entry.pk}", "The reason was altered.")
