"""What one person asks for and a second person decides: one list and one page for all of it."""

from __future__ import annotations

from typing import Any, ClassVar, override

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.trail import trail_of
from domain.network.queries.members import find_members


class AskedAdmin(BackofficeAdmin):
    """A request: ``record_template`` extends ``admin/parts/asked.html``."""

    list_filter: ClassVar[Any] = (("state", StateFilter), ("requested_at", MomentRangeFilter))
    ordering = ("-requested_at", "-pk")

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {"buttons": self.buttons(request, record), "lines": trail_of(request, [record])}

    @display(description="Asked by", ordering="requested_by")
    def asker(self, asked: Any) -> SafeString:
        return columns.person(asked.requested_by, role=False)

    @display(description="Asked", ordering="requested_at")
    def asked_at(self, asked: Any) -> SafeString:
        return columns.when(asked.requested_at)

    @display(description="Why")
    def why(self, asked: Any) -> str:
        return Truncator(asked.reason).chars(60)


class AskedOfMemberAdmin(AskedAdmin):
    list_select_related: ClassVar[Any] = ("member__customer", "requested_by")
    search_fields = ("member__code",)
    search_help_text = "Referral code, name, e-mail or phone of the member"

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return rows.filter(member__in=find_members(text).order_by().values("pk"))

    @display(description="Member", ordering="member__customer__last_name")
    def who(self, asked: Any) -> str:
        return str(asked.member)
