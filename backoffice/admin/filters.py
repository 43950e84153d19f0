"""Filters of lists, all of them drop-downs and ranges that survive each other.

``StateFilter`` and the like go into ``list_filter`` as ``("state", StateFilter)``; ranges as
``("pickup_date", DayRangeFilter)`` and ``("created_at", MomentRangeFilter)``, both with days.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any, override

from django.contrib.admin.views.main import ChangeList
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    DropdownFilter,
    MultipleChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)

from domain.staff.models import Staff

NOBODY = "nobody"


class StateFilter(MultipleChoicesDropdownFilter):
    """Any of several states."""


class DayRangeFilter(RangeDateFilter):
    """From one day to another, both included."""


class MomentRangeFilter(RangeDateFilter):
    """Days of the staff's zone over a column of moments, so that an index serves it."""

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        first = _day(self.used_parameters.get(f"{self.parameter_name}_from"))
        last = _day(self.used_parameters.get(f"{self.parameter_name}_to"))
        if first is not None:
            queryset = queryset.filter(**{f"{self.parameter_name}__gte": _begins(first)})
        if last is not None:
            after = _begins(last + timedelta(days=1))
            queryset = queryset.filter(**{f"{self.parameter_name}__lt": after})
        return queryset


class AssignedFilter(DropdownFilter):
    """Whose work it is: mine, nobody's, or a colleague's."""

    title = "assigned to"
    parameter_name = "assigned"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        colleagues = Staff.objects.filter(is_active=True).order_by("first_name", "username")
        names = [(str(each.pk), each.display_name()) for each in colleagues[:200]]
        return [("me", "Me"), (NOBODY, "Nobody"), *names]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None | "":
                return queryset
            case "me":
                return queryset.filter(assigned_to_id=request.user.pk)
            case "nobody":
                return queryset.filter(assigned_to=None)
            case pk if pk.isascii() and pk.isdigit():
                return queryset.filter(assigned_to_id=int(pk))
        return queryset.none()


class FollowUpFilter(DropdownFilter):
    title = "follow-up"
    parameter_name = "follow_up"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("due", "Due today or before"), ("week", "Within a week"), ("any", "Any")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        today = timezone.localdate()
        match self.value():
            case "due":
                return queryset.filter(follow_up_on__lte=today)
            case "week":
                return queryset.filter(follow_up_on__lte=today + timedelta(days=7))
            case "any":
                return queryset.filter(follow_up_on__isnull=False)
        return queryset


def chips(changelist: ChangeList) -> Iterator[tuple[str, str]]:
    """What the list is narrowed to, in words, each with the address that takes it away."""
    left = {name: value for name, value in changelist.filter_params.items() if any(value)}
    for name in NO_FILTERS:
        left.pop(name, None)
    for spec in changelist.filter_specs:
        names = [name for name in spec.expected_parameters() if name in left]
        if names:
            values = [_said(spec, name, left.pop(name)) for name in names]
            rest = changelist.get_query_string(remove=names)
            yield f"{spec.title}: {', '.join(values)}", rest
    for name, value in left.items():
        field, _, lookup = name.partition("__")
        words = f"{field.replace('_', ' ')} {LOOKUPS.get(lookup, lookup)} {', '.join(value)}"
        yield words, changelist.get_query_string(remove=[name])


# Search, order, page and columns narrow nothing.
NO_FILTERS = ("q", "o", "p", "all", "e")
LOOKUPS = {"": "is", "exact": "is", "in": "in", "lt": "before", "lte": "up to", "gte": "from"}


def _said(spec: Any, name: str, value: Any) -> str:
    found = value if isinstance(value, list) else [value]
    labels = dict(getattr(getattr(spec, "field", None), "flatchoices", ()) or ())
    # Of a column without a list of choices these are its bare values.
    choices = getattr(spec, "lookup_choices", ())
    labels |= dict(each for each in choices if isinstance(each, tuple))
    words = " or ".join(str(labels.get(each, each)) for each in found)
    if name.endswith("_from"):
        return f"from {words}"
    return f"to {words}" if name.endswith("_to") else words


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        return None


def _begins(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


__all__ = [
    "AssignedFilter",
    "ChoicesDropdownFilter",
    "DayRangeFilter",
    "DropdownFilter",
    "FollowUpFilter",
    "MomentRangeFilter",
    "RelatedDropdownFilter",
    "StateFilter",
]
