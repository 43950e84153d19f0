"""Customers, as far as a payment can name one."""

from __future__ import annotations

from collections.abc import Callable

from backoffice.sandbox.stripe.store import Store
from backoffice.sandbox.stripe.wire import Row, email_of, metadata_of, only_known


class Customers:
    def __init__(self, store: Store, tell: Callable[[str, Row], None]) -> None:
        self.store = store
        self.tell = tell

    def create(self, given: Row) -> Row:
        only_known(given, ("description", "email", "metadata", "name", "phone"))
        customer = self.store.new(
            "cus",
            "customer",
            description=given.get("description"),
            email=email_of(given, "email"),
            metadata=metadata_of(given),
            name=given.get("name"),
            phone=given.get("phone"),
        )
        self.tell("customer.created", customer)
        return customer
