"""A member's wallet: what each part is, what moved it, and the paper of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.admin import AdminSite
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from backoffice.access import holds, person, require
from backoffice.admin.page import PER_PAGE, page, whole_number
from backoffice.admin.releases import release_button
from backoffice.admin.wallet_doors import Shown, shown_lines
from domain.common.staff_actions import log_action
from domain.compliance.days import day_of
from domain.network.earning.queries.months import last_day
from domain.network.earning.queries.wallets import (
    EARLIEST,
    LATEST,
    balances_of,
    lines_of,
    months_of,
)
from domain.network.earning.rules.parts import PARTS, Part
from domain.network.earning.wallet_statement import wallet_statement
from domain.network.models import Member

VIEW = "domain.view_wallet"


def pages(site: AdminSite) -> list[URLPattern]:
    return [
        path("wallet/<int:member_id>/", site.admin_view(wallet_view), name="wallet"),
        path(
            "wallet/<int:member_id>/statement/<str:month>/",
            site.admin_view(statement_view),
            name="wallet_statement",
        ),
    ]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which part and which month; empty is all of them."""

    part: str
    month: date | None
    page: int

    @property
    def days(self) -> tuple[date, date]:
        return (self.month, last_day(self.month)) if self.month else (EARLIEST, LATEST)

    def query(self, **other: object) -> str:
        """The address of the same question with something else in it."""
        month = f"{self.month:%Y-%m}" if self.month else ""
        values = {"part": self.part, "month": month, "page": "", **other}
        kept = {name: value for name, value in values.items() if value}
        return f"?{urlencode(kept)}" if kept else "?"


def asked_of(request: HttpRequest) -> Asked:
    part = request.GET.get("part", "")
    return Asked(
        part=part if part in PARTS else "",
        month=month_of(request.GET.get("month", "")),
        page=max(whole_number(request.GET.get("page"), most=100_000), 1),
    )


def month_of(text: str) -> date | None:
    """Read ``2026-11`` as the first day of the month; nonsense is none."""
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError:
        return None


@dataclass(frozen=True, slots=True)
class Balance:
    """A part of the wallet as its page shows it."""

    part: Part
    cents: int
    url: str
    chosen: bool


def wallet_view(request: HttpRequest, member_id: int) -> HttpResponse:
    require(request, VIEW)
    member, asked = member_of(member_id), asked_of(request)
    log_action(
        action="viewed wallet",
        staff=person(request),
        at=timezone.now(),
        subject=f"member {member.pk}",
    )
    since, until = asked.days
    found = lines_of(
        member.pk,
        *([asked.part] if asked.part else []),
        since=since,
        until=until,
        limit=PER_PAGE + 1,
        offset=(asked.page - 1) * PER_PAGE,
    )
    lines: list[Shown] = shown_lines(request, found[:PER_PAGE])
    return page(
        request,
        "admin/wallets/wallet.html",
        f"Wallet of {member.customer.full_name()}",
        member=member,
        asked=asked,
        balances=balances(member.pk, asked),
        months=[(each, f"{each:%Y-%m}") for each in months_of(member.pk)],
        lines=lines,
        newer=asked.query(page=asked.page - 1) if asked.page > 1 else "",
        older=asked.query(page=asked.page + 1) if len(found) > PER_PAGE else "",
        **doors_of(request, member, asked),
    )


def balances(member_id: int, asked: Asked) -> list[Balance]:
    """Each part as it stands at the end of the month that is asked for, or now."""
    until = last_day(asked.month) if asked.month else None
    return [
        Balance(
            part=PARTS[code],
            cents=cents,
            url=asked.query(part="" if code == asked.part else code),
            chosen=code == asked.part,
        )
        for code, cents in balances_of(member_id, until=until).items()
    ]


def doors_of(request: HttpRequest, member: Member, asked: Asked) -> dict[str, Any]:
    """Where the page leads, for those who may go there."""
    month = asked.month or day_of(timezone.now()).replace(day=1)
    waiting = member.reserve_releases.filter(state="requested").first()
    return {
        "statement_month": month,
        "statement_url": reverse("admin:wallet_statement", args=[member.pk, f"{month:%Y-%m}"]),
        "buttons": release_button(request, member.pk),
        "waiting": waiting if holds(request, "domain.view_reserverelease") else None,
        "month_url": reverse("admin:member_month", args=[member.pk, f"{month:%Y-%m}"]),
    }


def member_of(member_id: int) -> Member:
    found = Member.objects.select_related("customer").filter(pk=member_id).first()
    if found is None:
        raise Http404("There is no such member.")
    return found


def statement_view(request: HttpRequest, member_id: int, month: str) -> HttpResponse:
    """The paper of a month that has begun."""
    require(request, VIEW)
    member, first, at = member_of(member_id), month_of(month), timezone.now()
    if first is None or first > day_of(at):
        raise Http404("There is no such month.")
    content = wallet_statement(member, first, at)
    log_action(
        action="export", staff=person(request), at=at, subject=f"wallet {member.pk} of {month}"
    )
    return pdf(content, f"wallet-{member.code}-{month}.pdf")


def pdf(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "X-Content-Type-Options": "nosniff",
        },
    )
