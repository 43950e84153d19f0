from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from domain.common.errors import DomainError
from domain.common.prepared import rows_prepared
from domain.common.settings.definitions import DEFINITIONS
from domain.common.settings.kinds import Kind

# Asked by every quote: plain SQL costs a fifth of the same through the ORM.
IN_FORCE = """
SELECT DISTINCT ON (name) name, value FROM domain_datedsetting
WHERE name = ANY(%(names)s) AND state = 'approved' AND valid_from <= %(at)s
ORDER BY name, valid_from DESC, id DESC
"""
# At least one row, for what else is asked.
BESIDE = "SELECT beside.*, name, value FROM (SELECT {}) AS beside LEFT JOIN ({}) AS found ON true"


class NoSettingInForce(DomainError):
    """Nothing says what to do on that day, and nothing is guessed."""

    code = "no_setting_in_force"


def setting_at(name: str, at: datetime) -> int:
    """Return a setting's value in force at a moment: its newest approved row, else its default.

    :raises KeyError: there is no setting of that name
    :raises NoSettingInForce: it has no row and no default at that moment
    """
    return settings_at([name], at)[name]


def choice_at(name: str, at: datetime) -> str:
    """Return a choice in force at a moment, by its name; raises as ``setting_at``."""
    return DEFINITIONS[name].choices[setting_at(name, at)]


def words_at(name: str, at: datetime) -> tuple[str, ...]:
    """Return words in order in force at a moment; raises as ``setting_at``."""
    return DEFINITIONS[name].words_of(setting_at(name, at))


def settings_at(names: Collection[str], at: datetime) -> dict[str, int]:
    """Return several settings in one query; raises as ``setting_at``."""
    return _all_known(values_at(names, at), at)


def settings_beside(
    asked: tuple[str, ...], names: Collection[str], at: datetime
) -> tuple[list[Any], dict[str, int]]:
    """Return what expressions of SQL give, and several settings, in one query.

    Raises as ``setting_at``.
    """
    rows = rows_prepared(_beside(asked), {"names": list(names), "at": at})
    values = {name: DEFINITIONS[name].default_at(at) for name in names}
    values.update(row[-2:] for row in rows if row[-2] is not None)
    return list(rows[0][:-2]), _all_known(values, at)


@cache
def _beside(asked: tuple[str, ...]) -> str:
    return BESIDE.format(", ".join(asked), IN_FORCE)


def _all_known(values: Mapping[str, int | None], at: datetime) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, value in values.items():
        if value is None:
            raise NoSettingInForce(
                f"No value of {name} is in force on {at:%d %b %Y}. "
                "Propose one under Business settings, and have it approved."
            )
        found[name] = value
    return found


def values_at(names: Collection[str], at: datetime) -> dict[str, int | None]:
    """Return several settings in one query; None where nothing is in force."""
    values = {name: DEFINITIONS[name].default_at(at) for name in names}
    values.update(rows_prepared(IN_FORCE, {"names": list(names), "at": at}))
    return values


def snapshot(names: Collection[str], at: datetime) -> dict[str, int | str]:
    """Return settings as a record keeps them: numbers, and choices by their names."""
    return {
        name: DEFINITIONS[name].choices[value] if DEFINITIONS[name].kind == Kind.CHOICE else value
        for name, value in settings_at(names, at).items()
    }
