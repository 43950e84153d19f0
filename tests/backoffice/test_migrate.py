"""Our ``migrate`` leaves the state of the tables as Django's own would."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, models
from django.db.migrations import Migration
from django.db.migrations.operations import AddConstraint, AddField, AddIndex
from django.db.migrations.state import ModelState, ProjectState

from backoffice.management.commands.migrate import keeping_classes

ADDED: list[Any] = [
    AddIndex("thing", models.Index(fields=["size"], name="thing_size")),
    AddConstraint(
        "thing", models.CheckConstraint(name="thing_positive", condition=models.Q(size__gt=0))
    ),
]


@pytest.fixture
def state() -> ProjectState:
    found = ProjectState()
    columns = [("id", models.AutoField(primary_key=True)), ("size", models.IntegerField())]
    for name in ("Thing", "Other"):
        found.add_model(ModelState("domain", name, columns))
    return found


class Schema:
    """Takes note of what a migration would write, and of what it was shown of the tables."""

    atomic_migration = True

    def __init__(self) -> None:
        self.connection = connection
        self.written: list[str] = []

    def add_index(self, model: Any, index: Any) -> None:
        self.written.append(index.name)

    def add_constraint(self, model: Any, constraint: Any) -> None:
        self.written.append(constraint.name)

    def add_field(self, model: Any, field: Any) -> None:
        self.written.append(f"{field.model._meta.model_name}.{field.name}")


def migrated(state: ProjectState, operations: list[Any]) -> list[str]:
    migration, schema = Migration("0001", "domain"), Schema()
    vars(migration)["operations"] = operations
    migration.apply(state, schema)  # type: ignore[arg-type]  # all that it asks of one
    assert migration.operations == operations
    return schema.written


def test_additions_are_noted_on_the_class_that_is_there(state: ProjectState) -> None:
    before = state.apps.get_model("domain", "Thing")
    with keeping_classes():
        written = migrated(state, ADDED)
    after = state.apps.get_model("domain", "Thing")
    assert after is before
    assert [each.name for each in after._meta.indexes] == ["thing_size"]
    assert [each.name for each in after._meta.constraints] == ["thing_positive"]
    assert len(state.models["domain", "thing"].options["constraints"]) == 1
    assert written == ["thing_size", "thing_positive"]


def test_columns_in_a_row_are_all_there_when_the_first_is_written(state: ProjectState) -> None:
    assert state.apps
    to_other = models.ForeignKey("domain.Other", models.CASCADE)
    with keeping_classes():
        written = migrated(
            state,
            [
                AddField("thing", "weight", models.IntegerField(default=0)),
                AddField("thing", "other", to_other),
            ],
        )
    assert written == ["thing.weight", "thing.other"]
    thing, other = (state.apps.get_model("domain", name) for name in ("Thing", "Other"))
    assert [field.name for field in thing._meta.fields] == ["id", "size", "weight", "other"]
    assert thing._meta.get_field("other").related_model is other
    assert [each.name for each in other._meta.related_objects] == ["thing"]


def test_django_is_as_it_was_afterwards(state: ProjectState) -> None:
    with keeping_classes():
        pass
    before = state.apps.get_model("domain", "Thing")
    migrated(state, ADDED[:1])
    assert state.apps.get_model("domain", "Thing") is not before
