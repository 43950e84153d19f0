"""How each sort of cell is read from a sheet, and written back the same.

What is read is plain JSON, so that a row can be compared, kept and shown as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Protocol

from domain.catalog.workbook.problems import CellProblem

type Json = str | int | bool | list[str] | dict[str, str] | None
type Raw = object

LONGEST_CELL = 4_000
MOST_MONEY = Decimal("100000000")
NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)
INVISIBLE = {"Cf", "Cc", "Co", "Cs", "Cn", "Zl", "Zp"}
# A zero-width joiner holds emoji together; a line break may stand in a description.
ALLOWED_INVISIBLE = {"\n", "\r", "\t", "\u200d"}


class CellType(Protocol):
    def read(self, raw: Raw) -> Json:
        """:raises CellProblem: the cell cannot be taken"""

    def write(self, value: Json) -> str | int | None: ...


def text_of(raw: Raw) -> str:
    """The cell's text without spaces around it; "" for an empty cell."""
    if raw is None:
        return ""
    if isinstance(raw, bool):
        return "yes" if raw else "no"
    if isinstance(raw, float):
        return repr(int(raw)) if raw.is_integer() and abs(raw) < 10**15 else repr(raw)
    if isinstance(raw, (datetime, date, time)):
        raise CellProblem("holds a date; write text here.")
    text = unicodedata.normalize("NFC", str(raw)).replace("\u00a0", " ").strip()
    if len(text) > LONGEST_CELL:
        raise CellProblem(f"holds {len(text):,} characters; at most {LONGEST_CELL:,} are read.")
    for character in text:
        if unicodedata.category(character) in INVISIBLE and character not in ALLOWED_INVISIBLE:
            raise CellProblem(f"holds an invisible character (U+{ord(character):04X}); retype it.")
    return text


def decimal_of(raw: Raw, example: str) -> Decimal:
    if isinstance(raw, bool):
        raise CellProblem(f"holds yes or no; write a number such as {example}.")
    text = text_of(raw)
    if isinstance(raw, (int, float)):
        # A binary fraction goes through its shortest text: 99.1 is 99.1, 0.1 + 0.2 is not 0.3.
        try:
            value = Decimal(text)
        except InvalidOperation:  # pragma: no cover - repr of a float is always a number
            raise CellProblem(f"is not a number; write {example}.") from None
        if not value.is_finite():
            raise CellProblem(f"is not a number ({text}); write {example}.")
        return value
    if not NUMBER.fullmatch(text):
        raise CellProblem(
            f"{text[:40]!r} is not a number; write {example}, without signs or separators."
        )
    return Decimal(text)


def hundredths_of(raw: Raw, example: str, most: Decimal) -> int:
    value = decimal_of(raw, example)
    if value < 0 or (value == 0 and value.is_signed()):
        raise CellProblem(f"{text_of(raw)} is negative; write {example}.")
    if value > most:
        raise CellProblem(f"{text_of(raw)[:40]} is too large; at most {most:,}.")
    hundredths = value * 100
    if hundredths != hundredths.to_integral_value():
        raise CellProblem(f"{text_of(raw)[:40]} has more than two decimals; write {example}.")
    return int(hundredths)


def plain_hundredths(value: Json) -> str | None:
    return None if value is None else f"{Decimal(str(value)).scaleb(-2):.2f}"


@dataclass(frozen=True, slots=True)
class Text:
    longest: int = 200
    pattern: str = ""
    example: str = ""

    def read(self, raw: Raw) -> Json:
        text = text_of(raw)
        if len(text) > self.longest:
            raise CellProblem(f"holds {len(text):,} characters; at most {self.longest:,}.")
        if self.pattern and text and not re.fullmatch(self.pattern, text, re.ASCII):
            raise CellProblem(f"{text[:60]!r} has another form than {self.example}.")
        return text

    def write(self, value: Json) -> str | int | None:
        return str(value) if value else None


@dataclass(frozen=True, slots=True)
class Choice:
    options: Collection[str]

    def read(self, raw: Raw) -> Json:
        text = text_of(raw)
        if text and text not in self.options:
            raise CellProblem(f"{text[:60]!r} is none of: {', '.join(self.options)}.")
        return text

    def write(self, value: Json) -> str | int | None:
        return str(value) if value else None


@dataclass(frozen=True, slots=True)
class Money:
    """Major units in the sheet (1725.00), minor units in the row."""

    def read(self, raw: Raw) -> Json:
        return None if text_of(raw) == "" else hundredths_of(raw, "1725.00", MOST_MONEY)

    def write(self, value: Json) -> str | int | None:
        return plain_hundredths(value)


@dataclass(frozen=True, slots=True)
class Percent:
    """12.5 in the sheet, 1250 basis points in the row."""

    def read(self, raw: Raw) -> Json:
        return None if text_of(raw) == "" else hundredths_of(raw, "12.5", Decimal(100))

    def write(self, value: Json) -> str | int | None:
        plain = plain_hundredths(value)
        return None if plain is None else plain.rstrip("0").rstrip(".")


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours with at most two decimals, kept as text ("7.50")."""

    def read(self, raw: Raw) -> Json:
        if text_of(raw) == "":
            return None
        return plain_hundredths(hundredths_of(raw, "7.50", Decimal(99)))

    def write(self, value: Json) -> str | int | None:
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Whole:
    least: int = 0
    most: int = 1_000_000

    def read(self, raw: Raw) -> Json:
        if text_of(raw) == "":
            return None
        value = decimal_of(raw, str(max(self.least, 1)))
        if value != value.to_integral_value():
            raise CellProblem(f"{text_of(raw)[:40]} is not a whole number.")
        if not self.least <= value <= self.most:
            raise CellProblem(
                f"{text_of(raw)[:40]} is out of range; {self.least:,} to {self.most:,}."
            )
        return int(value)

    def write(self, value: Json) -> str | int | None:
        return value if isinstance(value, int) else None


@dataclass(frozen=True, slots=True)
class YesNo:
    def read(self, raw: Raw) -> Json:
        text = text_of(raw).lower()
        if text in ("yes", "true"):
            return True
        if text in ("no", "false"):
            return False
        if text == "":
            return None
        raise CellProblem(f"{text[:40]!r} is neither yes nor no.")

    def write(self, value: Json) -> str | int | None:
        return "yes" if value else "no"


@dataclass(frozen=True, slots=True)
class Day:
    """A date, kept as ISO text. A bare number is refused: its calendar is anybody's guess."""

    def read(self, raw: Raw) -> Json:
        if isinstance(raw, datetime):
            if raw.time() != time():
                raise CellProblem("holds a time of day too; write the date as 2027-12-25.")
            return raw.date().isoformat()
        if isinstance(raw, date):
            return raw.isoformat()
        text = text_of(raw)
        if text == "":
            return None
        sentence = f"{text[:40]!r} is not a date; write it as 2027-12-25."
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            raise CellProblem(sentence)
        try:
            return date.fromisoformat(text).isoformat()
        except ValueError:
            raise CellProblem(sentence) from None

    def write(self, value: Json) -> str | int | None:
        return str(value) if value else None


@dataclass(frozen=True, slots=True)
class ListOf:
    """Values separated by semicolons."""

    pattern: str = r"[^;]{1,100}"
    example: str = "a; b"

    def read(self, raw: Raw) -> Json:
        parts = [part.strip() for part in text_of(raw).split(";") if part.strip()]
        for part in parts:
            if not re.fullmatch(self.pattern, part):
                raise CellProblem(
                    f"{part[:40]!r} has another form than {self.example} "
                    "(values are separated by semicolons)."
                )
        doubled = {part for part in parts if parts.count(part) > 1}
        if doubled:
            raise CellProblem(f"{min(doubled)[:40]!r} is listed twice.")
        return parts

    def write(self, value: Json) -> str | int | None:
        return "; ".join(value) if isinstance(value, list) and value else None


@dataclass(frozen=True, slots=True)
class Pairs:
    """``name: value`` pairs separated by semicolons."""

    def read(self, raw: Raw) -> Json:
        pairs: dict[str, str] = {}
        for part in text_of(raw).split(";"):
            if not part.strip():
                continue
            name, colon, value = (piece.strip() for piece in part.partition(":"))
            if not (name and colon and value):
                raise CellProblem(f"{part.strip()[:40]!r} is no pair; write range_km: 95.")
            if name in pairs:
                raise CellProblem(f"{name[:40]!r} is listed twice.")
            pairs[name] = value
        return pairs

    def write(self, value: Json) -> str | int | None:
        if not isinstance(value, dict) or not value:
            return None
        return "; ".join(f"{name}: {each}" for name, each in value.items())
