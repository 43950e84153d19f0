"""Our own API as it is served, on the bench's database and without rate limits."""

from tests.benchmarks.settings import *  # noqa: F403

DATABASES["default"]["NAME"] = "backoffice_bench"  # noqa: F405
EMBEDDED_DATABASE = "backoffice_bench"
API_RATE_LIMITS = dict.fromkeys(API_RATE_LIMITS, 10**9)  # noqa: F405
# Nobody listens there, so that no booking waits for another machine.
STRIPE_API_BASE = "http://127.0.0.1:9"
