"""Django's own ``migrate``, several times as quick on an empty database.

:source: docs/decisions/0023-migrations-keep-their-classes.md
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db.migrations.operations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
)
from django.db.migrations.operations.base import Operation
from pgtrigger.migrations import AddTrigger

type Forwards = Callable[..., None]

# What is added to a table without a change of its columns, and the option that lists it.
ADDITIONS: dict[type[Operation], str] = {
    AddIndex: "index",
    AddConstraint: "constraint",
    AddTrigger: "trigger",
}
# What makes or changes columns: the classes next to the table are made anew, as Django does for
# columns that are no foreign keys, and all others once, when somebody looks at them.
COLUMNS: tuple[type[Operation], ...] = (CreateModel, AddField, AlterField)


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        with keeping_classes():
            super().handle(*args, **options)


@contextmanager
def keeping_classes() -> Iterator[None]:
    """Note an index, a constraint or a trigger on the class that is there.

    Django makes the class of its table anew for each of them and for each foreign key, and those
    of all tables that hang together with it: half of them all, in a schema where everything points
    at bookings and people.
    """
    original = {operation: operation.state_forwards for operation in (*ADDITIONS, *COLUMNS)}
    for operation, name in ADDITIONS.items():
        _exchange(operation, _noting(original[operation], name))
    for operation in COLUMNS:
        _exchange(operation, _nearby(original[operation]))
    try:
        yield
    finally:
        for operation, forwards in original.items():
            _exchange(operation, forwards)


def _exchange(operation: type[Operation], forwards: Forwards) -> None:
    operation.state_forwards = forwards  # type: ignore[method-assign]


def _noting(forwards: Forwards, name: str) -> Forwards:
    def state_forwards(operation: Any, app_label: str, state: Any) -> None:
        # Hides the method of the class while the operation writes down what it adds.
        state.reload_model = _nothing
        try:
            forwards(operation, app_label, state)
        finally:
            del state.reload_model
        if "apps" in state.__dict__:
            meta = state.apps.get_model(app_label, operation.model_name)._meta
            option = operation.option_name
            setattr(meta, option, [*getattr(meta, option, ()), getattr(operation, name)])

    return state_forwards


def _nearby(forwards: Forwards) -> Forwards:
    def state_forwards(operation: Any, app_label: str, state: Any) -> None:
        reload_model = state.reload_model

        def near(app_label: str, model_name: str, *, delay: bool = False) -> None:
            del delay
            reload_model(app_label, model_name, delay=True)

        state.reload_model = near
        try:
            forwards(operation, app_label, state)
        finally:
            del state.reload_model

    return state_forwards


def _nothing(*_: Any, **__: Any) -> None:
    """Make no class anew."""
