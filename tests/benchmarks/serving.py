"""Our own API as it is served, on the bench's database and without rate limits."""

from tests.benchmarks.served import *  # noqa: F403

API_RATE_LIMITS = dict.fromkeys(API_RATE_LIMITS, 10**9)  # noqa: F405
# Nobody listens there, so that no booking waits for another machine.
STRIPE_API_BASE = "http://127.0.0.1:9"
