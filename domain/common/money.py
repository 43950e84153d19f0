"""Money is a whole number of minor units (cents, paise) beside its currency."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation

from domain.common.errors import InvalidInput

SYMBOLS = {"USD": "$", "INR": "₹", "EUR": "€"}
SHOWN = re.compile(r"−?(?:[$₹€]|\b[A-Z]{3} )\d[\d,]*\.\d\d")
MINOR_UNITS = 100
BPS = 10_000
# Thousands as they are written in the United States and in India.
GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{2,3})*,\d{3}(?:\.\d*)?")


def share(cents: int, bps: int) -> int:
    """Return ``bps`` basis points of ``cents``, rounded half up (away from zero)."""
    product = abs(cents) * bps
    rounded = (2 * product + BPS) // (2 * BPS)
    return rounded if cents >= 0 else -rounded


def spread(total_cents: int, weights: Sequence[int]) -> list[int]:
    """Split ``total_cents`` in proportion to ``weights`` by largest remainder.

    The parts add up to the total exactly; no part exceeds its weight while the total
    does not exceed the sum of the weights. Ties go to the earlier weight.

    :raises ValueError: a weight is negative, or all are zero and there is money to split
    """
    if any(weight < 0 for weight in weights):
        raise ValueError("weights must not be negative")
    whole = sum(weights)
    if whole == 0:
        if total_cents:
            raise ValueError("there is nothing to spread the money over")
        return [0] * len(weights)
    parts = [total_cents * weight // whole for weight in weights]
    left = total_cents - sum(parts)
    by_remainder = sorted(
        range(len(weights)), key=lambda i: (-(total_cents * weights[i] % whole), i)
    )
    for index in by_remainder[:left]:
        parts[index] += 1
    return parts


def ungrouped(text: str) -> str:
    """Take the commas out of ``1,234.50`` and ``4,18,300``; any other comma stays and is no number.

    Elsewhere a comma stands before the decimals: who types ``5,50`` does not mean 550.
    """
    return text.replace(",", "") if GROUPED.fullmatch(text) else text


def to_cents(amount: Decimal | str | int, currency: str) -> int:
    """Turn major units into minor units.

    :raises InvalidInput: not a number, or more than two decimals
    """
    try:
        value = Decimal(str(amount).strip())
    except InvalidOperation as error:
        raise InvalidInput(f"{amount!r} is not an amount of {currency}.") from error
    if not value.is_finite():
        raise InvalidInput(f"{amount!r} is not an amount of {currency}.")
    cents = value * MINOR_UNITS
    if cents != cents.to_integral_value():
        raise InvalidInput(f"{amount} has more than two decimals.")
    return int(cents)


def to_amount(cents: int, currency: str) -> Decimal:
    """Turn minor units into major units, always with two decimals."""
    del currency  # every currency of the house has two decimals; the name is for the reader
    return Decimal(cents).scaleb(-2)


def show(cents: int, currency: str) -> str:
    """Write an amount for people: ``$1,725.00``, ``−$175.00``, ``₹4,18,300.00``."""
    major, minor = divmod(abs(cents), MINOR_UNITS)
    grouped = _group_indian(major) if currency == "INR" else f"{major:,}"
    sign = "−" if cents < 0 else ""
    symbol = SYMBOLS.get(currency, f"{currency} ")
    return f"{sign}{symbol}{grouped}.{minor:02d}"


def without_amounts(text: str) -> str:
    """Take out of a sentence what ``show`` wrote into it, for those who may see no prices."""
    return SHOWN.sub("an amount", text)


def _group_indian(major: int) -> str:
    digits = str(major)
    head, tail = digits[:-3], digits[-3:]
    pairs: list[str] = []
    while head:
        pairs.insert(0, head[-2:])
        head = head[:-2]
    return ",".join([*pairs, tail])


def percent(bps: int) -> str:
    """Say a rate as people do: 500 is ``5 %``, 1250 is ``12.5 %``."""
    whole, hundredths = divmod(bps, 100)
    return f"{whole}.{hundredths:02d}".rstrip("0").rstrip(".") + " %"
