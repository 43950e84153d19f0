"""Who issues papers, from the environment: see docs/configuration.md."""

from __future__ import annotations

import environ

env = environ.Env()
# Nobody's: no company has these numbers, and production never sees them.
EXAMPLE = {
    "name": "Example Mobility Private Limited",
    "address": "14 Residency Road, Bengaluru 560025, Karnataka, India",
    "tan": "BLRE00000A",
    "pan": "AAACE0001A",
}
IS_REAL = env.str("BACKOFFICE_ENV", default="production") == "production"


def told(part: str) -> str:
    found: str = env.str(f"COMPANY_{part.upper()}", default="" if IS_REAL else EXAMPLE[part])
    return found.strip()


COMPANY = {part: told(part) for part in EXAMPLE}
