"""Posting many entries in a few statements, with every promise that posting one makes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import connection

from domain.common.actors import Actor, actor_label, staff_id
from domain.common.errors import InvalidInput
from domain.common.transactions import in_transaction
from domain.ledger.operations.accounts import account_ids
from domain.ledger.operations.guarded import move_guarded
from domain.ledger.operations.lock import LEDGER_LOCK
from domain.ledger.operations.posting import figures_differ, period_refusals
from domain.ledger.rules import AccountRef, Posting, faults

# In the order of keys, so that two who post the same ones never wait in a ring.
INSERT_ENTRIES = """
WITH held AS (SELECT pg_advisory_xact_lock_shared(%s))
INSERT INTO domain_entry (key, event, effective_on, at, actor_id, actor_label, booking_id,
                          source_type, source_id, memo)
SELECT asked.key, asked.event, asked.day, %s, %s, %s, asked.booking, asked.source_type,
       asked.source, asked.memo
FROM held, unnest(%s::text[], %s::text[], %s::date[], %s::bigint[], %s::text[], %s::bigint[],
                  %s::text[]) AS asked(key, event, day, booking, source_type, source, memo)
WHERE NOT EXISTS (SELECT 1 FROM domain_entry e WHERE e.key = asked.key)
ORDER BY asked.key
ON CONFLICT (key) DO NOTHING
RETURNING key, id
"""
INSERT_TRANSFERS = """
INSERT INTO domain_transfer (entry_id, debit_id, credit_id, amount_cents, currency,
                             debit_code, credit_code, effective_on)
SELECT leg.entry, leg.debit, leg.credit, leg.amount, %s, leg.debit_code, leg.credit_code, leg.day
FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::text[], %s::text[],
            %s::date[]) WITH ORDINALITY
     AS leg(entry, debit, credit, amount, debit_code, credit_code, day, n)
ORDER BY leg.n
"""
FIRST = """
SELECT e.key, e.id, t.debit_id, t.credit_id, t.amount_cents
FROM domain_entry e JOIN domain_transfer t ON t.entry_id = e.id
WHERE e.key = ANY(%s) ORDER BY t.id
"""


@in_transaction
def post_many(
    *, postings: Sequence[Posting], currency: str, actor: Actor, at: datetime
) -> dict[str, int]:
    """Post entries of one currency, all or none; returns the entry's id for every key.

    Keys that were posted before are left as they are, so a run that was killed is simply
    repeated. Guarded accounts are judged by what all postings together do to them.

    :raises Conflict: a key was used for other legs
    :raises Overdrawn: a guarded account would fall below zero
    :raises PeriodLocked: a new entry is dated into a locked month
    :raises InvalidInput: a posting is malformed, or two have the same key
    """
    if not postings:
        return {}
    _check(postings)
    ids = account_ids(
        (ref for each in postings for leg in each.legs for ref in (leg.debit, leg.credit)),
        currency,
    )
    made = _insert_entries(postings, actor, at)
    fresh = [each for each in postings if each.key in made]
    _insert_transfers(fresh, made, ids, currency)
    move_guarded((leg for each in fresh for leg in each.legs), ids)
    return made | _earlier([each for each in postings if each.key not in made], ids)


def _check(postings: Sequence[Posting]) -> None:
    for posting in postings:
        if wrong := faults(posting.legs):
            raise InvalidInput(f"{posting.key}: {wrong[0]}")
    key, times = Counter(each.key for each in postings).most_common(1)[0]
    if times > 1:
        raise InvalidInput(f"The key {key} stands {times} times in one run.")


def _insert_entries(postings: Sequence[Posting], actor: Actor, at: datetime) -> dict[str, int]:
    rows = [
        (
            *(each.key, each.event, each.effective_on, each.booking_id),
            *(each.source or ("", None)),
            each.memo[:300],
        )
        for each in postings
    ]
    who = (staff_id(actor), actor_label(actor)[:120])
    columns = map(list, zip(*rows, strict=True))
    with period_refusals(), connection.cursor() as cursor:
        cursor.execute(INSERT_ENTRIES, [LEDGER_LOCK, at, *who, *columns])
        return dict(cursor.fetchall())


def _insert_transfers(
    postings: Sequence[Posting],
    entries: Mapping[str, int],
    ids: Mapping[AccountRef, int],
    currency: str,
) -> None:
    rows = [
        (
            *(entries[each.key], ids[leg.debit], ids[leg.credit], leg.amount_cents),
            *(leg.debit.code, leg.credit.code, each.effective_on),
        )
        for each in postings
        for leg in each.legs
    ]
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(INSERT_TRANSFERS, [currency, *map(list, zip(*rows, strict=True))])


def _earlier(postings: Sequence[Posting], ids: Mapping[AccountRef, int]) -> dict[str, int]:
    """The entries that were there already, each with the figures asked for now."""
    if not postings:
        return {}
    posted = defaultdict[str, list[tuple[int, int, int]]](list)
    found: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(FIRST, [[each.key for each in postings]])
        for key, entry_id, *figures in cursor.fetchall():
            found[key] = entry_id
            posted[key].append((figures[0], figures[1], figures[2]))
    for each in postings:
        figures_differ(each.key, posted[each.key], each.legs, ids)
    return found
