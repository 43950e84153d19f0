"""Settings that would be unsafe stop the program at its start."""

from __future__ import annotations

from django.core import checks


def refuse_when_unsafe() -> None:
    if errors := [error for error in checks.run_checks() if error.level >= checks.ERROR]:
        raise SystemExit("\n".join(str(error) for error in errors))
