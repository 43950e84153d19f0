"""What the database's own guards refuse."""

from __future__ import annotations

from collections.abc import Callable

import psycopg
from django.db import IntegrityError, transaction

from domain.common.errors import Conflict

TRIES = 5


def refused_by(error: IntegrityError) -> str:
    """The name of the constraint that refused a row."""
    told = _diagnosis(error)
    return (told.constraint_name if told else None) or ""


def told_by(error: IntegrityError) -> str:
    """What the database said in one line."""
    told = _diagnosis(error)
    return (told.message_primary if told else None) or ""


def _diagnosis(error: IntegrityError) -> psycopg.errors.Diagnostic | None:
    return error.__cause__.diag if isinstance(error.__cause__, psycopg.Error) else None


def until_free[T](write: Callable[[], T], *, taken: str, what: str) -> T:
    """Write what draws a word by lot, anew with another word while the one drawn is taken.

    :param taken: the constraint that refuses a word which somebody else has
    :param what: what the word is, to say that none was free
    :raises Conflict: no free word was drawn in several attempts
    """
    for _ in range(TRIES):
        try:
            with transaction.atomic():
                return write()
        except IntegrityError as error:
            if refused_by(error) != taken:
                raise
    raise Conflict(f"No free {what} was found; please try again.")
