"""Lower-deduction certificates: entered by one person, verified by another."""

from __future__ import annotations

from functools import partial
from typing import Any, override

from django import forms
from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminDecimalFieldWidget

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import (
    AmountField,
    DialogForm,
    date_field,
    dialog,
    draw,
    text_field,
)
from backoffice.admin.filters import StateFilter
from backoffice.admin.paying.certificate_import import import_page, remarks
from backoffice.admin.trail import trail_of
from domain.common.errors import InvalidInput
from domain.common.money import percent
from domain.network.models import Member
from domain.network.queries.members import find_members
from domain.network.rules.codes import normal_code
from domain.payouts.models import LowerDeductionCertificate
from domain.payouts.operations.certificates import add_certificate

ADD = "domain.add_tax_certificate"


class EnterForm(DialogForm):
    title = submit = "Enter a certificate"
    lead = "It counts once another person has verified it."
    code = text_field("Member's code", most=12)
    number = text_field("Number of the certificate", most=20)
    rate = forms.DecimalField(
        label="Rate in percent",
        min_value=0,
        max_value=100,
        decimal_places=2,
        widget=UnfoldAdminDecimalFieldWidget(attrs={"inputmode": "decimal"}),
    )
    valid_from = date_field("From")
    valid_to = date_field("To")
    limit = AmountField(label="Up to this sum, in rupees", min_value=1)


@admin.register(LowerDeductionCertificate)
class CertificateAdmin(BackofficeAdmin):
    list_display = ("number", "member_name", "rate", "limit", "used", "days", "state_column", "who")
    list_filter = (("state", StateFilter),)
    list_select_related = ("member__customer", "added_by")
    page_related = ("member__customer", "added_by", "verified_by")
    ordering = ("-added_at", "-pk")
    search_fields = ("number",)
    steps = ("verify", "deny", "withdraw")
    list_before_template = "admin/tax/certificates_head.html"
    record_template = "admin/tax/certificate.html"
    empty_sentence = "No certificate lowers anybody's tax."

    @override
    def own_urls(self) -> list[URLPattern]:
        return [
            path("import/", self.page(self.import_view), name="certificate_import"),
            path("import/remarks/<str:token>/", self.page(remarks), name="certificate_remarks"),
        ]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        title = "Import lower-deduction certificates"
        return import_page(request, self.page_context(request, title=title))

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request)
        with_sums: QuerySet[Any] = rows.annotate(used_cents=Sum("records__liable_cents"))
        return with_sums

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any] | None:
        by_number = rows.filter(number__iexact=text.strip())
        if by_number.exists():
            return by_number
        return rows.filter(member__in=find_members(text).order_by().values("pk"))

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        return {
            "buttons": self.buttons(request, record),
            "used": getattr(record, "used_cents", 0) or 0,
            "records": list(record.records.select_related("payout").order_by("-pk")[:50]),
            "lines": trail_of(request, [record]),
        }

    @dialog(label="Enter a certificate…", right=ADD, form=EnterForm, place="list")
    def enter(self, request: HttpRequest, form: EnterForm) -> HttpResponse:
        told = form.cleaned_data
        member = Member.objects.filter(code=normal_code(told["code"])).first()
        if member is None:
            form.refuse(InvalidInput.of({"code": ["No member has this code."]}))
            return draw(request, form)
        run = partial(
            add_certificate,
            member_id=member.pk,
            number=told["number"],
            rate_bps=int(told["rate"] * 100),
            valid_from=told["valid_from"],
            valid_to=told["valid_to"],
            limit_cents=told["limit"],
        )
        done = lambda made: f"{made} waits for a second person."  # noqa: E731
        return self.perform(request, form, run, done=done, go_to=columns.page_url)

    @display(description="Member")
    def member_name(self, certificate: LowerDeductionCertificate) -> SafeString:
        return columns.page_link(certificate.member, certificate.member)

    @display(description="Rate", ordering="rate_bps")
    def rate(self, certificate: LowerDeductionCertificate) -> str:
        return percent(certificate.rate_bps)

    @display(description="Up to", ordering="limit_cents", formatting="price")
    def limit(self, certificate: LowerDeductionCertificate) -> SafeString:
        return columns.money(certificate.limit_cents, "INR")

    @display(description="Used", formatting="price")
    def used(self, certificate: Any) -> SafeString:
        return columns.money(certificate.used_cents or 0, "INR")

    @display(description="Days", ordering="valid_to")
    def days(self, certificate: LowerDeductionCertificate) -> str:
        return f"{certificate.valid_from:%d %b %Y} to {certificate.valid_to:%d %b %Y}"

    @display(description="Entered by")
    def who(self, certificate: LowerDeductionCertificate) -> SafeString:
        return columns.person(certificate.added_by, role=False)
