"""P8: posting to the books, alone and with eight writers, and balances as they grow."""

from __future__ import annotations

import multiprocessing
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
from django.db import connection

from domain.common.actors import System
from domain.ledger.operations import post
from domain.ledger.queries import account_page, balance, trial_balance
from domain.ledger.rollup import roll_up
from domain.ledger.rules import AccountRef, Leg
from tests.benchmarks.database import address, forget_connections
from tests.benchmarks.measure import Figure, milliseconds, rate

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
TODAY = date(2026, 6, 1)
ROBOT = System("bench")
TWO = (Leg(AccountRef("1010"), AccountRef("2310"), 100),)
FIVE = (
    *TWO,
    Leg(AccountRef("5020"), AccountRef("1010"), 3),
    Leg(AccountRef("2310"), AccountRef("4010"), 7),
)
WRITERS = 8
SECONDS = 4.0
VENV = Path(".bench-venv")
STOCK = Path(__file__).parent / "stock" / "hordak_post.py"


def figures() -> Iterator[Figure]:
    hordak = stock_rates()
    for name, legs in (("two legs", TWO), ("five legs", FIVE)):
        for writers in (1, WRITERS):
            plain = together(writers, _plain, len(legs))
            ours = together(writers, _ours, len(legs))
            stock = hordak.get(writers) if legs is TWO else None
            bar = "≥ 1.5 × stock" if stock and writers > 1 else ""
            yield Figure(
                "P8",
                f"posting, {name}, {writers} writer{'s' if writers > 1 else ''}",
                "/s",
                ours,
                stock,
                plain,
                bar,
                ours >= 1.5 * stock if stock and bar else None,
                "" if stock or legs is FIVE else "stock not installed",
            )
    yield from growth()


def together(writers: int, work: Callable[[int, float], float], legs: int) -> float:
    """Run writers in processes of their own, all at once; returns their rates summed."""
    forget_connections()
    context = multiprocessing.get_context("fork")
    with context.Pool(writers) as pool:
        return sum(pool.starmap(work, [(legs, SECONDS)] * writers))


def _ours(legs: int, seconds: float) -> float:
    chosen = TWO if legs == len(TWO) else FIVE

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


def stock_rates() -> dict[int, float]:
    """django-hordak in an environment of its own; empty where it cannot be installed."""
    python = VENV / "bin" / "python"
    if not python.exists():
        made = subprocess.run([sys.executable, "-m", "venv", VENV], check=False)
        wanted = ["django-hordak==2.0.0", "psycopg[binary]", "Django<5.1"]
        installed = (
            made.returncode == 0
            and not subprocess.run(
                [python, "-m", "pip", "install", "-q", *wanted], check=False
            ).returncode
        )
        if not installed:
            return {}
    rates = {}
    for writers in (1, WRITERS):
        done = subprocess.run(
            [python, STOCK, address(), str(writers), str(SECONDS)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            sys.stderr.write(done.stderr[-600:])
            return {}
        rates[writers] = float(done.stdout.strip().splitlines()[-1])
    return rates


def growth() -> Iterator[Figure]:
    """Balances and pages at a thousand transfers and at a million."""
    reads = {
        "balance of an account": lambda: balance("1010", "USD"),
        "list of all accounts": lambda: trial_balance(currency="USD"),
        "account page with running balance": lambda: account_page("1010", "USD"),
    }
    fill(1_000)
    small = {name: milliseconds(read) for name, read in reads.items()}
    fill(1_000_000)
    for name, read in reads.items():
        large = milliseconds(read)
        yield Figure(
            "P8",
            f"{name}: 1 M transfers (limit: at 1 k)",
            "ms",
            large,
            None,
            small[name],
            "≤ 1.3 × at 1 k",
            large <= 1.3 * small[name],
        )


def fill(transfers: int) -> None:
    """Make the books hold so many transfers over three years, and roll them up."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "TRUNCATE domain_transfer, domain_entry, domain_ledgerday, domain_ledgerhorizon"
            " RESTART IDENTITY"
        )
        cursor.execute(
            "INSERT INTO domain_entry (key, event, effective_on, at, actor_label, source_type,"
            " memo) SELECT 'fill:' || n, 'bench', date '2023-06-01' + (n %% 1095)::int, %s,"
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
