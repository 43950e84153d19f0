"""Bank accounts in India: the branch code and the number.

:source: docs/policies/compliance.md
"""

from __future__ import annotations

import re

# Four letters of the bank, a zero kept for later, six characters of the branch.
IFSC = re.compile(r"[A-Z]{4}0[A-Z0-9]{6}", re.ASCII)
SHORTEST, LONGEST = 9, 18
LONGEST_NAME = 120
LAST = 4


def normal_ifsc(ifsc: str) -> str:
    return "".join(ifsc.split()).upper()


def normal_number(number: str) -> str:
    """Leave out the spaces and hyphens with which people group digits."""
    return re.sub(r"[\s-]", "", number)


def account_errors(*, holder: str, ifsc: str, number: str) -> dict[str, list[str]]:
    """Say what is wrong with each field, given as typed; {} when nothing is."""
    errors: dict[str, list[str]] = {}
    if not holder.strip():
        errors["holder"] = ["Give the holder's name as the bank has it."]
    elif len(holder.strip()) > LONGEST_NAME:
        errors["holder"] = [f"At most {LONGEST_NAME} characters."]
    if not IFSC.fullmatch(normal_ifsc(ifsc)):
        errors["ifsc"] = [
            "An IFSC has four letters, a zero and six letters or digits, such as HDFC0001234."
        ]
    digits = normal_number(number)
    if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST):
        errors["number"] = [f"An account number has {SHORTEST} to {LONGEST} digits."]
    elif not digits.strip("0"):
        errors["number"] = ["An account number is not all zeros."]
    return errors


def mask_number(number: str) -> str:
    return f"•••• {number[-LAST:]}"
