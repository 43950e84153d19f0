"""How lists become files: the columns on the screen, with plain values in them."""

from __future__ import annotations

from typing import Any

from import_export.fields import Field
from import_export.resources import ModelResource
from import_export.widgets import Widget

from backoffice.resources.cells import Cell, plain
from domain.common.money import to_amount


class PlainWidget(Widget):
    """Keeps numbers and dates as they are, so that a spreadsheet can reckon with them."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        del obj
        return plain(value)


class MoneyWidget(Widget):
    """Writes minor units as an amount of the row's currency."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> Cell:
        if value is None:
            return None
        return to_amount(int(value), getattr(obj, "currency", "USD"))


def field(attribute: str, column: str) -> Field:
    return Field(attribute, column, PlainWidget())


def money(attribute: str, column: str) -> Field:
    return Field(attribute, column, MoneyWidget())


class ListResource(ModelResource):
    """Plain values for the columns of a list, by the list's own column names.

    A list may show a column that is not named here: its words are exported then.
    """

    def cell(self, name: str, row: Any) -> Cell:
        """:raises KeyError: this resource says nothing of such a column"""
        found: Cell = self.fields[name].export(row)
        return found
