"""What our API and the stock way are served with alike: each thread keeps its connection.

That is how gunicorn's threads and the demo do it; a pool, which the tests have for a server with a
thread for each request, would be taken from and given back to with every request.
"""

from tests.benchmarks.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = "backoffice_bench"  # noqa: F405
DATABASES["default"]["CONN_MAX_AGE"] = 60  # noqa: F405
DATABASES["default"]["OPTIONS"].pop("pool")  # noqa: F405
EMBEDDED_DATABASE = "backoffice_bench"
