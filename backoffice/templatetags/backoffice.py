"""``backoffice.admin.columns`` for templates; see there."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django import template
from django.db.models import Model
from django.utils.safestring import SafeString
from django.utils.text import capfirst

from backoffice.admin import columns
from backoffice.menu import titles
from domain.common.money import percent
from domain.common.workflow import Stateful
from domain.staff.models import Staff

register = template.Library()


@register.filter
def money(cents: int | None, currency: str = "USD") -> SafeString:
    return columns.money(cents, currency)


@register.filter
def state(record: Stateful) -> SafeString:
    return columns.state_badge(record)


@register.filter
def badge(text: str, tone: str = columns.Tone.STOPPED) -> SafeString:
    return columns.badge(text, tone)


register.filter("event_words", columns.event_words)
register.filter("moved", columns.moved)


@register.filter
def when(moment: datetime | None) -> SafeString:
    return columns.when(moment)


@register.filter
def age(moment: datetime | None) -> SafeString:
    return columns.age(moment)


@register.filter
def day(value: date | None, line: str = "delivery") -> SafeString:
    return columns.day(value, line=line)


@register.filter
def person(staff: Staff | None) -> SafeString:
    return columns.person(staff)


@register.filter
def name_of(staff: Staff | None) -> SafeString:
    return columns.person(staff, role=False)


@register.filter
def copyable(text: str | None) -> SafeString:
    return columns.copyable(text)


@register.filter
def page_url(record: object) -> str:
    return columns.page_url(record)


@register.simple_block_tag
def link(content: SafeString, record: Model) -> SafeString:
    """``{% link payment %}Payment 12{% endlink %}``: a link for those who may open the page."""
    return columns.page_link(record, content)


@register.filter
def ended(sentence: str) -> str:
    """Somebody else's words as a sentence, with one full stop."""
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


@register.filter
def signed(change: int) -> str:
    """``+1``, ``−1``, or a dash where nothing changed."""
    return f"{change:+d}".replace("-", "−") if change else "–"


@register.filter
def rule(rules: dict[str, object], name: str) -> object:
    """A setting that a record keeps, by its name."""
    return rules.get(name, "")


register.filter("percent", percent)


@register.filter
def crumb(part: dict[str, Any]) -> str:
    """What a part of Unfold's way to a page is called: a list as the menu calls it."""
    return titles().get(part.get("link", "")) or capfirst(part["title"])
