"""What our API and the stock way are served with alike: each thread keeps its connection.

So does the demo. Production has a pool unless ``DATABASE_POOL_SIZE`` is 0: see ``pooled.py``.
"""

from tests.benchmarks.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = "backoffice_bench"  # noqa: F405
DATABASES["default"]["CONN_MAX_AGE"] = 60  # noqa: F405
DATABASES["default"]["OPTIONS"].pop("pool")  # noqa: F405
EMBEDDED_DATABASE = "backoffice_bench"
