"""Fields that take what the contract says and nothing that merely looks like it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from rest_framework import serializers
from rest_framework.fields import empty

DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
HEX_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)


# A request, or a part of one. (A docstring here would be told to guests as its description.)
class Ask(serializers.Serializer[Any]):
    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)  # which says that it is no object
        # A misspelt option must not be dropped in silence.
        errors: dict[str, Any] = {
            str(name): [f"There is no field “{name}”."]
            for name in sorted(data.keys() - self.fields.keys())
        }
        values: dict[str, Any] = {}
        for name, field in self.fields.items():
            if name not in data and not self._speaks(field):
                continue
            try:
                values[name] = field.run_validation(data.get(name, empty))
            except serializers.ValidationError as error:
                errors[name] = error.detail
        if errors:
            raise serializers.ValidationError(errors)
        return values

    @staticmethod
    def _speaks(field: serializers.Field[Any, Any, Any, Any]) -> bool:
        """Whether something is to be said of a field that is left out, as most are."""
        return bool(field.required) or field.default is not empty


class Text(serializers.CharField):
    """Text as it came: what is stored is trimmed by the domain."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**{"trim_whitespace": False} | more)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        if isinstance(data, float) and not data.is_integer():
            self.fail("invalid")
        return int(data)


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if data is not True and data is not False:
            self.fail("invalid", input=data)
        return data


class Day(serializers.DateField):
    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str) or not DAY.fullmatch(value):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Id(serializers.UUIDField):
    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str) or not HEX_ID.fullmatch(data):
            self.fail("invalid", value=str(data)[:60])
        return UUID(data)


class OneOf(serializers.ChoiceField):
    default_error_messages = {"invalid_choice": "Choose one of: {allowed}."}  # noqa: RUF012

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str) or data not in self.choices:
            self.fail("invalid_choice", allowed=", ".join(map(str, self.choices)))
        return data


def cents(**more: Any) -> serializers.IntegerField:
    """Describe an amount in minor units of an answer."""
    return serializers.IntegerField(help_text="Minor units.", **more)


def dollars(**more: Any) -> serializers.DecimalField:
    """Describe an amount in major units of an answer: a JSON number with two decimals."""
    return serializers.DecimalField(
        max_digits=14, decimal_places=2, coerce_to_string=False, help_text="Major units.", **more
    )
