"""Every address of the admin, as the URLconf knows it, with a record to ask it for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver

PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass(frozen=True, slots=True)
class Address:
    """``model`` is the table whose screen it belongs to."""

    name: str
    route: str
    model: type[Model] | None

    @property
    def table(self) -> str:
        return str(self.model._meta.model_name) if self.model else ""

    @property
    def page(self) -> str:
        """``step_approve`` of ``domain_refund_step_approve``."""
        prefix = f"domain_{self.table}_"
        return self.name.removeprefix(prefix) if self.name.startswith(prefix) else ""

    def path(self, values: dict[str, object]) -> str:
        """:raises KeyError: nothing is known to stand for one of its parameters"""
        return PARAMETER.sub(lambda match: str(values[match[2]]), f"/{self.route}")


def every_address() -> list[Address]:
    """All with a name. The others lead on: from a record's bare number to its page, and home."""
    screens = {f"admin/domain/{each._meta.model_name}/": each for each in admin.site._registry}
    found: dict[str, Address] = {}
    for name, route in _walk(get_resolver().url_patterns):
        if route.startswith("admin/") and name and "(" not in route:
            model = next((screens[start] for start in screens if route.startswith(start)), None)
            found.setdefault(route, Address(name, route, model))
    return list(found.values())


def _walk(patterns: Iterable[Any], before: str = "") -> Iterator[tuple[str, str]]:
    for each in patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _walk(each.url_patterns, route)
        elif isinstance(each, URLPattern):
            yield each.name or "", route
