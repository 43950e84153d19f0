"""The company that issues papers, as they name it."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True, slots=True)
class Issuer:
    """``tan`` is the number under which it withholds tax, ``pan`` the one under which it pays."""

    name: str
    address: str
    tan: str
    pan: str

    @property
    def tax_numbers(self) -> str:
        known = (("TAN", self.tan), ("PAN", self.pan))
        return " · ".join(f"{name} {number}" for name, number in known if number)


def issuer() -> Issuer:
    return Issuer(**settings.COMPANY)
