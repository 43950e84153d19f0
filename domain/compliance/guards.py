"""What the operations of compliance ask before they do anything."""

from __future__ import annotations

from domain.common.actors import Actor, may
from domain.common.errors import InvalidInput, NotFound, NotPermitted
from domain.customers.models import Customer
from domain.staff.models import Staff
from domain.staff.roles import holders, meaning


def require(actor: Actor, permission: str) -> Staff:
    """:raises NotPermitted: the actor is no member of staff with the right"""
    if isinstance(actor, Staff) and may(actor, permission):
        return actor
    who = ", ".join(holders(permission)) or "nobody yet"
    raise NotPermitted(f"You may not {meaning(permission)}; {who} may.")


def hold_customer(customer_id: int) -> Customer:
    """Lock a customer, so that what is asked about their papers stays true until the commit.

    :raises NotFound: there is no such customer
    :raises InvalidInput: the customer was erased
    """
    customer = Customer.objects.select_for_update().filter(pk=customer_id).first()
    if customer is None:
        raise NotFound(f"There is no customer {customer_id}.")
    if customer.erased_at:
        raise InvalidInput("This person was erased; nothing more is kept of them.")
    return customer
