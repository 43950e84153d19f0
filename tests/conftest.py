"""Fixtures for every area. Each test gets a real PostgreSQL and no network but the loopback."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group, Permission
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection, connections
from django.test import TransactionTestCase, client
from django.utils import timezone
from pytest_django import DjangoDbBlocker, Settings

from backoffice.sandbox.stripe import Sandbox, start
from domain.flows.reference import install_reference_data
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.emptying import empty_tables
from tests.factories import fill_catalog
from tests.template import use_template

numbers = count(1)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """What is imported and collected stays to the end, so nobody looks through it for garbage."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@contextmanager
def triggers_off() -> Iterator[None]:
    """Let the tests empty tables that otherwise nobody may empty."""
    with connection.cursor() as cursor:
        cursor.execute("set session_replication_role = replica")
        try:
            yield
        finally:
            cursor.execute("set session_replication_role = default")


def reference_data() -> None:
    """Put back what a fresh database has: a flush takes it away."""
    install_reference_data(at=timezone.now())
    cache.clear()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix: None,
    django_db_use_migrations: bool,
    django_db_blocker: DjangoDbBlocker,
) -> None:
    if django_db_use_migrations:
        with django_db_blocker.unblock():
            use_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        call_command("createcachetable", verbosity=0)
        reference_data()
        yield
        # A connection that is kept would keep the database from being dropped: ours, and those of
        # threads that ended with a test.
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        connections.close_all()
        connection.close_pool()


@pytest.fixture(scope="session", autouse=True)
def _flush_in_spite_of_triggers() -> Iterator[None]:
    original = TransactionTestCase._fixture_teardown

    def teardown(test: TransactionTestCase) -> None:
        del test
        with triggers_off():
            empty_tables()
        reference_data()

    TransactionTestCase._fixture_teardown = teardown  # type: ignore[method-assign]
    yield
    TransactionTestCase._fixture_teardown = original  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def _keep_contexts_of_pages_only() -> Iterator[None]:
    """What a page includes has the page's own context; Django's client keeps a copy for each of
    a hundred includes, which took a tenth of a page's time.
    """
    original = client.store_rendered_templates

    def store(store: dict[str, Any], *, template: Any, context: Any, **told: Any) -> None:
        if context.template is template:
            original(store, template=template, context=context, **told)

    client.store_rendered_templates = store
    yield
    client.store_rendered_templates = original


@pytest.fixture(scope="session", autouse=True)
def _sign_in_by_a_session_alone() -> Iterator[None]:
    """Who is signed in has a session; what a sign-in does beside it (two sessions more, noting the
    time, counting attempts) took longer than all else, and is tested where somebody signs in.
    """
    original = client.Client.force_login

    def force_login(browser: client.Client, user: Staff, backend: str | None = None) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = backend or browser._get_backend()
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.save()
        browser.cookies[settings.SESSION_COOKIE_NAME] = session.session_key

    client.Client.force_login = force_login  # type: ignore[method-assign]
    yield
    client.Client.force_login = original  # type: ignore[method-assign]


@pytest.fixture
def staff_with(db: None) -> Callable[..., Staff]:
    """Make a member of staff who holds exactly the named permissions."""

    def make(*codenames: str, username: str = "") -> Staff:
        person = new_staff(username or f"staff{next(numbers)}")
        found = Permission.objects.filter(
            codename__in=[name.rpartition(".")[2] for name in codenames]
        )
        missing = {name.rpartition(".")[2] for name in codenames} - {
            each.codename for each in found
        }
        assert not missing, f"No such permission: {sorted(missing)}"
        person.user_permissions.set(found)
        return person

    return make


@pytest.fixture
def role(db: None) -> Callable[..., Staff]:
    """Make a member of staff in one of the five roles."""

    def make(name: Role | str, username: str = "") -> Staff:
        person = new_staff(username or f"{Role(name).value}{next(numbers)}")
        person.groups.add(Group.objects.get(name=Role(name).value))
        return person

    return make


@pytest.fixture
def clerk(role: Callable[..., Staff]) -> Staff:
    return role(Role.CUSTOMER_SERVICE)


@pytest.fixture
def finance(role: Callable[..., Staff]) -> Staff:
    return role(Role.FINANCE_MANAGER)


@pytest.fixture
def manager(role: Callable[..., Staff]) -> Staff:
    return role(Role.OPERATIONS_MANAGER)


@pytest.fixture
def shop(db: None) -> None:
    """The shipped catalog is in force."""
    fill_catalog()


@pytest.fixture
def stripe(settings: Settings) -> Iterator[Sandbox]:
    """Run a stand-in for Stripe and speak to it. It keeps its events to itself until told where
    to post them: ``stripe.sender.url = f"{live_server.url}/api/webhooks/stripe/"``.
    """
    sandbox = start(secret=settings.STRIPE_WEBHOOK_SECRET)
    settings.STRIPE_API_BASE = sandbox.url
    yield sandbox
    sandbox.stop()


def new_staff(username: str) -> Staff:
    return Staff.objects.create_user(
        username, f"{username}@staff.example", "a-long-test-password", is_staff=True
    )
