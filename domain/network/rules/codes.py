"""Referral codes: eight letters that nobody misreads."""

from __future__ import annotations

from secrets import choice

ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
LENGTH = 8


def new_code() -> str:
    return "".join(choice(ALPHABET) for _ in range(LENGTH))


def normal_code(text: str) -> str:
    """A code as somebody typed it: small letters and spaces do not matter."""
    return "".join(text.split()).upper()
