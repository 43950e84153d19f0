"""django-hordak the documented way, in an environment of its own; prints figures as JSON.

Usage: hordak_post.py ADDRESS post LEGS WRITERS SECONDS   postings a second
       hordak_post.py ADDRESS bulk COUNT                  the same, all in one transaction
       hordak_post.py ADDRESS read COUNT                  milliseconds with so many postings
"""

import json
import multiprocessing
import sys
import time
from statistics import median

import django
import psycopg
from django.conf import settings

NAME = "backoffice_bench_hordak"
ACCOUNTS = 20


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


def accounts():
    from hordak.models import Account

    return list(Account.objects.order_by("code"))


def poster(legs):
    """One posting with so many legs, as hordak's documentation makes them."""
    from django.db import transaction
    from hordak.models import Leg, Transaction
    from moneyed import Money

    bank, *others = accounts()
    one, all_of_it = Money(1, "USD"), Money(legs - 1, "USD")

    def transfer():
        bank.transfer_to(others[0], one)

    @transaction.atomic
    def many_legs():
        made = Transaction.objects.create()
        Leg.objects.create(transaction=made, account=bank, debit=all_of_it)
        for other in others[: legs - 1]:
            Leg.objects.create(transaction=made, account=other, credit=one)

    return transfer if legs == 2 else many_legs


def write(legs, seconds):
    from django.db import connections

    connections.close_all()
    post = poster(legs)
    for _ in range(20):
        post()
    done, begun = 0, time.perf_counter()
    while (spent := time.perf_counter() - begun) < seconds:
        post()
        done += 1
    return done / spent


def post(legs, writers, seconds):
    from django.db import connections

    connections.close_all()
    with multiprocessing.get_context("fork").Pool(int(writers)) as pool:
        return sum(pool.starmap(write, [(int(legs), float(seconds))] * int(writers)))


def bulk(count):
    """As hordak's own benchmark command makes transactions in bulk."""
    from django.db import transaction
    from hordak.models import Leg, Transaction
    from moneyed import Money

    bank, other, *_ = accounts()
    one, count = Money(1, "USD"), int(count)
    begun = time.perf_counter()
    with transaction.atomic():
        made = Transaction.objects.bulk_create([Transaction() for _ in range(count)])
        Leg.objects.bulk_create(
            leg
            for each in made
            for leg in (
                Leg(transaction=each, account=bank, credit=one),
                Leg(transaction=each, account=other, debit=one),
            )
        )
    return count / (time.perf_counter() - begun)


def read(count):
    from hordak.models import Account

    fill(int(count))
    bank = accounts()[0]
    return {
        "balance": milliseconds(bank.get_balance),
        "list": milliseconds(lambda: [a.balance for a in Account.objects.with_balances()]),
        "page": milliseconds(
            lambda: list(
                bank.legs.with_account_balance_after().order_by("-transaction__date", "-id")[:50]
            )
        ),
    }


# Of what takes so long, in milliseconds, one reading is enough.
LONG = 10_000


def milliseconds(work, times=3):
    found = []
    while len(found) < times and not (found and found[0] > LONG):
        begun = time.perf_counter()
        work()
        found.append((time.perf_counter() - begun) * 1000)
    return median(found)


def fill(count):
    """Postings between the first account and the others in turn, over three years."""
    from django.db import connection

    first, *others = [account.pk for account in accounts()]
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("TRUNCATE hordak_transaction, hordak_leg RESTART IDENTITY CASCADE")
        cursor.execute(
            "INSERT INTO hordak_transaction (uuid, timestamp, date, description)"
            " SELECT gen_random_uuid(), now(), date '2023-06-01' + (n %% 1095)::int, ''"
            " FROM generate_series(1, %s) n",
            [count],
        )
        for side, account in (("debit", "%s"), ("credit", "(%s::int[])[1 + id %% 19]")):
            cursor.execute(
                f"INSERT INTO hordak_leg (uuid, transaction_id, account_id, {side}, currency,"
                f" description) SELECT gen_random_uuid(), id, {account}, 1, 'USD', ''"
                " FROM hordak_transaction",
                [first if side == "debit" else others],
            )
        cursor.execute("SET session_replication_role = default")
        cursor.execute("VACUUM ANALYZE hordak_transaction")
        cursor.execute("VACUUM ANALYZE hordak_leg")


def main():
    address, mode, *told = sys.argv[1:]
    info = psycopg.conninfo.conninfo_to_dict(address)
    with psycopg.connect(address, autocommit=True) as link:
        if not link.execute("SELECT 1 FROM pg_database WHERE datname = %s", [NAME]).fetchone():
            link.execute(f"CREATE DATABASE {NAME}")
    configure(info)
    from django.core.management import call_command
    from hordak.models import Account

    call_command("migrate", verbosity=0)
    for number in range(Account.objects.count(), ACCOUNTS):
        kind = "LI" if number else "AS"
        Account.objects.create(name=f"Account {number}", code=f"{number:02}", type=kind)
    print(json.dumps({"post": post, "bulk": bulk, "read": read}[mode](*told)))


if __name__ == "__main__":
    main()
