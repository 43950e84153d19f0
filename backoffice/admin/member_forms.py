"""The dialogs of a member's page and of the holding list."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.utils import timezone

from backoffice.admin.dialogs import (
    DialogForm,
    choice_field,
    date_field,
    reason_field,
    text_field,
)
from backoffice.admin.step_forms import StepForm
from domain.common.errors import InvalidInput
from domain.compliance.days import day_of
from domain.customers.models import Customer
from domain.customers.search import find_customers
from domain.network.models import Member, MemberState
from domain.network.queries.landing import landings
from domain.network.queries.members import find_members
from domain.network.rules.paths import LEFT, RIGHT

ASKED = {"AUTO": "The lighter leg", LEFT: "Left", RIGHT: "Right"}


def one_member(text: str, field: str) -> Member | None:
    """The member whom a code, name, e-mail or phone means; None for nothing typed.

    :raises InvalidInput: nobody, or several
    """
    if not text.strip():
        return None
    found = list(find_members(text).select_related("customer")[:2])
    if len(found) == 1:
        return found[0]
    why = "Several members are called so; give the referral code." if found else "No such member."
    raise InvalidInput.of({field: [why]})


def one_customer(text: str) -> Customer:
    """:raises InvalidInput: nobody, or several"""
    found = list(find_customers(text).filter(erased_at=None)[:2])
    if len(found) == 1:
        return found[0]
    why = "Several customers fit; give the e-mail." if found else "No such customer."
    raise InvalidInput.of({"customer": [why]})


class EnrolForm(DialogForm):
    title = "Enrol a customer"
    lead = "They get a referral code and wait on the holding list for a place in the tree."
    submit = "Enrol"
    customer = text_field("Customer", help_text="Name, e-mail or phone of a registered customer")
    sponsor = text_field(
        "Sponsor", required=False, help_text="Referral code, name or e-mail; empty for nobody"
    )
    agreement_signed_on = date_field("Agreement signed on", required=False)

    @override
    def field_of(self, name: str) -> str | None:
        return super().field_of({"sponsor_id": "sponsor"}.get(name, name))


class SponsorForm(DialogForm):
    title = "Correct the sponsor"
    lead = "Possible until the member's first booking is confirmed. The place does not move."
    submit = "Correct"
    sponsor = text_field(
        "Sponsor", required=False, help_text="Referral code, name or e-mail; empty for nobody"
    )
    reason = reason_field()

    @override
    def prepare(self) -> None:
        sponsor = self.subject.referred_by
        self.initial["sponsor"] = sponsor.code if sponsor else ""


class AgreementForm(DialogForm):
    title = "Agreement signed"
    submit = "Save"
    signed_on = date_field("Signed on")

    @override
    def prepare(self) -> None:
        signed = self.subject.agreement_signed_on
        self.initial["signed_on"] = signed or day_of(timezone.now())


class PlaceForm(DialogForm):
    """Each side with where it leads now, so that nobody places blindly."""

    title = "Place in the tree"
    submit = "Place"
    side = forms.ChoiceField(label="Side", widget=forms.RadioSelect)
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    @override
    def prepare(self) -> None:
        member: Member = self.subject
        self.title = f"Place {member}"
        self.initial["seen_version"] = member.version
        field: Any = self.fields["side"]
        if member.placed_at is not None or member.state != MemberState.ACTIVE:
            self.can_submit = False
            has = "has a place already" if member.placed_at else "gets no place any more"
            self.lead = f"{member} {has}."
            del self.fields["side"]
            return
        found = landings(member, timezone.now())
        field.choices = [
            (each.side, f"{ASKED[each.side]}: {each.sentence}" if len(found) > 1 else each.sentence)
            for each in found
            if each.open
        ]
        self.can_submit = bool(field.choices)
        self.initial["side"] = field.choices[0][0] if field.choices else ""
        self.lead = (
            f"Sponsored by {member.referred_by}. "
            if member.referred_by
            else "Nobody sponsors them. "
        ) + "Is a slot taken meanwhile, it is the next one of the same leg."


class CorrectionForm(DialogForm):
    title = "Ask for a correction of the place"
    lead = "A second person approves it. Then the member moves to the leg's first vacancy."
    submit = "Ask"
    under = text_field("Below", help_text="Referral code, name or e-mail of who is above")
    side = choice_field("Side", [(LEFT, "Left"), (RIGHT, "Right")])
    reason = reason_field("What went wrong")

    @override
    def prepare(self) -> None:
        sponsor = self.subject.referred_by
        self.initial["under"] = sponsor.code if sponsor else ""

    @override
    def field_of(self, name: str) -> str | None:
        return super().field_of({"under_id": "under"}.get(name, name))


class TransmissionForm(DialogForm):
    title = "Give the wallet to the nominee"
    lead = (
        "A second person approves it. Then the wallet is paid to the verified account in the "
        "nominee's name."
    )
    submit = "Ask"
    reason = reason_field("Papers seen", help_text="Such as the death certificate and its number")


class DeathForm(StepForm):
    died_on = date_field("Day of death")

    @override
    def prepare(self) -> None:
        super().prepare()
        self.initial["died_on"] = day_of(self.at)
        self.fields["reason"].label = "Certificate"
        self.submit = "Report the death"

    @override
    def params(self) -> dict[str, Any]:
        given = self.data.get("died_on") if self.is_bound else ""
        return super().params() | ({"died_on": str(given)} if given else {})
