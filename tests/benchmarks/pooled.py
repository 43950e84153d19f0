"""Our own API with the pool of connections that production has."""

from tests.benchmarks.serving import *  # noqa: F403

DATABASES["default"]["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 10}  # noqa: F405
DATABASES["default"] |= {"CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True}  # noqa: F405
