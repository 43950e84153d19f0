"""What the list of bookings asks of the database, menu and all."""

from __future__ import annotations

from django.test import Client
from pytest_django import DjangoAssertNumQueries

from tests.backoffice.bookings.support import book, paid
from tests.backoffice.bookings.test_list import listed

MOST = 15


class TestQueries:
    def test_stay_few_whatever_is_asked(
        self, ops: Client, django_assert_max_num_queries: DjangoAssertNumQueries
    ) -> None:
        book(), paid(), paid()
        for query in ({}, {"q": "lovelace"}, {"state__exact": "paid"}, {"o": "6"}):
            with django_assert_max_num_queries(MOST):
                listed(ops, **query)
