"""Reading a row anew under its lock: every change of anything begins here."""

from __future__ import annotations

from functools import cache
from typing import cast

from django.db import models

from domain.common.errors import NotFound
from domain.common.inserts import quoted
from domain.common.prepared import rows_prepared
from domain.common.rows import LOCKED, hold
from domain.common.workflow.stateful import Stateful

ABOVE = "SELECT 1 FROM {above} WHERE {its_key} = (SELECT {name} FROM {table} WHERE {key} = %s)"


def lock[M: Stateful](model: type[M], pk: int) -> M:
    """Read a row anew under its lock, after those of the rows above it.

    :raises NotFound: there is no such row
    """
    found = lock_if_there(model, pk)
    if found is None:
        raise NotFound(f"There is no {model._meta.verbose_name} {pk}.")
    return found


def lock_if_there[M: Stateful](model: type[M], pk: int | None) -> M | None:
    """As ``lock``, with None where there is no such row."""
    if pk is None:
        return None
    for statement in _locking_above(model):
        rows_prepared(statement, [pk])
    if found := hold(model, pk):
        found.keep_as_read()
    return found


@cache
def _locking_above(model: type[Stateful]) -> tuple[str, ...]:
    """Lock the rows above in the order in which the model names them."""
    meta = model._meta
    return tuple(
        ABOVE.format(
            above=quoted(above.db_table),
            its_key=quoted(above.pk.column),
            name=quoted(meta.get_field(name).column),  # type: ignore[union-attr]
            table=quoted(meta.db_table),
            key=quoted(meta.pk.column),
        )
        + LOCKED
        for name in model.locks_first
        for above in [cast("type[models.Model]", meta.get_field(name).related_model)._meta]
    )
