"""What a list of members is narrowed to."""

from __future__ import annotations

from typing import Any, override

from django.db.models import QuerySet
from django.http import HttpRequest

from backoffice.admin.filters import DropdownFilter
from domain.network.models import ActiveBuyerPeriod


class PlaceFilter(DropdownFilter):
    title = "place"
    parameter_name = "place"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("placed", "In the tree"), ("holding", "On the holding list")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case "placed":
                return queryset.filter(placed_at__isnull=False)
            case "holding":
                return queryset.filter(placed_at=None, state="active")
        return queryset


class BuyerFilter(DropdownFilter):
    title = "Active Buyer"
    parameter_name = "buyer"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", "Now"), ("no", "Not now")]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        now = ActiveBuyerPeriod.objects.filter(ended_on=None).values("member")
        match self.value():
            case "yes":
                return queryset.filter(pk__in=now)
            case "no":
                return queryset.exclude(pk__in=now)
        return queryset
