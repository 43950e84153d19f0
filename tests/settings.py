"""The settings of the product, in its test environment."""

import os
import sys

os.environ["BACKOFFICE_ENV"] = "test"
os.environ.pop("STRIPE_API_BASE", None)

from backoffice.settings import *  # noqa: F403

# Hashing well is slow by design.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# Without migrations the triggers have to come from the models; inherited by parallel workers.
if {"--no-migrations", "--nomigrations"} & set(sys.argv):
    os.environ["TRIGGERS_FROM_MODELS"] = "1"
PGTRIGGER_INSTALL_ON_MIGRATE = "TRIGGERS_FROM_MODELS" in os.environ
# Kept as in production: a server under test answers each request from a thread of its own, and
# a connection takes longer to open than most of them to answer. Races come with 32 at once.
DATABASES["default"]["OPTIONS"]["pool"] = {  # noqa: F405
    "min_size": 0,
    "max_size": 64,
    "max_idle": 5,
    "timeout": 60,
}
LOG_LEVEL = "WARNING"
# Private documents of tests lie nowhere.
STORAGES = {**STORAGES, "private": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}  # noqa: F405
# Each test's client would list all static files anew.
WHITENOISE_AUTOREFRESH = True
