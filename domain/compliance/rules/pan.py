"""The permanent account number of Indian income tax: what its ten characters tell.

:source: docs/policies/compliance.md
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class PanStatus(StrEnum):
    VALID = "VALID"
    INVALID = "INVALID"
    MISSING = "MISSING"


# The fourth letter says what kind of holder it was given to.
HOLDERS = {
    "P": "INDIVIDUAL",
    "C": "COMPANY",
    "H": "HUF",
    "F": "FIRM",
    "A": "AOP",
    "T": "TRUST",
    "B": "BOI",
    "L": "LOCAL_AUTHORITY",
    "J": "ARTIFICIAL_JURIDICAL_PERSON",
    "G": "GOVERNMENT",
}
SHAPE = re.compile(r"[A-Z]{3}[PCHFATBLJG][A-Z](?!0000)[0-9]{4}[A-Z]", re.ASCII)
SURNAME_DIFFERS = "SURNAME_MISMATCH"
FOURTH, FIFTH = 3, 4


@dataclass(frozen=True, slots=True)
class PanCheck:
    """``pan`` is normalised; ``holder`` is "" unless the number is valid."""

    pan: str
    status: PanStatus
    holder: str = ""
    warnings: tuple[str, ...] = ()


def check_pan(pan: str, *, surname: str = "") -> PanCheck:
    """Check the form of a number, and for a person that it fits their surname.

    A surname that does not fit is a warning: names change, and people are known by others.
    """
    normal = "".join(pan.split()).upper()
    if not normal:
        return PanCheck("", PanStatus.MISSING)
    if not SHAPE.fullmatch(normal):
        return PanCheck(normal, PanStatus.INVALID)
    holder = HOLDERS[normal[FOURTH]]
    initial = surname.strip()[:1].upper()
    differs = holder == "INDIVIDUAL" and initial and initial != normal[FIFTH]
    return PanCheck(normal, PanStatus.VALID, holder, (SURNAME_DIFFERS,) if differs else ())


def mask_pan(pan: str) -> str:
    """As lists show it: the first two and the last two characters."""
    return f"{pan[:2]}••••••{pan[-2:]}" if len(pan) > FIFTH else "••••"
