"""Django's own ``migrate``, several times as quick on an empty database.

:source: docs/decisions/0023-migrations-keep-their-classes.md
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db.migrations import Migration
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
)
from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger

# What is added to a table without a change of its columns, and the option that lists it.
ADDITIONS: dict[type[Operation], str] = {
    AddIndex: "index",
    AddConstraint: "constraint",
    AddTrigger: "trigger",
}
# What makes or changes columns. Where several stand in a row, nothing asks for the classes in
# between; but a changed column is compared with what it was.
COLUMNS: tuple[type[Operation], ...] = (CreateModel, AddField)


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        with keeping_classes():
            super().handle(*args, **options)


class InARow(Operation):
    """Operations one after the other, for which the classes of tables are made anew but once."""

    def __init__(self, operations: Sequence[Any]) -> None:
        self.operations = operations

    def database_forwards(
        self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any
    ) -> None:
        for operation in self.operations:
            operation.database_forwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return "; ".join(operation.describe() for operation in self.operations)


class Additions(InARow):
    """Indexes, constraints and triggers, noted on the class that is there."""

    def state_forwards(self, app_label: str, state: Any) -> None:
        with hiding_reload(state):
            for operation in self.operations:
                operation.state_forwards(app_label, state)
        if "apps" in state.__dict__:
            for operation in self.operations:
                meta = state.apps.get_model(app_label, operation.model_name)._meta
                option = operation.option_name
                addition = getattr(operation, ADDITIONS[type(operation)])
                setattr(meta, option, [*getattr(meta, option, ()), addition])


class Columns(InARow):
    """The classes next to the tables are made anew, as Django does for columns that are no
    foreign keys, and all others once, when somebody looks at them."""

    def state_forwards(self, app_label: str, state: Any) -> None:
        with hiding_reload(state) as touched:
            for operation in self.operations:
                operation.state_forwards(app_label, state)
        state.reload_models(touched, delay=True)


@contextmanager
def hiding_reload(state: Any) -> Iterator[set[tuple[str, str]]]:
    """Have no class made anew, and tell of which it was asked."""
    asked: set[tuple[str, str]] = set()

    def reload_model(app_label: str, model_name: str, *, delay: bool = False) -> None:
        del delay
        asked.add((app_label, model_name))

    # Stands before the method of the class.
    state.reload_model = reload_model
    try:
        yield asked
    finally:
        del state.reload_model


@contextmanager
def keeping_classes() -> Iterator[None]:
    """Make the classes of tables anew as seldom as possible.

    Django makes the class of a table anew for each index, constraint, trigger and column, and for
    each foreign key those of all tables that hang together with it: half of them all, in a schema
    where everything points at bookings and people.
    """
    apply = Migration.apply

    def apply_in_rows(migration: Migration, *args: Any, **options: Any) -> Any:
        operations = migration.operations
        vars(migration)["operations"] = list(in_rows(operations))
        try:
            return apply(migration, *args, **options)
        finally:
            vars(migration)["operations"] = operations

    Migration.apply = apply_in_rows  # type: ignore[method-assign,assignment]
    try:
        yield
    finally:
        Migration.apply = apply  # type: ignore[method-assign]


def in_rows(operations: Sequence[Operation]) -> Iterator[Operation]:
    for kind, found in groupby(operations, key=_kind):
        row = list(found)
        if kind is None:
            yield from row
        elif kind is Additions:
            yield Additions(row)
        elif kind is AlterField:
            yield from (Columns([operation]) for operation in row)
        else:
            yield Columns(row)


def _kind(operation: Operation) -> type[Operation] | None:
    """Operations of one kind that follow each other make a row."""
    found = type(operation)
    if found in ADDITIONS:
        return Additions
    return found if found in {*COLUMNS, AlterField} else None
