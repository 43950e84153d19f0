"""Where the embedded server keeps its data, and how it is set up."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

# A socket's path may have 107 bytes, of which the server takes the last part for itself.
LONGEST_FOLDER = 107 - len("/.s.PGSQL.5432")


def data_folder(repository: Path, chosen: str, environment: str) -> Path:
    """Find the data folder of one environment; demo and tests never share one.

    Root gets a folder outside the repository: the server then runs as a user of its own, and to let
    that user in, every parent folder of the data is opened for reading.
    """
    if chosen:
        base = Path(chosen).expanduser().resolve()
    elif os.geteuid() == 0:
        digest = hashlib.sha256(str(repository).encode()).hexdigest()[:8]
        base = Path("/var/lib") / f"backoffice-{digest}"
    else:
        base = repository / ".data"
    return base / environment


def configuration_for(environment: str) -> dict[str, str]:
    """What stands in the server's own file. People expect what they typed to survive a crash."""
    quick = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
    return {"max_connections": "200"} | (quick if environment == "test" else {})


def too_long_for_a_socket(folder: Path) -> bool:
    return len(os.fsencode(folder)) > LONGEST_FOLDER
