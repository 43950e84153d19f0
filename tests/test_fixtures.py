"""The tests stand on these, so they are tested as well."""

from __future__ import annotations

import socket
from collections.abc import Callable

import pytest
import pytest_socket
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import Error, connection
from django.utils import timezone

from backoffice.sandbox.stripe import Sandbox
from domain.common.audit.models import AuditEntry
from domain.common.jobs import enqueue
from domain.common.staff_actions import StaffAction, log_action
from domain.payments import gateway
from domain.staff.models import Staff
from domain.staff.roles import Role, codenames
from tests.jobs import run_jobs, waiting_jobs


@pytest.mark.django_db(transaction=True)
class TestTransactionalTests:
    """Each leaves its rows behind, in tables that nobody may empty."""

    @pytest.mark.parametrize("time", [1, 2])
    def test_begin_empty_but_for_reference_data(self, time: int) -> None:
        assert StaffAction.objects.count() == 0
        assert cache.get("left-behind") is None
        assert Group.objects.count() == len(Role)
        log_action(action="look", staff=None, at=timezone.now())
        cache.set("left-behind", time)

    def test_find_the_triggers_at_work(self) -> None:
        log_action(action="look", staff=None, at=timezone.now())
        with connection.cursor() as cursor, pytest.raises(Error, match="Cannot truncate"):
            cursor.execute(f"truncate {AuditEntry._meta.db_table} cascade")


@pytest.mark.django_db
class TestStaff:
    def test_in_a_role_may_what_the_role_may(self, role: Callable[..., Staff]) -> None:
        person = role(Role.FINANCE_MANAGER)
        held = {each.rpartition(".")[2] for each in person.get_all_permissions()}
        assert held == codenames(Role.FINANCE_MANAGER)

    def test_with_permissions_may_only_that(self, staff_with: Callable[..., Staff]) -> None:
        assert staff_with("domain.view_booking").get_all_permissions() == {"domain.view_booking"}


@pytest.mark.django_db
class TestRunJobs:
    def test_runs_what_was_queued(self) -> None:
        enqueue("domain.common.jobs.current")
        assert waiting_jobs() == ["domain.common.jobs.current"]
        assert (run_jobs(), run_jobs()) == (1, 0)


@pytest.mark.django_db
class TestStripe:
    def test_answers_over_http(self, stripe: Sandbox) -> None:
        intent = gateway.create_intent(
            amount_cents=5_000,
            currency="USD",
            booking_id=1,
            booking_number="TT-1",
            payment_id=1,
            description="",
            key="k1",
        )
        assert gateway.fetch_intent(intent.id).amount_cents == 5_000
        assert len(stripe.made("payment_intent")) == 1


class TestNetwork:
    def test_reaches_no_other_machine(self) -> None:
        refused = pytest.raises(pytest_socket.SocketConnectBlockedError)
        with socket.socket() as somebody, pytest.warns(UserWarning, match="192.0.2.1"), refused:
            somebody.connect(("192.0.2.1", 80))
