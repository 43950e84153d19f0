"""What a cell of an exported file may hold."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

from django.utils import timezone
from django.utils.html import strip_tags
from django.utils.safestring import SafeString

type Cell = str | int | Decimal | date | datetime | None

# A spreadsheet takes a cell that begins with one of these for a formula.
RISKY = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r", "\n")
# What may stand before such a character unseen.
UNSEEN = " \u00a0\u200b\u200c\u200d\u2060\ufeff\u202a\u202d\u202e\"'"
NEVER_IN_A_CELL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
LONGEST_CELL = 32_000
NOTHING = "–"
AMOUNT = re.compile(r'class="bo-money[^>]*>(?P<sign>−?)[^\d−]*(?P<figures>[\d,]+\.\d\d)')
MOMENT = re.compile(r'<time [^>]*title="\w+ (?P<moment>\d\d \w+ \d{4}, [\d:]{8}) ')
DAY = re.compile(r'class="bo-time" title="\w+ (?P<day>\d\d \w+ \d{4}) \(')


def safe_text(text: str) -> str:
    """Return text that no spreadsheet runs: what looks like a formula gets a quote before it."""
    text = NEVER_IN_A_CELL.sub("", text)[:LONGEST_CELL]
    if text.startswith(RISKY) or text.lstrip(UNSEEN).startswith(RISKY):
        return f"'{text}"
    return text


def plain(value: Any) -> Cell:
    """Turn what a column shows into what a file keeps: numbers and dates as such, text as text."""
    if isinstance(value, tuple | list):
        # Unfold's badges are pairs of a colour's key and a word.
        return plain(value[-1]) if value else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, microsecond=0)
    if value is None or isinstance(value, int | Decimal | date):
        return value
    if isinstance(value, SafeString):
        return _words(value)
    return str(value)


def _words(markup: str) -> Cell:
    """Read back what a column wrote: the amount, the moment, the day, else the words."""
    if found := AMOUNT.search(markup):
        amount = Decimal(found["figures"].replace(",", ""))
        return -amount if found["sign"] else amount
    if found := MOMENT.search(markup):
        return datetime.strptime(found["moment"], "%d %B %Y, %H:%M:%S")  # noqa: DTZ007  local
    if found := DAY.search(markup):
        return datetime.strptime(found["day"], "%d %B %Y").date()  # noqa: DTZ007  a date only
    text = " ".join(unescape(strip_tags(markup)).split())
    return "" if text == NOTHING else text


def for_csv(cell: Cell) -> str | int | Decimal:
    """Write a cell for a CSV file; numbers keep their sign, text is made harmless."""
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat(" ", "seconds")
    if isinstance(cell, date):
        return cell.isoformat()
    return safe_text(cell) if isinstance(cell, str) else cell
