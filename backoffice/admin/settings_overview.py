"""Every business setting and its value on a day, in the words people use for it."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings as django_settings
from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice.access import holds, require
from backoffice.admin import columns
from backoffice.admin.page import page
from domain.common.settings.definitions import DEFINITIONS, Definition
from domain.common.settings.models import DatedSetting, SettingState
from domain.common.settings.queries import values_at
from domain.common.settings.vehicles import VEHICLES
from domain.common.settings.words import choice_words, said

VIEW = "domain.view_setting"
NO_ADVICE = (
    "These are the company's rules, with values that other schemes use. They are neither legal "
    "nor tax advice: have them checked before they count."
)
AREAS = {
    "Deliveries and customers": "",
    "Vehicles: bookings": "",
    "Vehicles: members": NO_ADVICE,
    "Vehicles: pairs": NO_ADVICE,
    "Vehicles: payouts and tax": NO_ADVICE,
}
VEHICLE_AREAS = {
    "booking": "Vehicles: bookings",
    "emi": "Vehicles: bookings",
    "pair": "Vehicles: pairs",
    "reserve": "Vehicles: pairs",
    "payout": "Vehicles: payouts and tax",
    "tds": "Vehicles: payouts and tax",
}


def said_of(name: str, value: int | str) -> tuple[str, str]:
    """A setting that a record keeps, in words: what it means, and its value."""
    known = DEFINITIONS.get(name)
    if known is None:
        return name, str(value)
    return known.means.rstrip("."), choice_words(value) if isinstance(value, str) else said(
        known, value
    )


def pages(site: AdminSite) -> list[URLPattern]:
    return [path("settings/", site.admin_view(overview), name="settings")]


def overview(request: HttpRequest) -> TemplateResponse:
    require(request, VIEW)
    now = timezone.now()
    asked = _day(request.GET.get("on", ""))
    at = _end_of(asked) if asked else now
    values = values_at(list(DEFINITIONS), at)
    open_now = DatedSetting.objects.filter(state=SettingState.PROPOSED).order_by("proposed_at")
    return page(
        request,
        "backoffice/settings/overview.html",
        "Business settings",
        on=asked or timezone.localdate(now),
        areas=_areas(values, at),
        proposed=[
            {
                "row": each,
                "means": DEFINITIONS[each.name].means,
                "value": said(DEFINITIONS[each.name], each.value),
            }
            for each in open_now.select_related("proposed_by")
            if each.name in DEFINITIONS
        ],
        propose_url=reverse("admin:domain_datedsetting_propose")
        if holds(request, "domain.propose_setting")
        else "",
        history_url=reverse("admin:domain_datedsetting_changelist"),
    )


def _areas(values: dict[str, int | None], at: datetime) -> list[dict[str, Any]]:
    """Every setting under the name of its area, in the order of the definitions."""
    approved = defaultdict(list)
    for row in DatedSetting.objects.filter(state=SettingState.APPROVED).order_by(
        "valid_from", "pk"
    ):
        approved[row.name].append(row)
    return [
        {
            "title": title,
            "note": AREAS[title],
            "rows": [_row(each, values[each.name], approved[each.name], at) for each in settings],
        }
        for title, settings in by_area().items()
    ]


def by_area() -> dict[str, list[Definition]]:
    areas: dict[str, list[Definition]] = {title: [] for title in AREAS}
    for definition in DEFINITIONS.values():
        areas[_area(definition)].append(definition)
    return areas


def _area(definition: Definition) -> str:
    if definition in VEHICLES:
        return VEHICLE_AREAS.get(definition.name.split(".")[0], "Vehicles: members")
    return "Deliveries and customers"


def _row(
    definition: Definition, value: int | None, approved: list[DatedSetting], at: datetime
) -> dict[str, Any]:
    """``approved`` are its rows, oldest first by the moment from which they count."""
    in_force = [row for row in approved if row.valid_from <= at]
    planned = [row for row in approved if row.valid_from > at]
    return {
        "definition": definition,
        "value": said(definition, value),
        "default": said(definition, definition.default),
        "is_default": not in_force,
        "has_default": definition.default_at(at) is not None,
        "since": in_force[-1].valid_from if in_force else None,
        "planned": said(definition, planned[0].value) if planned else "",
        "planned_from": planned[0].valid_from if planned else None,
        "history_url": columns.list_url("datedsetting", name__exact=definition.name),
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _end_of(day: date) -> datetime:
    zone = ZoneInfo(django_settings.DELIVERIES_TIME_ZONE)
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)
