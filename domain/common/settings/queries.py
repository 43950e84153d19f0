from __future__ import annotations

from datetime import datetime

from domain.common.settings.definitions import DEFINITIONS
from domain.common.settings.models import DatedSetting, SettingState


def setting_at(name: str, at: datetime) -> int:
    """Return a setting's value in force at a moment: its newest approved row, else its default.

    :raises KeyError: there is no setting of that name
    """
    definition = DEFINITIONS[name]
    row = (
        DatedSetting.objects.filter(name=name, state=SettingState.APPROVED, valid_from__lte=at)
        .order_by("-valid_from", "-id")
        .values_list("value", flat=True)
        .first()
    )
    return definition.default if row is None else row


def settings_at(names: list[str], at: datetime) -> dict[str, int]:
    """Return several settings in one query."""
    rows = (
        DatedSetting.objects.filter(name__in=names, state=SettingState.APPROVED, valid_from__lte=at)
        .order_by("name", "-valid_from", "-id")
        .distinct("name")
        .values_list("name", "value")
    )
    return {name: DEFINITIONS[name].default for name in names} | dict(rows)
