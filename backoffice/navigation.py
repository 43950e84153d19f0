"""The menu, by daily work. Everybody sees what they may open, with how much waits there."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from backoffice.access import holds
from backoffice.menu import MENU, Item
from backoffice.queues import count_of


def open_items(request: HttpRequest) -> list[tuple[str, list[Item]]]:
    """The groups of the menu with the items this person may open."""
    groups = []
    for title, items in MENU:
        shown = [each for each in items if not each.permission or holds(request, each.permission)]
        if shown:
            groups.append((title, shown))
    return groups


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    now, here = timezone.now(), _where(request)
    return [
        {
            "title": title,
            "separator": index > 0,
            "items": [_entry(request, item, here=here, now=now) for item in items],
        }
        for index, (title, items) in enumerate(open_items(request))
    ]


def _entry(request: HttpRequest, item: Item, *, here: str, now: datetime) -> dict[str, Any]:
    url = item.url()
    entry: dict[str, Any] = {
        "title": item.title,
        "icon": item.icon,
        "link": url,
        "active": url == here,
    }
    if item.queue and (count := count_of(request, item.queue, now)):
        entry["badge"] = count
        entry["badge_variant"] = "danger" if item.urgent else "warning"
    return entry


def _where(request: HttpRequest) -> str:
    """The longest address of the menu that begins this page's address is where one is."""
    home = reverse("admin:index")
    urls = {item.url() for _, items in MENU for item in items} - {home}
    found = {url for url in urls if _leads_here(request, url)}
    return max(found, key=len, default=home if request.path == home else "")


def _leads_here(request: HttpRequest, url: str) -> bool:
    path, _, query = url.partition("?")
    asked = (request.GET.get(name) == value for name, value in parse_qsl(query))
    return request.path.startswith(path) and all(asked)
