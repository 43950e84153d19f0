"""What a team would have after a day: the same tables behind stock DRF views."""

from tests.benchmarks.served import *  # noqa: F403

ROOT_URLCONF = "tests.benchmarks.stock.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "tests.benchmarks.stock"]  # noqa: F405
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
SECURE_SSL_REDIRECT = False
