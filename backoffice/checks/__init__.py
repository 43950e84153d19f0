"""What would be unsafe stops the program at its start. None of it asks the database."""

from __future__ import annotations

from django.core import checks

from backoffice.checks import admin_site, libraries, production

__all__ = ["admin_site", "libraries", "production", "refuse_when_unsafe"]


def refuse_when_unsafe() -> None:
    """Run the checks where no management command does, which is under a WSGI server."""
    if errors := [error for error in checks.run_checks() if error.level >= checks.ERROR]:
        raise SystemExit("\n".join(str(error) for error in errors))
