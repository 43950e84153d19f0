"""How money, states, times and people look, in lists, pages and dialogs alike.

In a ModelAdmin a column is two lines::

    @display(description="Total", ordering="total_cents")
    def total(self, booking: Booking) -> SafeString:
        return columns.money(booking.total_cents, booking.currency)

In templates, after ``{% load backoffice %}``, the same helpers are filters:
``{{ cents|money:currency }}``, ``{{ record|state }}``, ``{{ moment|when }}``,
``{{ date|day }}``, ``{{ staff|person }}``, ``{{ text|copyable }}``.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from backoffice.access import may_open
from domain.common.money import show
from domain.common.workflow import Stateful
from domain.ledger.chart import CHART
from domain.staff.models import Staff

NOTHING = mark_safe('<span class="bo-none">–</span>')


class Tone(StrEnum):
    """What a colour means; never shown without its word."""

    WAITING = "waiting"
    GOOD = "good"
    STOPPED = "stopped"
    NEEDS_YOU = "needs"
    MOVING = "moving"


# By state, or by kind of record and state where a word means different things.
TONES = {
    "pending": Tone.WAITING,
    "requires_action": Tone.WAITING,
    "paid": Tone.GOOD,
    "active": Tone.GOOD,
    "in_transit": Tone.MOVING,
    "processing": Tone.MOVING,
    "running": Tone.MOVING,
    "approved": Tone.MOVING,
    "queued": Tone.MOVING,
    "completed": Tone.GOOD,
    "delivered": Tone.GOOD,
    "succeeded": Tone.GOOD,
    "sent": Tone.GOOD,
    "applied": Tone.GOOD,
    "resolved": Tone.GOOD,
    "done": Tone.GOOD,
    "won": Tone.GOOD,
    "cancelled": Tone.STOPPED,
    "expired": Tone.STOPPED,
    "denied": Tone.STOPPED,
    "withdrawn": Tone.STOPPED,
    "ignored": Tone.STOPPED,
    "reverted": Tone.STOPPED,
    "lost": Tone.STOPPED,
    "held": Tone.WAITING,
    "prepared": Tone.WAITING,
    "draft": Tone.WAITING,
    "received": Tone.WAITING,
    "requested": Tone.NEEDS_YOU,
    "proposed": Tone.NEEDS_YOU,
    "open": Tone.NEEDS_YOU,
    "failed": Tone.NEEDS_YOU,
    "unknown": Tone.NEEDS_YOU,
    "dead": Tone.NEEDS_YOU,
    "verified": Tone.GOOD,
    "valid": Tone.GOOD,
    "named": Tone.GOOD,
    "recorded": Tone.NEEDS_YOU,
    "added": Tone.NEEDS_YOU,
    "changeset.approved": Tone.WAITING,
    "kyccase.submitted": Tone.NEEDS_YOU,
    "commissionrun.computed": Tone.NEEDS_YOU,
    "posted": Tone.GOOD,
    "released": Tone.GOOD,
    # Payouts and tax
    "payoutbatch.ready": Tone.NEEDS_YOU,
    "payoutbatch.released": Tone.MOVING,
    "payoutbatch.closed": Tone.GOOD,
    "bankanswer.prepared": Tone.NEEDS_YOU,
    "taxquarter.open": Tone.WAITING,
    "taxquarter.locked": Tone.NEEDS_YOU,
    "taxquarter.filed": Tone.GOOD,
    "taxquarter.corrected": Tone.GOOD,
    "challan.drafted": Tone.NEEDS_YOU,
    "challan.deposited": Tone.GOOD,
    "lowerdeductioncertificate.proposed": Tone.NEEDS_YOU,
    "lowerdeductioncertificate.verified": Tone.GOOD,
}


def money(cents: int | None, currency: str, *, what: str = "") -> SafeString:
    """An amount, right-aligned by its class; ``what`` says in words what it is for."""
    if cents is None:
        return NOTHING
    tail = f" {what}" if what else ""
    sign = " bo-minus" if cents < 0 else ""
    return format_html('<span class="bo-money{}">{}{}</span>', sign, show(cents, currency), tail)


# Events of the ledger whose name, read as words, would say something else.
EVENTS = {"fee.stripe": "Stripe fee", "booking.cancelled_fee": "Cancellation fee"}


def event_words(event: str) -> str:
    """What an entry is called: ``Payment captured`` for ``payment.captured``."""
    words = event.replace(".", " ").replace("_", " ")
    for short in ("tds", "emi"):
        words = words.replace(f"{short} ", f"{short.upper()} ")
    return EVENTS.get(event) or words[:1].upper() + words[1:]


def moved(debit: str, credit: str) -> SafeString:
    """``1010 → 2300``; who points at a code reads the account's name."""
    named = [(CHART[code].name, code) for code in (debit, credit)]
    return format_html_join(" → ", '<abbr class="bo-account" title="{}">{}</abbr>', named)


def badge(text: str, tone: str = Tone.STOPPED, *, title: str = "") -> SafeString:
    return format_html(
        '<span class="bo-badge bo-{}"{}>{}</span>',
        tone,
        format_html(' title="{}"', title) if title else "",
        text,
    )


def tick_box(pk: object) -> SafeString:
    """The box before a row by which steps for many are chosen."""
    return format_html(
        '<input type="checkbox" name="{}" value="{}" class="bo-check action-select"'
        ' aria-label="Select record">',
        ACTION_CHECKBOX_NAME,
        pk,
    )


def tone_of(record: Stateful, state: str = "") -> Tone:
    """The tone of a record's state, or of another one it may reach."""
    state = state or record.state
    kind = f"{record._meta.model_name}.{state}"
    return TONES.get(kind) or TONES.get(state, Tone.STOPPED)


def state_badge(record: Stateful) -> SafeString:
    return badge(record.state_label(), tone_of(record))


def zone_of(line: str) -> str:
    """Name the zone in which a line's dates are meant."""
    return settings.VEHICLES_TIME_ZONE if line == "vehicle" else settings.DELIVERIES_TIME_ZONE


def said(moment: datetime, now: datetime) -> str:
    """A moment as people say it: ``in 3 h``, ``today 14:05``, ``Tue 09:30``, ``12 Oct``."""
    local, today = timezone.localtime(moment), timezone.localtime(now).date()
    ahead = moment - now
    days = (local.date() - today).days
    if timedelta() < ahead < timedelta(hours=1):
        return f"in {max(int(ahead.total_seconds() // 60), 1)} min"
    if timedelta() < ahead < timedelta(hours=12):
        return f"in {int(ahead.total_seconds() // 3600)} h"
    named = {0: "today", -1: "yesterday", 1: "tomorrow"}
    if days in named:
        return f"{named[days]} {local:%H:%M}"
    if -6 <= days <= 6:
        return f"{local:%a %H:%M}"
    return said_day(local.date(), today)


def said_day(day: date, today: date) -> str:
    """A date as people say it; the year only where it is another one."""
    named = {0: "today", -1: "yesterday", 1: "tomorrow"}
    if (day - today).days in named:
        return named[(day - today).days]
    return f"{day.day} {day:%b}" if day.year == today.year else f"{day.day} {day:%b %Y}"


def when(moment: datetime | None) -> SafeString:
    """A moment in the staff's zone; the exact one with its zone on hover."""
    if moment is None:
        return NOTHING
    local = timezone.localtime(moment)
    return format_html(
        '<time class="bo-time" title="{}">{}</time>',
        f"{local:%A %d %B %Y, %H:%M:%S} {local.tzname()}",
        said(moment, timezone.now()),
    )


def age(moment: datetime | None) -> SafeString:
    """How long ago: ``12 min``, ``5 h``, ``2 d``."""
    if moment is None:
        return NOTHING
    seconds = max(int((timezone.now() - moment).total_seconds()), 0)
    units = ((86_400, "d"), (3_600, "h"), (60, "min"))
    size, unit = next(((size, unit) for size, unit in units if seconds >= size), (1, "s"))
    local = timezone.localtime(moment)
    title = f"since {local:%A %d %B %Y, %H:%M} {local.tzname()}"
    return format_html(
        '<span class="bo-time" title="{}">{} {}</span>', title, seconds // size, unit
    )


def day(value: date | None, *, line: str = "delivery", weekday: bool = True) -> SafeString:
    """A delivery's date: the business's own calendar, whatever zone the reader is in."""
    if value is None:
        return NOTHING
    zone = zone_of(line)
    today = timezone.localdate(timezone=ZoneInfo(zone))
    text = said_day(value, today)
    if weekday and text[0].isdigit():
        text = f"{value:%a} {text}"
    title = f"{value:%A %d %B %Y} ({zone})"
    return format_html('<span class="bo-time" title="{}">{}</span>', title, text)


def person(staff: Staff | None, *, role: bool = True) -> SafeString:
    """A colleague by name, then role. Roles cost a query each unless prefetched: lists
    leave them out."""
    if staff is None:
        return NOTHING
    roles = ", ".join(staff.role_names()) if role else ""
    if not roles:
        return format_html('<span class="bo-person">{}</span>', staff.display_name())
    return format_html(
        '<span class="bo-person">{} <span class="bo-role">{}</span></span>',
        staff.display_name(),
        roles,
    )


def copyable(text: str | None, *, shown: str = "") -> SafeString:
    """An id that a click copies."""
    if not text:
        return NOTHING
    return format_html(
        '<button type="button" class="bo-copy" data-copy="{}" title="Copy {}">{}</button>',
        text,
        text,
        shown or text,
    )


def link(url: str, text: object) -> SafeString:
    return format_html('<a class="bo-link" href="{}">{}</a>', url, text) if url else _plain(text)


def page_url(record: object) -> str:
    """The admin page of a record, or "" when it has none."""
    meta = record._meta  # type: ignore[attr-defined]
    try:
        name = f"admin:{meta.app_label}_{meta.model_name}_change"
        return reverse(name, args=[record.pk])  # type: ignore[attr-defined]
    except NoReverseMatch:
        return ""


def page_link(record: Model, text: object) -> SafeString:
    """Lead to a record's page; only the text for those whom that page would refuse."""
    return link(page_url(record) if may_open(record) else "", text)


def list_url(model_name: str, **filters: object) -> str:
    """The list of a kind of record, filtered: numbers are doors. "" when there is none."""
    try:
        url = reverse(f"admin:domain_{model_name}_changelist")
    except NoReverseMatch:
        return ""
    return f"{url}?{urlencode(filters)}" if filters else url


def related(text: object, model_name: str, **filters: object) -> SafeString:
    """A count or sum that opens the list behind it."""
    return link(list_url(model_name, **filters), text)


def _plain(text: object) -> SafeString:
    return format_html("{}", text)
