"""A report asked for as a page and as a file, and every figure of it opened."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest
from django.test import Client
from django.urls import reverse

from backoffice.reports import Money, Number, Report
from domain.staff.roles import Role
from tests.backoffice.support import browser
from tests.payouts.factory import hired

RANGE = {"since": "2027-01-01", "until": "2027-12-31"}


class ReportPages:
    """Tests of every report among ``names``."""

    names: ClassVar[list[str]]

    @pytest.fixture
    def client(self) -> Client:
        return browser(hired(Role.FINANCE_MANAGER))

    @pytest.mark.torture
    def test_show_export_and_open_every_figure(self, client: Client) -> None:
        for name in self.names:
            shown = report_page(client, name)
            assert shown.lines
            assert shown.agreement is None or shown.agreement.holds
            assert_doors_open(client, shown)


def report_page(client: Client, name: str) -> Report:
    """The report of the year, after its file was found to hold the same lines."""
    page = client.get(reverse("admin:report", args=[name]), RANGE)
    assert page.status_code == 200
    shown: Report = page.context["report"]
    url = reverse("admin:report_export", args=[name])
    file: Any = client.post(f"{url}?since=2027-01-01&until=2027-12-31", {"format": "csv"})
    assert len(b"".join(file.streaming_content).splitlines()) == len(shown.lines) + 2
    return shown


def assert_doors_open(client: Client, shown: Report) -> None:
    """Behind each figure stands what adds up to it: the sum, or as many rows."""
    figures = {
        value.url: value
        for line in (*shown.lines, shown.foot)
        for value in line.values
        if isinstance(value, Money | Number) and value.url
    }
    assert figures
    for figure in figures.values():
        _assert_adds_up(client, figure)


def _assert_adds_up(client: Client, figure: Money | Number) -> None:
    page = client.get(figure.url)
    assert page.status_code == 200, figure.url
    found = page.context.get("found")
    if found is None:  # the transfers themselves
        if "cents" in page.context:
            assert page.context["cents"] == figure.cents, figure.url
    elif isinstance(figure, Number):
        assert figure.count in {found.count, *_column_sums(found)}, figure.url
    else:
        assert figure.cents in {found.cents, *_column_sums(found)}, figure.url


def _column_sums(found: Any) -> set[int]:
    sums = set()
    for index in found.numbers:
        cells = [line.values[index] for line in found.lines]
        sums.add(sum(getattr(each, "cents", getattr(each, "count", 0)) for each in cells))
        sums |= {getattr(each, "cents", 0) for each in cells}
    return sums
