"""A setting's value as people say and type it, and which values it may have."""

from __future__ import annotations

import re
from collections.abc import Sequence

from domain.common.errors import InvalidInput
from domain.common.money import percent, show, to_amount, to_cents, ungrouped
from domain.common.settings.kinds import NO_MOST, Definition, Kind

NOUNS = {Kind.CENTS: "An amount", Kind.BPS: "A share", Kind.HOUR_OF_DAY: "An hour of the day"}
NUMBER = re.compile(r"-?\d+(\.\d{1,2})?", re.ASCII)
UNITS = {Kind.HOURS: "h", Kind.DAYS: "days", Kind.MONTHS: "months"}


def said(definition: Definition, value: int | None) -> str:
    """A setting's value as people say it."""
    if value is None:
        return "none in force"
    match definition.kind:
        case Kind.CENTS:
            text = show(value, definition.currency)
        case Kind.CHOICE:
            text = choice_words(definition.choices[value])
        case Kind.WORDS:
            text = ", ".join(definition.words_of(value))
        case Kind.BPS:
            text = percent(value)
        case Kind.HOUR_OF_DAY:
            text = f"{value}:00"
        case Kind.YES_NO:
            text = "yes" if value else "no"
        case _:
            text = f"{value:,} {UNITS.get(definition.kind, '')}".strip()
    return text


def choice_words(choice: str) -> str:
    """``RUPEE_HALF_UP`` as ``rupee half up``."""
    return choice.replace("_", " ").lower()


def allowed(definition: Definition) -> str:
    """Which values it may have: said beforehand, and to whoever gives another."""
    if definition.kind == Kind.WORDS:
        needed = ", ".join(definition.needed)
        return f"In order, of {', '.join(definition.choices)}; {needed} cannot be left out."
    if definition.kind == Kind.CHOICE:
        return f"One of {', '.join(map(choice_words, definition.choices))}."
    if definition.kind == Kind.YES_NO:
        return "Yes or no."
    least, most = said(definition, definition.least), said(definition, definition.most)
    span = f"from {least} to {most}" if definition.most < NO_MOST else f"{least} or more"
    return f"{NOUNS.get(definition.kind, 'A whole number')}, {span}."


def refusal_of(definition: Definition, value: int) -> str:
    """Why a value cannot be; nothing when it can."""
    if not definition.least <= value <= definition.most:
        return allowed(definition)
    if definition.kind != Kind.WORDS:
        return ""
    if not {*map(int, str(value))} <= {*range(1, len(definition.choices) + 1)}:
        return f"Each digit stands for one of {len(definition.choices)} words."
    try:
        definition.value_of(definition.words_of(value))
    except InvalidInput as refusal:
        return str(refusal)
    return ""


def understood(definition: Definition, text: str) -> int:
    """Read a value as people type it: an amount, percent, hours, a word.

    :raises InvalidInput: it is no such value
    """
    if definition.kind == Kind.WORDS:
        return definition.value_of([word for word in re.split(r"[\s,]+", text.lower()) if word])
    if definition.kind == Kind.CHOICE:
        return _place_in(definition, definition.choices, "_".join(text.upper().split()))
    if definition.kind == Kind.YES_NO:
        return _place_in(definition, ("no", "yes"), text.strip().lower())
    plain = ungrouped(text.strip().removesuffix("%").lstrip("$₹").strip())
    if definition.kind == Kind.CENTS:
        return to_cents(plain, definition.currency)
    if definition.kind == Kind.BPS and NUMBER.fullmatch(plain):
        return to_cents(plain, "")
    if definition.kind == Kind.BPS or not plain.removesuffix(":00").isdecimal():
        raise InvalidInput.of({"value": [allowed(definition)]})
    return int(plain.removesuffix(":00"))


def typed(definition: Definition, value: int) -> str:
    """A value as a field holds it, which is read back by ``understood``."""
    match definition.kind:
        case Kind.CENTS:
            return str(to_amount(value, definition.currency))
        case Kind.BPS:
            return percent(value).removesuffix(" %")
        case Kind.CHOICE | Kind.WORDS | Kind.YES_NO:
            return said(definition, value)
        case _:
            return str(value)


def _place_in(definition: Definition, words: Sequence[str], word: str) -> int:
    if word not in words:
        raise InvalidInput.of({"value": [allowed(definition)]})
    return words.index(word)
