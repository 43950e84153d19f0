"""Queues as one statement that counts them all, put together once and planned once.

Every page of the admin asks it. Putting thirty querysets together anew took ten times as long as
the counting itself, so the statement's text is kept; the days it asks for are told each time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import (
    BigIntegerField,
    CharField,
    Count,
    DateField,
    DateTimeField,
    Expression,
    F,
    Field,
    Min,
    QuerySet,
    Sum,
    Value,
)
from django.db.models.functions import Cast
from psycopg import sql

from domain.common.prepared import rows_prepared

# The sets of queues that differ: one for each set of rights that somebody holds.
SETS = 64


class Asked(Expression):
    """A day or a moment that is told from the time of asking, when the statement runs."""

    def __init__(self, tell: Callable[[datetime], date], field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.tell = tell

    def as_sql(self, *_compiler: Any) -> tuple[str, list[Any]]:  # type: ignore[override]
        return "%s", [self]


@dataclass(frozen=True, slots=True)
class Waiting:
    """A queue as it stands. ``sums`` are in minor units by currency."""

    count: int
    oldest: datetime | date | None = None
    sums: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Queued:
    """The rows of a queue: ``since`` is the field that tells from when a row waits (a moment, or
    a day when ``by_day``), and with ``money`` their amounts are summed by currency. ``rupees``
    names a column of paise in rows that say no currency. What is asked for by the time of asking
    is an `Asked`.
    """

    rows: QuerySet[Any]
    since: str = ""
    by_day: bool = False
    money: bool = False
    rupees: str = ""

    def counted(self, name: str) -> QuerySet[Any, tuple[Any, ...]]:
        moment = Min(self.since) if self.since and not self.by_day else NO_MOMENT
        in_words = Value("INR" if self.rupees else "", output_field=CharField())
        currency = F("currency") if self.money else in_words
        summed = self.rupees or ("amount_cents" if self.money else "")
        cents = Sum(summed) if summed else Value(0, output_field=BigIntegerField())
        counted: QuerySet[Any, tuple[Any, ...]] = (
            self.rows.order_by()
            .values(queue=Value(name), of=currency)
            .annotate(
                rows=Count("pk"),
                moment=moment,
                day=Min(self.since) if self.by_day else NO_DAY,
                cents=Cast(cents, BigIntegerField()),
            )
            .values_list("queue", "of", "rows", "moment", "day", "cents")
        )
        return counted


# Each column of a union has one type, and a bare NULL has none.
NO_MOMENT = Cast(Value(None), DateTimeField())
NO_DAY = Cast(Value(None), DateField())

NamedRows = tuple[tuple[str, Callable[[], Queued]], ...]


def waiting_in(queues: NamedRows, at: datetime) -> dict[str, Waiting]:
    """Count queues, each by its own index, all in one statement."""
    if not queues:
        return {}
    text, asked = _statement(queues)
    groups: dict[str, list[tuple[Any, ...]]] = {name: [] for name, _ in queues}
    for name, *group in rows_prepared(text, [each.tell(at) for each in asked]):
        groups[name].append(tuple(group))
    return {name: _together(found) for name, found in groups.items()}


@lru_cache(SETS)
def _statement(queues: NamedRows) -> tuple[str, tuple[Asked, ...]]:
    """The text with all constants in it, as indexes of parts of a table need them, and what is
    asked for in their places.
    """
    first, *others = (rows().counted(name) for name, rows in queues)
    whole = first.union(*others, all=True) if others else first
    text, values = whole.query.sql_with_params()
    written = ("%s" if isinstance(each, Asked) else _literal(each) for each in values)
    pieces = [piece + value for piece, value in zip(text.split("%s"), (*written, ""), strict=True)]
    return "".join(pieces), tuple(each for each in values if isinstance(each, Asked))


def _literal(value: Any) -> str:
    connection.ensure_connection()
    return sql.Literal(value).as_string(connection.connection).replace("%", "%%")


def _together(groups: list[tuple[Any, ...]]) -> Waiting:
    return Waiting(
        sum(rows for _, rows, *_ in groups),
        min((moment or day for _, _, moment, day, _ in groups if moment or day), default=None),
        tuple(sorted((currency, cents) for currency, *_, cents in groups if currency)),
    )
