"""A person's papers on the pages of customers and members: what is missing, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, ClassVar, override

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from backoffice.access import holds
from backoffice.admin import columns
from backoffice.admin.acting import ActingAdmin
from backoffice.admin.dialogs import (
    DialogForm,
    choice_field,
    date_field,
    dialog,
    reason_field,
    text_field,
)
from backoffice.admin.steps import Button
from domain.compliance.models import (
    BankAccount,
    ComplianceDocument,
    KycCase,
    Nominee,
    NomineeState,
    TaxIdentity,
)
from domain.compliance.operations.kyc import UPLOAD, name_nominee, open_case
from domain.compliance.operations.people import ADD_ACCOUNT, RECORD_PAN, add_account, record_pan
from domain.customers.models import Customer
from domain.network.models import Member
from domain.payouts.queries.gates import gates_for

SEE = "domain.view_kyccase"
DIALOGS = (
    ("begin_kyc", "Begin KYC…", UPLOAD),
    ("give_pan", "Record a PAN…", RECORD_PAN),
    ("give_account", "Add a bank account…", ADD_ACCOUNT),
    ("give_nominee", "Name a nominee…", UPLOAD),
)
MOST = 20


class BeginKycForm(DialogForm):
    title = "Begin KYC"
    lead = "One that is open already is opened again. Documents are added on its page."
    submit = "Begin"
    whose = choice_field("Whose")

    @override
    def prepare(self) -> None:
        named = Nominee.objects.filter(customer=self.subject, state=NomineeState.NAMED)
        whose: Any = self.fields["whose"]
        whose.choices = [
            ("", self.subject.full_name()),
            *((str(each.pk), f"{each}, nominee") for each in named),
        ]
        whose.required = False


class PanForm(DialogForm):
    title = "Record a PAN"
    lead = "It counts for tax once somebody else has verified it."
    submit = "Record"
    pan = text_field("PAN", most=20, help_text="Five letters, four digits, a letter.")
    valid_from = date_field(
        "Counts from", required=False, help_text="Empty: today. Tax follows it from that day."
    )


class AccountForm(DialogForm):
    title = "Add a bank account"
    lead = "Payouts go there once somebody else has verified it."
    submit = "Add"
    holder = text_field("Holder, as the bank has it", most=120)
    ifsc = text_field("IFSC", most=20, help_text="The branch, such as HDFC0001234.")
    number = text_field("Account number", most=30)


class NomineeForm(DialogForm):
    title = "Name a nominee"
    lead = "Who is paid what the member leaves. One named before is replaced."
    submit = "Name"
    full_name = text_field("Full name", most=120)
    relationship = text_field("Relationship", most=40, help_text="Son, wife, brother …")
    born_on = date_field("Date of birth", required=False)
    phone = text_field("Phone", required=False, most=20)
    reason = reason_field("Why it changes", required=False)


class PapersMixin(ActingAdmin):
    """The dialogs of a person's papers. They stand in their own panel, not among the steps."""

    paper_dialogs: ClassVar[frozenset[str]] = frozenset(name for name, _, _ in DIALOGS)

    @override
    def dialog_buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        found = super().dialog_buttons(request, record)
        return [each for each in found if each.name not in self.paper_dialogs]

    @dialog(label="Begin KYC…", right=UPLOAD, form=BeginKycForm)
    def begin_kyc(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        nominee = form.cleaned_data["whose"]
        run = partial(
            open_case,
            customer_id=form.subject.pk,
            nominee_id=int(nominee) if nominee else None,
        )
        return self.perform(
            request, form, run, done="Now add the documents.", go_to=columns.page_url
        )

    @dialog(label="Record a PAN…", right=RECORD_PAN, form=PanForm)
    def give_pan(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        run = partial(record_pan, customer_id=form.subject.pk, **asked(form))
        said = "{} is recorded; somebody else verifies it."
        return self.perform(request, form, run, done=said.format)

    @dialog(label="Add a bank account…", right=ADD_ACCOUNT, form=AccountForm)
    def give_account(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        run = partial(add_account, customer_id=form.subject.pk, **asked(form))
        said = "{} is added; somebody else verifies it."
        return self.perform(request, form, run, done=said.format)

    @dialog(label="Name a nominee…", right=UPLOAD, form=NomineeForm)
    def give_nominee(self, request: HttpRequest, form: DialogForm, object_id: str) -> HttpResponse:
        run = partial(name_nominee, customer_id=form.subject.pk, **asked(form))
        return self.perform(request, form, run, done=lambda made: f"{made} is named.")


def asked(form: DialogForm) -> dict[str, Any]:
    """What was typed, without the form's own machinery."""
    return {name: form.cleaned_data[name] for name in form.declared_fields if name[0] != "_"}


def papers_of(request: HttpRequest, customer: Customer) -> dict[str, Any]:
    """What ``admin/compliance/papers.html`` shows of a person; {} for those who may not see it."""
    if not holds(request, SEE):
        return {}
    mine = {"customer": customer}
    nominees = Nominee.objects.filter(**mine).order_by("-pk")
    member = Member.objects.filter(pk=customer.pk).first()
    return {
        "papers": {
            # Who is paid nothing needs nothing.
            "gates": gates_for(member, timezone.now()) if member else [],
            "cases": _shown(KycCase.objects.filter(**mine).select_related("customer", "nominee")),
            "identities": _shown(TaxIdentity.objects.filter(**mine)),
            "accounts": _shown(BankAccount.objects.filter(**mine)),
            "nominees": list(nominees[:MOST]),
            "signed": _shown(ComplianceDocument.objects.filter(**mine)),
            "buttons": [] if customer.erased_at else _buttons(request, customer),
        }
    }


def _shown(rows: Any) -> Sequence[Any]:
    return list(rows.order_by("-pk")[:MOST])


def _buttons(request: HttpRequest, customer: Customer) -> list[Button]:
    return [
        Button(name, label, reverse(f"admin:domain_customer_{name}", args=[customer.pk]))
        for name, label, right in DIALOGS
        if holds(request, right)
    ]
