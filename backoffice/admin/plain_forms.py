"""Forms on pages of their own, with the same look and the same refusals as dialogs."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils import timezone

from backoffice.admin.refusals import PlacesRefusals

INPUT, SELECT = "bo-input", "bo-select"


class PlainForm(PlacesRefusals, forms.Form):
    """Every field with our classes; a refusal of the domain lands at its field."""

    wide: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.dress()

    def dress(self) -> None:
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs.setdefault("class", SELECT if is_select else INPUT)


def moment_field(label: str, help_text: str) -> forms.DateTimeField:
    """A moment in the deliveries' own zone, whatever zone the browser is in."""
    return LocalMoment(
        label=label,
        required=False,
        help_text=help_text,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
    )


class LocalMoment(forms.DateTimeField):
    def to_python(self, value: Any) -> Any:
        with timezone.override(ZoneInfo(settings.DELIVERIES_TIME_ZONE)):
            return super().to_python(value)
