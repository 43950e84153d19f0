"""The home page: what needs this person, how the day goes, what happened last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils import timezone

from backoffice.access import holds, person
from backoffice.admin.trail import BEGUN, change_words
from backoffice.charts import Bar, Chart, draw
from backoffice.queues import QueueState, states_for
from domain.common.audit.models import AuditEntry
from domain.common.money import show
from domain.common.workflow.stateful import REGISTERED
from domain.reports import today
from domain.reports.today import CURRENCY, Day, Fees, Pickups

# Whose news: by the right to see the records themselves.
NEWS = {
    "booking": "domain.view_booking",
    "payment": "domain.view_payment",
    "refund": "domain.view_refund",
    "moneycase": "domain.view_moneycase",
    "changeset": "domain.view_catalog",
    # Others see the batches that are their own, on the list of batches.
    "plan": "domain.view_auditentry",
    "datedsetting": "domain.view_setting",
}
# From here on nobody thinks in percent any more.
MANY_TIMES = 3
GREETINGS = ((5, "Hello"), (12, "Good morning"), (18, "Good afternoon"), (24, "Good evening"))


@dataclass(frozen=True, slots=True)
class Line:
    """A queue as the home page shows it."""

    state: QueueState
    url: str
    age: str
    amount: str


@dataclass(frozen=True, slots=True)
class News:
    at: datetime
    title: str
    text: str
    amount: str
    who: str
    url: str


@dataclass(frozen=True, slots=True)
class TodayPanel:
    pickups: Pickups
    pickups_url: str
    shows_money: bool
    booked: str
    change: str
    compared_with: str
    refunded: str
    fees: Fees | None
    chart: Chart


def home(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    """Fill Unfold's index page (its DASHBOARD_CALLBACK)."""
    return {**context, **panels(request), "title": "Home"}


def panels(request: HttpRequest) -> dict[str, Any]:
    now = timezone.now()
    zone = ZoneInfo(settings.DELIVERIES_TIME_ZONE)
    states = states_for(request, now)
    lines = [_line(state, now) for state in states if state.waiting.count]
    me = person(request)
    return {
        "greeting": greeting(timezone.localtime(now).hour),
        "me": me,
        "roles": ", ".join(me.role_names()),
        "needing": sorted(lines, key=lambda line: not line.state.queue.urgent),
        "quiet": [state.queue for state in states if not state.waiting.count],
        "waiting": sum(state.waiting.count for state in states),
        "today": _today(request, now, zone),
        "news": _news(request),
        "refreshed_at": now,
    }


def greeting(hour: int) -> str:
    return next(words for until, words in GREETINGS if hour < until)


def _line(state: QueueState, now: datetime) -> Line:
    sums = " + ".join(show(cents, currency) for currency, cents in state.waiting.sums)
    try:
        url = state.queue.url()
    except NoReverseMatch:
        url = ""
    return Line(state, url, age_of(state.waiting.oldest, now), sums)


def age_of(oldest: datetime | date | None, now: datetime) -> str:
    """An age in the one unit that says it best: ``12 min``, ``5 h``, ``2 d``."""
    if oldest is None:
        return ""
    if not isinstance(oldest, datetime):
        days = (timezone.localtime(now).date() - oldest).days
        return f"{days} d" if days > 0 else "today"
    minutes = max(int((now - oldest) / timedelta(minutes=1)), 0)
    if minutes < 60:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // (24 * 60)} d"


def _today(request: HttpRequest, now: datetime, zone: ZoneInfo) -> TodayPanel | None:
    if not holds(request, "domain.view_booking"):
        return None
    day = now.astimezone(zone).date()
    days = today.days_booked(now, zone)
    booked = today.booked_so_far(now, zone)
    before = booked.compared_with
    shows_money = holds(request, "domain.view_prices")
    return TodayPanel(
        pickups=today.pickups_on(now, zone),
        pickups_url=reverse("admin:domain_booking_changelist") + f"?pickup_date={day}",
        shows_money=shows_money,
        booked=show(booked.today_cents, CURRENCY),
        change=compare(booked.today_cents, booked.before_cents),
        compared_with=f"last {before:%A} by this time",
        refunded=show(today.refunded_on(day), CURRENCY) if shows_money else "",
        fees=today.card_fees(day) if holds(request, "domain.view_reports") else None,
        chart=draw([_bar(each) for each in days], money=False, width=440),
    )


def compare(now: int, before: int) -> str:
    """Say how a figure moved, to go on with what it is compared with; "" without anything."""
    if not before:
        return ""
    if now >= MANY_TIMES * before:
        return f"▲ {now / before:.0f} times as much as"
    percent = round((now - before) * 100 / before)
    if not percent:
        return "as much as"
    return f"▲ {percent} % more than" if percent > 0 else f"▼ {-percent} % less than"


def _bar(each: Day) -> Bar:
    noun = "booking" if each.bookings == 1 else "bookings"
    following = each.day + timedelta(days=1)
    url = reverse("admin:domain_booking_changelist")
    return Bar(
        label=f"{each.day:%a}"[:2],
        value=each.bookings,
        says=f"{each.day:%A %d %B}: {each.bookings} {noun}",
        url=f"{url}?created_at__date__gte={each.day}&created_at__date__lt={following}",
    )


def _news(request: HttpRequest) -> list[News]:
    kinds = [kind for kind, permission in NEWS.items() if holds(request, permission)]
    entries = today.latest_events(kinds) if kinds else []
    numbers = today.numbers_of([each.booking_id for each in entries if each.booking_id])
    shows_money = holds(request, "domain.view_prices")
    return [_told(each, numbers, shows_money=shows_money) for each in entries]


def _told(entry: AuditEntry, numbers: dict[int, str], *, shows_money: bool) -> News:
    model = REGISTERED[entry.subject_type]
    noun = str(model._meta.verbose_name)
    number = numbers.get(entry.booking_id or 0, "")
    subject = number if entry.subject_type == "booking" else f"{noun} {entry.subject_id}"
    about = f" for {number}" if number and entry.subject_type != "booking" else ""
    return News(
        at=entry.at,
        title=subject.capitalize() if entry.subject_type != "booking" else subject,
        text=f"{_words(entry)}{about}",
        amount=_amount(entry.money) if shows_money else "",
        who=entry.who(),
        url=_url(entry),
    )


def _words(entry: AuditEntry) -> str:
    """What became of a record, in one or two words: the state it reached, or what was done."""
    if entry.step == "begin":
        return BEGUN.get(entry.subject_type, "was made")
    if entry.from_state == entry.to_state:
        return change_words(entry.step)
    states = dict(REGISTERED[entry.subject_type]._meta.get_field("state").flatchoices)
    return str(states.get(entry.to_state, entry.to_state)).lower()


def _amount(money: dict[str, Any]) -> str:
    currency = money.get("currency") or CURRENCY
    moved = money.get("cash_in_cents", 0) - money.get("cash_out_cents", 0)
    return show(moved, currency) if moved else ""


def _url(entry: AuditEntry) -> str:
    try:
        return reverse(f"admin:domain_{entry.subject_type}_change", args=[entry.subject_id])
    except NoReverseMatch:
        return ""
