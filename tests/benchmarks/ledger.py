"""P8: posting to the books alone, with eight writers and in bulk, and balances as they grow."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from uuid import uuid4

import psycopg
from django.db import connection

from domain.common.actors import System
from domain.ledger.operations import post, post_many
from domain.ledger.queries import account_page, balance, trial_balance
from domain.ledger.rollup import roll_up
from domain.ledger.rules import AccountRef, Leg, Posting
from tests.benchmarks.database import address, forget_connections
from tests.benchmarks.measure import Figure, milliseconds, rate
from tests.benchmarks.stock.ask_hordak import (
    NOT_INSTALLED,
    posted_in_bulk_per_second,
    posted_per_second,
    read_in_milliseconds,
)

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = date(2026, 6, 1)
ROBOT = System("bench")
GATEWAY = AccountRef("1010")
# What others call two legs is one transfer here, five legs (one account against four) are four.
TWO_LEGS = (Leg(GATEWAY, AccountRef("2310"), 100),)
FIVE_LEGS = tuple(Leg(GATEWAY, AccountRef(code), 100) for code in ("2310", "2110", "4005", "4010"))
WRITERS = 8
SECONDS, TURNS = 3.0, 3
IN_BULK = 5_000
SMALL, LARGE = 1_000, 1_000_000
# So many that a moment in which the machine does something else is not half of them.
READS = 301


def figures() -> Iterator[Figure]:
    for name, legs in (("two legs", TWO_LEGS), ("five legs", FIVE_LEGS)):
        for writers in (1, WRITERS):
            yield posting(name, legs, writers)
    yield bulk()
    yield from growth()


def posting(name: str, legs: tuple[Leg, ...], writers: int) -> Figure:
    """By turns, the best of each: what else the machine does comes in its own time."""
    plain = ours = 0.0
    stock = None
    for _ in range(TURNS):
        plain = max(plain, together(writers, _plain, len(legs)))
        ours = max(ours, together(writers, _ours, len(legs)))
        turn = posted_per_second(legs=len(legs) + 1, writers=writers, seconds=SECONDS)
        stock = max((each for each in (stock, turn) if each is not None), default=None)
    judged = stock is not None and writers == WRITERS
    return Figure(
        "P8",
        f"posting, {name}, {writers} writer{'s' if writers > 1 else ''}",
        "/s",
        ours,
        stock,
        plain,
        "≥ 1.5 × stock" if judged else "",
        ours >= 1.5 * stock if judged and stock else None,
        "" if stock else NOT_INSTALLED,
    )


def together(writers: int, work: Callable[[int, float], float], legs: int) -> float:
    """Run writers in processes of their own, all at once; returns their rates summed."""
    forget_connections()
    context = multiprocessing.get_context("fork")
    with context.Pool(writers) as pool:
        return sum(pool.starmap(work, [(legs, SECONDS)] * writers))


def _ours(legs: int, seconds: float) -> float:
    chosen = TWO_LEGS if legs == len(TWO_LEGS) else FIVE_LEGS

    def one(_n: int) -> None:
        post(
            key=f"bench:{uuid4()}",
            event="bench",
            legs=chosen,
            currency="USD",
            effective_on=TODAY,
            actor=ROBOT,
            at=NOW,
        )

    return rate(one, seconds)


def _plain(legs: int, seconds: float) -> float:
    """The same rows by psycopg, one commit each."""
    with psycopg.connect(address()) as link, link.cursor() as cursor:

        def one(_n: int) -> None:
            cursor.execute(
                "INSERT INTO domain_entry (key, event, effective_on, at, actor_label, source_type,"
                " memo) VALUES (%s, 'bench', %s, %s, 'bench', '', '') RETURNING id",
                [f"bench:{uuid4()}", TODAY, NOW],
            )
            entry = cursor.fetchone()[0]  # type: ignore[index]
            for _ in range(legs):
                cursor.execute(
                    "INSERT INTO domain_transfer (entry_id, debit_id, credit_id, amount_cents,"
                    " currency, debit_code, credit_code, effective_on)"
                    " VALUES (%s, -10100, -23100, 100, 'USD', '1010', '2310', %s)",
                    [entry, TODAY],
                )
            link.commit()

        return rate(one, seconds)


def bulk() -> Figure:
    """Five thousand entries in one transaction, each with a key of its own."""
    ours = max(_in_bulk(_ours_in_bulk) for _ in range(3))
    limit = max(_in_bulk(_plain_in_bulk) for _ in range(3))
    found = [posted_in_bulk_per_second(IN_BULK) for _ in range(3)]
    stock = max((each for each in found if each is not None), default=None)
    return Figure(
        "P8",
        f"posting in bulk, two legs, {IN_BULK:,} in one transaction",
        "/s",
        ours,
        stock,
        limit,
        "≥ 2 × stock" if stock else "",
        ours >= 2 * stock if stock else None,
        "" if stock else NOT_INSTALLED,
    )


def _in_bulk(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return IN_BULK / (time.perf_counter() - begun)


def _ours_in_bulk() -> None:
    run = uuid4()
    postings = [Posting(f"bench:{run}:{n}", "bench", TWO_LEGS, TODAY) for n in range(IN_BULK)]
    post_many(postings=postings, currency="USD", actor=ROBOT, at=NOW)


def _plain_in_bulk() -> None:
    """The same rows made by the database itself in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH made AS (INSERT INTO domain_entry (key, event, effective_on, at, actor_label,"
            " source_type, memo) SELECT %s || n, 'bench', %s, %s, 'bench', '', ''"
            " FROM generate_series(1, %s) n RETURNING id) INSERT INTO domain_transfer (entry_id,"
            " debit_id, credit_id, amount_cents, currency, debit_code, credit_code, effective_on)"
            " SELECT id, -10100, -23100, 100, 'USD', '1010', '2310', %s FROM made",
            [f"plain:{uuid4()}:", TODAY, NOW, IN_BULK, TODAY],
        )


def growth() -> Iterator[Figure]:
    """Balances and pages at a thousand transfers and at a million."""
    reads: dict[str, tuple[str, Callable[[], object]]] = {
        "balance": ("balance of an account", lambda: balance("1010", "USD")),
        "list": ("list of all accounts", lambda: trial_balance(currency="USD")),
        "page": ("account page with running balance", lambda: account_page("1010", "USD")),
    }
    # By turns, the best of each: what else the machine does comes in its own time.
    small: dict[str, float] = {}
    large: dict[str, float] = {}
    for _ in range(TURNS):
        for size, found in ((SMALL, small), (LARGE, large)):
            fill(size)
            for key, (_, read) in reads.items():
                spent = milliseconds(read, READS)
                found[key] = min(spent, found.get(key, spent))
    limit = milliseconds(_stored_balance, READS)
    stock = read_in_milliseconds(LARGE)
    for key, (name, _) in reads.items():
        yield Figure(
            "P8",
            f"{name}, 1 M transfers",
            "ms",
            large[key],
            stock.get(key),
            limit if key == "balance" else None,
            "≤ 1.3 × at 1 k",
            large[key] <= 1.3 * small[key],
            f"{small[key]:.2f} ms at 1 k" + ("" if stock else f"; {NOT_INSTALLED}"),
        )


def _stored_balance() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT balance_cents FROM domain_account WHERE id = -10100")
        cursor.fetchone()


def fill(transfers: int) -> None:
    """Make the books hold so many transfers over the same thousand days, and roll them up."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "TRUNCATE domain_transfer, domain_entry, domain_ledgerday, domain_ledgermonth,"
            " domain_ledgerhorizon RESTART IDENTITY"
        )
        cursor.execute(
            "INSERT INTO domain_entry (key, event, effective_on, at, actor_label, source_type,"
            " memo) SELECT 'fill:' || n, 'bench', date '2023-06-01' + (n %% 1000)::int, %s,"
            " 'bench', '', ''"
            " FROM generate_series(1, %s) n",
            [NOW, transfers],
        )
        cursor.execute(
            "INSERT INTO domain_transfer (entry_id, debit_id, credit_id, amount_cents, currency,"
            " debit_code, credit_code, effective_on)"
            " SELECT id, CASE WHEN id % 2 = 0 THEN -10100 ELSE -10000 END, -23100, 100 + id % 900,"
            " 'USD', CASE WHEN id % 2 = 0 THEN '1010' ELSE '1000' END, '2310', effective_on"
            " FROM domain_entry ORDER BY id"
        )
        cursor.execute("SET session_replication_role = default")
    roll_up(at=NOW)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE domain_transfer")
        cursor.execute("VACUUM ANALYZE domain_entry")
        cursor.execute("VACUUM ANALYZE domain_ledgerday")
        cursor.execute("VACUUM ANALYZE domain_ledgermonth")
        # Else the server goes on writing down what was filled in while the reads are timed.
        cursor.execute("CHECKPOINT")
