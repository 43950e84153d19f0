"""Leaner rows: Unfold writes some fifty style names into each cell of a list; ours has one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from django import template
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.text import capfirst

register = template.Library()
EMPTY = re.compile(r"(<td[^<>]*>)(</td>)")
NOTHING = '<span class="bo-none">–</span>'


@cache
def _replacements() -> tuple[tuple[str, str], ...]:
    # Unfold draws a template while it is imported, so it cannot be imported before that.
    from unfold.templatetags import unfold_list  # noqa: PLC0415

    return (
        (" ".join(unfold_list.TABLE_ACTION_CELL_CLASSES), "bo-cell bo-cell-check"),
        (" ".join(unfold_list.TABLE_CELL_CLASSES), "bo-cell"),
        (" ".join(unfold_list.LINK_CLASSES), "bo-row-link"),
        ("!text-end", "bo-cell-end"),
    )


@register.filter
def slim(cell: SafeString, header: Mapping[str, Any] | None = None) -> SafeString:
    """Shorten a cell's style names; on a phone its column's heading stands before it."""
    text = str(cell)
    for long, short in _replacements():
        text = text.replace(long, short)
    # An empty cell says so, and on a phone is left out.
    text = EMPTY.sub(rf"\1{NOTHING}\2", text)
    label = str(header["text"]) if header else ""
    if label and "<" not in label:
        text = text.replace(" class=", f' data-label="{escape(capfirst(label))}" class=', 1)
    # Only styles and an escaped label were put into what was safe before.
    return SafeString(text)
