"""How a table lies on the disk."""

from __future__ import annotations

from typing import Any, override

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class RoomToChange(models.BaseConstraint):
    """Each page is filled to that share of a hundred when rows are added.

    A row that is changed, but in no column of an index, then has its next version on the same
    page, and no index is written: for tables whose rows a batch changes by the million.
    """

    def __init__(self, *, name: str, fill: int) -> None:
        super().__init__(name=name)
        self.fill = fill

    @override
    def constraint_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        """No part of the table's own statement, but one that follows it."""
        assert model is not None
        assert schema_editor is not None
        schema_editor.deferred_sql.append(self.create_sql(model, schema_editor))
        return ""

    @override
    def create_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        assert model is not None
        assert schema_editor is not None
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} SET (fillfactor = {self.fill})"

    @override
    def remove_sql(
        self, model: type[models.Model] | None, schema_editor: BaseDatabaseSchemaEditor | None
    ) -> str:
        assert model is not None
        assert schema_editor is not None
        table = schema_editor.quote_name(model._meta.db_table)
        return f"ALTER TABLE {table} RESET (fillfactor)"

    @override
    def validate(self, *args: Any, **kwargs: Any) -> None:
        """Nothing about a row."""

    @override
    def deconstruct(self) -> Any:
        path, args, kwargs = super().deconstruct()
        return path, args, {**kwargs, "fill": self.fill}

    def __eq__(self, other: object) -> bool:
        if isinstance(other, RoomToChange):
            return (self.name, self.fill) == (other.name, other.fill)
        return NotImplemented

    __hash__ = None  # type: ignore[assignment]
