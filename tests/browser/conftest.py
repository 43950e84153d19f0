"""A real browser before a real server. Nothing but the loopback can be reached."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Browser, Page, Request, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from domain.staff.models import Staff
from tests.chromium import find_chromium

# Playwright's blocking interface runs an event loop in the thread of the tests.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
PATIENCE_MS = 20_000
HERE = {"localhost", "127.0.0.1"}
FLAGS = [
    "--no-sandbox",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    # No other machine has a name. Playwright's own routing would turn the browser's cache off,
    # and each page would ask for every file again.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


# Before the workers read the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser" in item.path.as_posix():
            item.add_marker(pytest.mark.browser)
            # One browser for all of them, in one of the parallel workers.
            item.add_marker(pytest.mark.xdist_group("browser"))


# It works even while it shows nothing: gone with the last test that needs it.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    chromium = find_chromium()
    if chromium is None:
        pytest.fail("No chromium found; install it or set CHROMIUM=/path/to/chromium.")
    # A busy machine is slow, not wrong.
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield started
        started.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer) -> Iterator[Callable[..., Page]]:
    """Open a page as somebody: ``open_page(role("finance_manager"))``; as nobody without.

    The test fails at its end when a page raised an error or asked for another machine.
    """
    contexts, faults = [], []

    def only_here(request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme in {"http", "https"} and asked.hostname not in HERE:
            faults.append(f"asked for {request.url}")

    def make(person: Staff | None = None) -> Page:
        context = browser.new_context(
            base_url=live_server.url,
            viewport={"width": 1440, "height": 900},
            timezone_id=settings.TIME_ZONE,
            locale="en-US",
        )
        context.on("request", only_here)
        if person is not None:
            client = Client()
            client.force_login(person)
            name = settings.SESSION_COOKIE_NAME
            context.add_cookies(
                [{"name": name, "value": client.cookies[name].value, "url": live_server.url}]
            )
        page = context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        contexts.append(context)
        return page

    yield make
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def page(open_page: Callable[..., Page], role: Callable[..., Staff]) -> Page:
    """Stand before the admin as an operations manager."""
    return open_page(role("operations_manager"))
