"""Rows that nobody may change: the database itself refuses, for every role and tool."""

from __future__ import annotations

import pgtrigger


def append_only() -> list[pgtrigger.Trigger]:
    """Triggers that refuse UPDATE, DELETE and TRUNCATE."""
    return [
        pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        # Protect refuses whole statements by the rows they touch, of which TRUNCATE names none.
        pgtrigger.Trigger(
            name="no_truncate",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'pgtrigger: Cannot truncate % table', TG_TABLE_NAME;",
        ),
    ]


def once_a_statement(
    name: str, func: str, *, declare: list[tuple[str, str]] | None = None
) -> pgtrigger.Trigger:
    """A check of all rows that a statement adds, ``new_rows``: asked row by row it costs as much
    as the rows.
    """
    return pgtrigger.Trigger(
        name=name,
        level=pgtrigger.Statement,
        operation=pgtrigger.Insert,
        when=pgtrigger.After,
        referencing=pgtrigger.Referencing(new="new_rows"),  # type: ignore[no-untyped-call]
        declare=declare or [],
        func=func,
    )
