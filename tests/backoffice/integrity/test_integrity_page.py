"""The integrity page: every invariant on demand, each breach named, nothing repaired."""

from __future__ import annotations

import pytest
from django.db import connection
from django.urls import reverse

from domain.bookings.models import Booking
from domain.flows.integrity import checks
from domain.staff.roles import Role
from tests.backoffice.money import counts, text_of, words
from tests.backoffice.support import Company, browser
from tests.conftest import triggers_off

PAGE = "/admin/integrity/"


def check(index: int) -> str:
    return reverse("admin:integrity_check", args=[index])


def break_total(booking: Booking) -> None:
    with triggers_off(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE domain_booking SET total_cents = total_cents + 1 WHERE id = %s", [booking.pk]
        )


def index_of(code: str, company: Company) -> int:
    return next(n for n, (each, _, _) in enumerate(checks(company.now)) if each == code)


class TestIntegrityPage:
    def test_checks_nothing_by_itself(self, company: Company) -> None:
        before = counts()
        page = text_of(browser(company.finance), PAGE)
        assert page.count("Not checked yet.") == len(checks(company.now))
        assert counts() == before

    def test_goes_from_one_to_the_next(self, company: Company) -> None:
        client = browser(company.finance)
        first = client.post(f"{check(0)}?all=1")
        assert f"{check(1)}?all=1" in first.content.decode()
        last = client.post(f"{check(len(checks(company.now)) - 1)}?all=1")
        assert last.headers["HX-Refresh"] == "true"

    def test_names_each_breach_and_repairs_nothing(self, company: Company) -> None:
        booking = company.book()
        break_total(booking)
        client = browser(company.finance)
        page = client.post(check(index_of("M14", company))).content.decode()
        assert f"booking {booking.number}" in page
        assert reverse("admin:domain_booking_change", args=[booking.pk]) in page
        assert Booking.objects.get().total_cents == booking.total_cents + 1

    def test_keeps_the_answers_for_the_session(self, company: Company) -> None:
        client = browser(company.finance)
        client.post("/admin/integrity/run/")
        page = words(text_of(client, PAGE))
        assert "Everything checked holds" in page
        assert "Not checked" not in words(text_of(client, PAGE))
        assert "Not checked" in words(text_of(browser(company.manager), PAGE))

    @pytest.mark.parametrize("which", [Role.CUSTOMER_SERVICE, Role.LOGISTICS_COORDINATOR])
    def test_is_refused_without_the_right(self, company: Company, which: Role) -> None:
        client = browser(company[which])
        assert client.get(PAGE).status_code == 403
        assert client.post(check(0)).status_code == 403

    def test_is_never_run_by_a_get(self, company: Company) -> None:
        client = browser(company.finance)
        assert client.get(check(0)).status_code == 405
        assert client.get("/admin/integrity/run/").status_code == 405
        assert client.post(check(999)).status_code == 404
