"""Rows that nobody may change: the database itself refuses, for every role and tool."""

from __future__ import annotations

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Protect(
            name="no_truncate", operation=pgtrigger.Truncate, level=pgtrigger.Statement
        ),
    ]
