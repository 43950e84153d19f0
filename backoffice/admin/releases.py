"""Releases of EMI reserves: asked for on a wallet, decided by somebody else."""

from __future__ import annotations

from functools import partial
from typing import Any, override

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.access import holds
from backoffice.admin import columns
from backoffice.admin.acting import ActingAdmin
from backoffice.admin.asked import AskedOfMemberAdmin
from backoffice.admin.dialogs import AmountField, DialogForm, dialog, reason_field
from backoffice.admin.doors import door
from backoffice.admin.steps import Button
from domain.common.money import show, to_amount
from domain.compliance.days import day_of
from domain.flows.instalments import due_by
from domain.flows.reserve import REQUEST, request_release
from domain.ledger.models import Entry
from domain.network.earning.models import ReserveRelease
from domain.network.earning.queries.wallets import CURRENCY, balances_of

RESERVE, OWED = "2010", "ALL_OUTSTANDING"


class ReleaseForm(DialogForm):
    title = "Release the EMI reserve"
    lead = "A second person approves it. Then the amount moves from the reserve to the earnings."
    submit = "Ask"
    amount = AmountField(label="Amount, ₹", min_value=0)
    reason = reason_field()

    @override
    def prepare(self) -> None:
        there = balances_of(self.subject.pk)[RESERVE]
        waiting = self.subject.reserve_releases.filter(state="requested").first()
        if waiting or not there:
            self.can_submit = False
            self.lead = f"{waiting} waits for approval." if waiting else "The reserve is empty."
            del self.fields["amount"], self.fields["reason"]
            return
        self.initial["amount"] = f"{to_amount(there, CURRENCY)}"
        self.fields["amount"].help_text = f"At most {show(there, CURRENCY)}."

    @override
    def clean(self) -> dict[str, Any] | None:
        if not self.can_submit:
            # Sent from a page that is older than what stands in the way.
            raise ValidationError(self.lead)
        cleaned: dict[str, Any] | None = super().clean()
        return cleaned


class ReleasingMixin(ActingAdmin):
    """Asking for a release, which begins on a member's wallet and not among the member's steps."""

    @dialog(label="Release the reserve…", right=REQUEST, form=ReleaseForm)
    def release_reserve(
        self, request: HttpRequest, form: ReleaseForm, object_id: str
    ) -> HttpResponse:
        run = partial(
            request_release,
            member_id=form.subject.pk,
            amount_cents=form.cleaned_data["amount"],
            reason=form.cleaned_data["reason"],
        )
        return self.perform(request, form, run, done="Asked for. Somebody else has to approve it.")


def release_button(request: HttpRequest, member_id: int) -> list[Button]:
    if not holds(request, REQUEST):
        return []
    url = reverse("admin:domain_member_release_reserve", args=[member_id])
    return [Button("release_reserve", "Release the reserve…", url)]


@admin.register(ReserveRelease)
class ReserveReleaseAdmin(AskedOfMemberAdmin):
    list_display = ("who", "state_column", "amount", "asker", "asked_at", "why")
    page_related = ("member__customer", "requested_by", "decided_by")
    steps = ("release", "deny")
    record_template = "admin/wallets/release.html"
    empty_sentence = "Nobody asked for a reserve to be released. It begins on a member's wallet."

    @display(description="Amount", ordering="amount_cents", formatting="price")
    def amount(self, asked: ReserveRelease) -> SafeString:
        return columns.money(asked.amount_cents, CURRENCY)

    @override
    def record_context(self, request: HttpRequest, record: ReserveRelease) -> dict[str, Any]:
        now = timezone.now()
        entry = Entry.objects.filter(key=f"release:{record.pk}").first()
        there = balances_of(record.member_id)[RESERVE]
        sees_wallet = holds(request, "domain.view_wallet")
        return super().record_context(request, record) | {
            "there_cents": there,
            "left_cents": there - record.amount_cents,
            "due_cents": sum(each.cents for each in due_by(record.member_id, day_of(now), OWED)),
            "wallet_url": reverse("admin:wallet", args=[record.member_id]) if sees_wallet else "",
            "entry_url": door(request, "entry", entry.pk) if entry else "",
        }
