"""P4: the public API, one gunicorn process, a closed loop of four callers."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

from django.core.management import call_command
from django.utils import timezone

from domain.catalog.models import MiniMovePackage
from domain.catalog.operations import apply_change_set, prepare_import
from domain.common.actors import System
from tests.benchmarks.inserts import own_inserts
from tests.benchmarks.measure import Figure, rate

CALLERS = 4
SECONDS, TURNS = 3.0, 5
WORKBOOK = Path("fixtures/catalog/catalog.xlsx")
PLACE = {"address_line_1": "9 Old Hwy", "city": "Montauk", "state": "NY", "zip_code": "11954"}
PERSON = {
    "first_name": "Ada",
    "last_name": "Bench",
    "email": "ada@example.com",
    "phone": "2125550100",
}


def quote() -> dict[str, object]:
    day = (timezone.now() + timedelta(days=30)).date()
    return {
        "service_type": "mini_move",
        "package_type": "standard",
        "pickup_date": f"{day}",
        "pickup_time": "morning",
        "pickup_address": PLACE,
        "delivery_address": PLACE,
    }


def figures() -> Iterator[Figure]:
    if not MiniMovePackage.objects.exists():
        open_catalog()
    # The same booking in the words of the stock way.
    asked = {name: value for name, value in quote().items() if not name.endswith("_address")}
    plain = {**asked, "guest": PERSON, "addresses": [PLACE, PLACE]}
    with (
        served("tests.benchmarks.serving") as ours,
        served("tests.benchmarks.pooled") as pooled,
        served("tests.benchmarks.stock.project") as stock,
    ):
        catalog = "/api/public/services/"
        preview = "/api/public/pricing-preview/"
        book = "/api/public/guest-booking/"
        questions = ("GET", catalog, None), ("GET", "/stock/catalog/", None)
        yield from compare("catalog", ours, stock, *questions, 0.6)
        yield from compare("catalog, with a pool", pooled, stock, *questions)
        yield from compare(
            "quote",
            ours,
            stock,
            ("POST", preview, quote()),
            ("POST", "/stock/price/", quote()),
            0.2,
        )
        wish = {**quote(), "customer_info": PERSON}
        with served("tests.benchmarks.serving", "tests.benchmarks.wsgi:application") as alone:
            turns = [
                (
                    load(alone, "POST", book, wish),
                    load(ours, "POST", book, wish),
                    load(stock, "POST", "/stock/create/", plain),
                    own_inserts(SECONDS),
                )
                for _ in range(TURNS)
            ]
        mine, asking, theirs, inserts = map(median, zip(*turns, strict=True))
        yield Figure(
            "P4",
            "guest-booking",
            "/s",
            mine,
            theirs,
            inserts,
            "≥ 0.25 of its INSERTs, ≥ 1 × stock",
            mine >= 0.25 * inserts and mine >= theirs,
            "without a call to Stripe, which stock makes none of; limit: the same rows into tables "
            "and indexes alike by psycopg, one commit",
        )
        yield Figure(
            "P4",
            "guest-booking, trying to reach Stripe",
            "/s",
            asking,
            theirs,
            inserts,
            note="Stripe's library finds that nobody listens",
        )


def compare(
    name: str, ours: int, stock: int, mine: tuple, theirs: tuple, bar: float | None = None
) -> Iterator[Figure]:  # type: ignore[type-arg]
    body = once(ours, *mine)
    once(stock, "PUT", "/bare/answer/", body)
    bare = ("GET", "/bare/answer/", None)
    turns = [(load(ours, *mine), load(stock, *theirs), load(stock, *bare)) for _ in range(TURNS)]
    rates = tuple(map(median, zip(*turns, strict=True)))
    if bar is None:
        yield Figure("P4", name, "/s", *rates)
    else:
        yield Figure("P4", name, "/s", *rates, f"≥ {bar} of the limit", rates[0] >= bar * rates[2])


def once(port: int, method: str, path: str, body: object) -> bytes:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    link.request(method, path, encoded(body), {"Content-Type": "application/json"})
    answer = link.getresponse()
    text = answer.read()
    assert answer.status < 300, text[:500]
    return text


def encoded(body: object) -> bytes | None:
    return body if isinstance(body, bytes) or body is None else json.dumps(body).encode()


def load(port: int, method: str, path: str, body: object) -> float:
    """Requests a second of four callers who each wait for their answer."""
    text = encoded(body)

    def caller(n: int) -> float:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)

        def one(_n: int) -> None:
            link.request(method, path, text, {"Content-Type": "application/json"})
            answer = link.getresponse()
            answer.read()
            assert answer.status < 300, answer.status

        return rate(one, SECONDS)

    with ThreadPoolExecutor(CALLERS) as pool:
        return sum(pool.map(caller, range(CALLERS)))


@contextmanager
def served(
    settings: str, application: str = "django.core.wsgi:get_wsgi_application()"
) -> Iterator[int]:
    """One gunicorn process (gthread, which keeps its database connections)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": settings}
    if "stock" in settings:
        code = (
            "import django; django.setup(); from django.core.management import call_command as c;"
        )
        code += "c('migrate', run_syncdb=True, verbosity=0, skip_checks=True)"
        subprocess.run([sys.executable, "-c", code], env=environment, check=True)
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "gunicorn", application),
            *("--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--workers", "1"),
            *("--threads", str(CALLERS), "--log-level", "error"),
        ],
        env=environment,
    )
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def wait_for(port: int) -> None:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError("The server did not start.")


def open_catalog() -> None:
    call_command("install_reference", verbosity=0, skip_checks=True)
    at, actor = timezone.now(), System("bench")
    change = prepare_import(
        content=WORKBOOK.read_bytes(),
        file_name=WORKBOOK.name,
        effective_from=None,
        actor=actor,
        at=at,
    )
    apply_change_set(change_set_id=change.pk, digest=change.digest, actor=actor, at=at)
