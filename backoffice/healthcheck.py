"""Ask the web server on this machine whether it lives: ``python -m backoffice.healthcheck``."""

from __future__ import annotations

import http.client
import os
import sys

PORT = 8000


def alive() -> bool:
    # Only hosts that are allowed get an answer, and 127.0.0.1 is not one of them.
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=4)
    try:
        connection.request("GET", "/api/health/live/", headers={"Host": host})
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not alive())
