"""Words of a booking's page."""

from __future__ import annotations

from typing import Any

from django import template
from django.utils.safestring import SafeString

from backoffice.admin import columns
from domain.bookings.models import BookingLine
from domain.common.money import percent, show

register = template.Library()

SHOWN_OF_AN_ID = 4


@register.filter
def rule_words(line: BookingLine) -> str:
    """The rule behind a line: ``surcharge rules, version 31``."""
    if not line.rule_kind:
        return ""
    return f"{cut_underscores(line.rule_kind)}, version {line.rule_version_id}"


@register.filter
def cut_underscores(text: str) -> str:
    return text.replace("_", " ")


@register.filter
def pairs(inputs: dict[str, Any]) -> list[tuple[str, Any]]:
    """An input may itself be called ``items``, which a template would take for the method."""
    return list(inputs.items())


@register.filter
def plain(value: Any, name: str = "") -> str:
    """An input of a rule as people read it."""
    if value is None or value in ("", []):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, int) and name.endswith("_cents"):
        return show(value, "USD")
    if isinstance(value, int) and name.endswith("_bps"):
        return percent(value)
    return str(value)


@register.filter
def masked(text: str, shown: Any) -> SafeString:
    """A payment's id: whole for those who may see it, else its last four characters."""
    if shown:
        return columns.copyable(text)
    return columns.badge(f"•••• {text[-SHOWN_OF_AN_ID:]}", title="You see only its end.")
