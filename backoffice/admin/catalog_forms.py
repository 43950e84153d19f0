"""The form of one catalog row, with the columns of its sheet."""

from __future__ import annotations

from typing import Any

from django import forms

from backoffice.admin.plain_forms import PlainForm, moment_field
from domain.catalog.rules.words import Kind
from domain.catalog.tables import plain
from domain.catalog.workbook import SHEETS, Column
from domain.catalog.workbook.cells import Choice, Text, YesNo

PREFIX = "column_"
LONG_TEXT = 500
EXAMPLES = {
    "Money": "in major units: 1725.00",
    "Percent": "in percent: 8.25",
    "Hours": "hours: 4.5",
    "Day": "2027-12-25",
    "ListOf": "several with ; between",
    "Pairs": "name: value; name: value",
}


# Where the workbook's own name, read as words, would say too little.
LABELS = {"sku": "SKU", "stock": "Stock, as the workbook says", "is_active": "On offer"}


def label_of(column: Column) -> str:
    label = LABELS.get(column.name) or column.name.replace("_", " ").capitalize()
    return label.replace("Coi", "COI").replace("Zip", "ZIP").replace(" lbs", ", lbs")


class RowForm(PlainForm):
    in_force_from = moment_field("In force from", "New York time. Empty: as soon as it is applied.")
    why = forms.CharField(
        label="Reason",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Stands in the audit trail.",
    )
    wide = ("why", f"{PREFIX}description")

    def __init__(self, kind: Kind, row: Any, *args: Any, **kwargs: Any) -> None:
        self.kind, self.row = kind, row
        super().__init__(*args, **kwargs)
        own = {f"{PREFIX}{each.name}": self._field(each) for each in SHEETS[kind].columns}
        self.fields = own | self.fields
        self.dress()

    def _field(self, column: Column) -> forms.Field:
        is_key = self.row is not None and column.name in SHEETS[self.kind].key
        initial = column.cell.write(plain(getattr(self.row, column.field))) if self.row else None
        settings: dict[str, Any] = {
            "label": label_of(column),
            "required": False,
            "initial": initial,
            "disabled": is_key,
            "help_text": "the key of the row; it cannot change"
            if is_key
            else EXAMPLES.get(type(column.cell).__name__, ""),
        }
        cell = column.cell
        if isinstance(cell, Choice | YesNo):
            options = cell.options if isinstance(cell, Choice) else ("yes", "no")
            empty = [] if column.required else [("", "–")]
            return forms.ChoiceField(
                choices=[*empty, *((each, each) for each in options)], **settings
            )
        if isinstance(cell, Text) and cell.longest > LONG_TEXT:
            return forms.CharField(widget=forms.Textarea(attrs={"rows": 3}), **settings)
        return forms.CharField(max_length=2_000, **settings)

    def values(self) -> dict[str, object]:
        """What was typed, by the sheet's column names; the key of a row stays."""
        return {
            name.removeprefix(PREFIX): value
            for name, value in self.cleaned_data.items()
            if name.startswith(PREFIX) and not self.fields[name].disabled
        }

    def field_of(self, name: str) -> str | None:
        if name == "effective_from" and f"{PREFIX}{name}" not in self.fields:
            return "in_force_from"
        return f"{PREFIX}{name}" if f"{PREFIX}{name}" in self.fields else None
