"""Our ``migrate`` leaves the state of the tables as Django's own would."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import models
from django.db.migrations.operations import AddConstraint, AddIndex
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
    found.add_model(ModelState("domain", "Thing", columns))
    return found


def test_additions_are_noted_on_the_class_that_is_there(state: ProjectState) -> None:
    before = state.apps.get_model("domain", "Thing")
    with keeping_classes():
        for operation in ADDED:
            operation.state_forwards("domain", state)
    after = state.apps.get_model("domain", "Thing")
    assert after is before
    assert [each.name for each in after._meta.indexes] == ["thing_size"]
    assert [each.name for each in after._meta.constraints] == ["thing_positive"]
    assert len(state.models["domain", "thing"].options["constraints"]) == 1


def test_django_is_as_it_was_afterwards(state: ProjectState) -> None:
    before = state.apps.get_model("domain", "Thing")
    ADDED[0].state_forwards("domain", state)
    assert state.apps.get_model("domain", "Thing") is not before
