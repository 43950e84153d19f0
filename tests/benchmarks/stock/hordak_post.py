"""Posting with django-hordak the documented way, in an environment of its own.

Usage: hordak_post.py ADDRESS WRITERS SECONDS; prints postings a second.
"""

import multiprocessing
import sys
import time

import django
import psycopg
from django.conf import settings

NAME = "backoffice_bench_hordak"


def configure(info):
    settings.configure(
        SECRET_KEY="bench",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "mptt",
            "djmoney",
            "hordak",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": NAME,
                "HOST": info["host"],
                "USER": info["user"],
                "PASSWORD": info.get("password", ""),
                "PORT": info.get("port", ""),
                "CONN_MAX_AGE": None,
            }
        },
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        HORDAK_CURRENCIES=["USD"],
        DEFAULT_CURRENCY="USD",
        HORDAK_DECIMAL_PLACES=2,
    )
    django.setup()


def write(seconds):
    from django.db import connections

    connections.close_all()
    from hordak.models import Account
    from moneyed import Money

    bank = Account.objects.get(name="Bank")
    other = Account.objects.get(name="Unapplied")
    for _ in range(20):
        bank.transfer_to(other, Money(1, "USD"))
    done, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        bank.transfer_to(other, Money(1, "USD"))
        done += 1
    return done / spent


def main():
    address, writers, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    info = psycopg.conninfo.conninfo_to_dict(address)
    with psycopg.connect(address, autocommit=True) as link:
        if not link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            link.execute(f"CREATE DATABASE {NAME}")
    configure(info)
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    if not Account.objects.exists():
        Account.objects.create(name="Bank", code="1", type="AS", currencies=["USD"])
        Account.objects.create(name="Unapplied", code="2", type="LI", currencies=["USD"])
    from django.db import connections

    connections.close_all()
    with multiprocessing.get_context("fork").Pool(writers) as pool:
        print(sum(pool.map(write, [seconds] * writers)))


if __name__ == "__main__":
    main()
