"""Bank accounts: where members are paid, once a second person has verified it."""

from __future__ import annotations

from typing import Any, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.compliance.documents import DocumentsAdmin
from backoffice.admin.compliance.revealing import UNMASK, RevealForm
from backoffice.admin.dialogs import DialogForm, dialog
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.trail import trail_of
from backoffice.resources.base import ListResource, field
from domain.compliance.models import BankAccount, DocumentKind
from domain.compliance.queries import same_account
from domain.compliance.rules import mask_number
from domain.customers.models import Customer
from domain.customers.search import find_customers


class RevealNumber(RevealForm):
    what = "Account number"
    column = "number"


class AccountResource(ListResource):
    added = field("added_at", "Added")


@admin.register(BankAccount)
class BankAccountAdmin(DocumentsAdmin):
    list_display = (
        "masked_number",
        "bank",
        "holder",
        "whose",
        "state_column",
        "adder",
        "added",
        "decider",
    )
    list_filter = (("state", StateFilter), ("added_at", MomentRangeFilter))
    list_select_related = ("customer", "added_by", "decided_by")
    page_related = ("customer", "added_by", "decided_by")
    ordering = ("-added_at", "-pk")
    search_fields = ("customer__last_name",)
    search_help_text = "Name, e-mail, phone or last four digits"
    steps = ("verify", "reject", "close")
    resource_class = AccountResource
    record_template = "admin/compliance/account.html"
    document_kinds = (DocumentKind.BANK_PROOF, DocumentKind.OTHER)
    empty_sentence = "No bank account yet: it is added on the page of a customer."

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        people = rows.filter(customer__in=find_customers(text, Customer.objects.all()))
        return people | rows.filter(last4=text.strip()[-4:])

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        history = BankAccount.objects.filter(customer=record.customer_id).exclude(pk=record.pk)
        return {
            "buttons": self.buttons(request, record),
            "masked": mask_number(record.last4),
            "twins": list(same_account(record)[:20]),
            "history": list(history.order_by("-added_at")),
            "lines": trail_of(request, [record]),
            **self.documents_context(request, record),
        }

    @dialog(label="Show in full", right=UNMASK, form=RevealNumber, icon="visibility")
    def reveal(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        return self.leave(request, form.subject)

    # --- Columns ----------------------------------------------------------------------------------

    @display(description="Account")
    def masked_number(self, account: BankAccount) -> str:
        return mask_number(account.last4)

    @display(description="Bank", ordering="ifsc")
    def bank(self, account: BankAccount) -> str:
        return account.ifsc

    @display(description="Person", ordering="customer__last_name")
    def whose(self, account: BankAccount) -> str:
        return account.customer.full_name()

    @display(description="Added by", ordering="added_by")
    def adder(self, account: BankAccount) -> SafeString:
        return columns.person(account.added_by, role=False)

    @display(description="Added", ordering="added_at")
    def added(self, account: BankAccount) -> SafeString:
        return columns.when(account.added_at)

    @display(description="Decided by", ordering="decided_by")
    def decider(self, account: BankAccount) -> SafeString:
        return columns.person(account.decided_by, role=False)
