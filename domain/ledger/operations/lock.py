"""The one lock of the books. Postings hold it shared until they commit; whoever needs an
instant in which nothing is in flight takes it whole.
"""

from __future__ import annotations

import psycopg
from django.db import OperationalError, connection

from domain.common.errors import DomainError

LEDGER_LOCK = 7_201_002


class LedgerBusy(DomainError):
    """Somebody posts a large batch; nothing was changed, and it works a little later."""

    code = "ledger_busy"


def hold_ledger(*, patience_ms: int) -> None:
    """Wait until nothing is in flight, and keep it so until this transaction ends.

    Later postings queue behind whoever waits here, so nobody may wait long.

    :raises LedgerBusy: postings were in flight all that time; the transaction is lost
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{patience_ms}ms"])
        try:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LEDGER_LOCK])
        except OperationalError as error:
            if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
                raise LedgerBusy(
                    "A large batch is being posted right now. Try again in a moment."
                ) from error
            raise
