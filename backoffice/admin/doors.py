"""From a name of a record to its page: every number and every subject is a door."""

from __future__ import annotations

import re

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.access import holds
from backoffice.admin import columns
from domain.bookings.models import Booking
from domain.common.workflow.stateful import REGISTERED
from domain.network.models import Member
from domain.network.rules.codes import ALPHABET, LENGTH

# The ledger's own words for where an entry came from.
SOURCES = {"case": "moneycase", "manual": "manualentry"}
# Records whose right to be seen is not named after their table.
RIGHTS = {
    "manualentry": "domain.view_ledger",
    "entry": "domain.view_ledger",
    "changeset": "domain.view_catalog",
    "datedsetting": "domain.view_setting",
}
BY_TEXT = {
    "payment": "payment",
    "refund": "refund",
    "money case": "moneycase",
    "webhook event": "webhookevent",
    "message": "message",
    "batch": "plan",
    "booking": "booking",
    "audit entry": "auditentry",
    "customer": "customer",
    "member": "member",
    "place": "member",
    "pair": "pair",
    "run": "commissionrun",
    "dispute": "dispute",
    "manual entry": "manualentry",
    "business setting": "datedsetting",
    "change set": "changeset",
    "payout": "payout",
    "payout batch": "payoutbatch",
    "challan": "challan",
    "tax record": "taxrecord",
}


def door(request: HttpRequest, subject_type: str, subject_id: int | None) -> str:
    """The page of a record, or "" when it has none or the person may not see it."""
    name = SOURCES.get(subject_type, subject_type)
    if subject_id is None or not may_see(request, name):
        return ""
    try:
        return reverse(f"admin:domain_{name}_change", args=[subject_id])
    except NoReverseMatch:
        return ""


def may_see(request: HttpRequest, subject_type: str) -> bool:
    if subject_type == "plan":
        return True  # its page asks for itself
    return holds(request, RIGHTS.get(subject_type, f"domain.view_{subject_type}"))


def numbered(booking: Booking | None) -> SafeString:
    """A booking by its number, which stays on one line, as a door."""
    if booking is None:
        return columns.NOTHING
    return format_html('<span class="bo-time">{}</span>', columns.page_link(booking, booking))


def type_label(subject_type: str) -> str:
    """What a kind of record is called: ``money case``."""
    name = SOURCES.get(subject_type, subject_type)
    model = REGISTERED.get(name)
    return str(model._meta.verbose_name) if model else name


def types_label(subject_type: str, count: int = 2) -> str:
    model = REGISTERED[subject_type]
    return str(model._meta.verbose_name if count == 1 else model._meta.verbose_name_plural)


def door_by_words(request: HttpRequest, subject: str) -> str:
    """Find the page of what an invariant names: ``booking TT-004211``, ``refund 12``."""
    if match := re.fullmatch(r"booking (TT-\d+|EV\w+)", subject):
        pk = Booking.objects.filter(number=match[1]).values_list("pk", flat=True).first()
        return door(request, "booking", pk)
    if match := re.fullmatch(rf"member ([{ALPHABET}]{{{LENGTH}}})", subject):
        pk = Member.objects.filter(code=match[1]).values_list("pk", flat=True).first()
        return door(request, "member", pk)
    match = re.fullmatch(r"(?:.* )?(\d+)", subject)
    kind = BY_TEXT.get(subject.rpartition(" ")[0])
    return door(request, kind, int(match[1])) if match and kind else ""
