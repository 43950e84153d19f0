"""The column that holds a record's state."""

from __future__ import annotations

from typing import Any, override

from django_fsm import FSMField


class StateField(FSMField):
    """A text that only declared steps change.

    Migrations see a plain text column. The library collects the steps of every class that is
    prepared, once for each field that was ever made, and a migration prepares each table of the
    past again and again: migrating took minutes, and needs no steps.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "protected": True})

    @override
    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        kwargs.pop("protected", None)
        return name, "django.db.models.CharField", args, kwargs
