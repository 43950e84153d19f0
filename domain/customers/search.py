"""Finding a customer by name, e-mail or phone."""

from __future__ import annotations

import re

from django.db.models import Q, QuerySet
from django.db.models.functions import Lower

from domain.customers.models import Customer

DIGITS = re.compile(r"\D+")
FEWEST_DIGITS = 4


def find_customers(text: str, customers: QuerySet[Customer] | None = None) -> QuerySet[Customer]:
    """Keep the customers in whom every word of ``text`` begins a name or is in the contact."""
    found = Customer.objects.all() if customers is None else customers
    words = text.split()
    if not words:
        return found
    digits = DIGITS.sub("", text)
    if len(digits) >= FEWEST_DIGITS and not re.search(r"[^\d\s()+.\-]", text):
        return found.filter(phone__contains=digits).order_by("last_name", "first_name", "pk")
    for word in words:
        found = found.filter(_word(word))
    return found.order_by("last_name", "first_name", "pk")


def _word(word: str) -> Q:
    if "@" in word:
        # Spelled as the unique index spells it, so that the index is used.
        lowered = Customer.objects.annotate(low=Lower("email"))
        return Q(pk__in=lowered.filter(low__startswith=word.lower()).values("pk"))
    return (
        Q(first_name__istartswith=word)
        | Q(last_name__istartswith=word)
        | Q(email__istartswith=word)
    )
