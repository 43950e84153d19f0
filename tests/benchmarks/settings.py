"""The settings of the tests, but on a database as in production: what is committed is on the disk.

It has a folder of its own, and the memory and the log that a server of this size is given.
"""

from tests.settings import *  # noqa: F403

EMBEDDED_FOLDER = EMBEDDED_FOLDER.with_name("bench")  # noqa: F405
EMBEDDED_CONFIGURATION = {
    "max_connections": "200",
    "shared_buffers": "2GB",
    "wal_buffers": "64MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "15min",
}
