"""PostgreSQL as Django knows it, on a server that is started when somebody first connects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from backoffice.embedded.server import USER, server_in
from backoffice.pools import pools


class DatabaseWrapper(base.DatabaseWrapper):
    def get_connection_params(self) -> dict[str, Any]:
        if self.alias in pools():
            # A pool knows its own; looking after the server takes as long as a short answer.
            return {}
        server = server_in(
            Path(settings.EMBEDDED_FOLDER),
            settings.EMBEDDED_DATABASE,
            settings.EMBEDDED_CONFIGURATION,
        )
        self.settings_dict["HOST"] = str(server.ensure_running())
        self.settings_dict["USER"] = USER
        return super().get_connection_params()
