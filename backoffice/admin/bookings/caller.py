"""What the forms share that book for a caller: who calls, what is noted, booking once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, override
from uuid import UUID, uuid4

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from backoffice.access import person
from backoffice.admin.refusals import PlacesRefusals
from domain.bookings.models import Booking
from domain.common.errors import InvalidInput
from domain.common.idempotency import Call, answer_once
from domain.customers.rules import CONTACT_FIELDS


def text_field(label: str, **attrs: str) -> forms.CharField:
    return forms.CharField(
        label=label, required=False, widget=forms.TextInput(attrs={"class": "bo-input", **attrs})
    )


def area_field(label: str, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"class": "bo-input", "rows": 2})
    return forms.CharField(label=label, required=False, widget=widget, help_text=help_text)


def tick_field(label: str) -> forms.BooleanField:
    return forms.BooleanField(label=label, required=False)


def choose_field(label: str, choices: Any) -> forms.ChoiceField:
    widget = forms.Select(attrs={"class": "bo-select"})
    return forms.ChoiceField(label=label, choices=choices, required=False, widget=widget)


class CallerForm(PlacesRefusals, forms.Form):
    """Loose on purpose: what is wrong with a wish is for the domain to say, all at once."""

    customer = forms.IntegerField(required=False, widget=forms.HiddenInput)
    first_name = text_field("First name", autocomplete="off")
    last_name = text_field("Last name", autocomplete="off")
    email = text_field("E-mail", inputmode="email", autocomplete="off")
    phone = text_field("Phone", inputmode="tel", autocomplete="off")
    keep = tick_field("Remember as a customer")
    internal_notes = area_field("Internal notes", "Only staff read this.")
    expected_total_cents = forms.IntegerField(required=False, widget=forms.HiddenInput)
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("form_key", uuid4())

    def contact(self) -> dict[str, str]:
        return {name: self.cleaned_data.get(name) or "" for name in CONTACT_FIELDS}

    def key(self) -> UUID:
        found: UUID = self.cleaned_data["form_key"]
        return found

    @override
    def unplaced(self, name: str, sentence: str) -> str:
        return sentence

    @override
    def full_clean(self) -> None:
        super().full_clean()
        # A number that is none leaves its field out; the domain then says what is missing.
        if not hasattr(self, "cleaned_data"):
            self.cleaned_data = {}


def book_once(request: HttpRequest, form: CallerForm, make: Callable[[], int]) -> Booking:
    """Book once for a form, however often it is sent."""
    asked = {name: request.POST.getlist(name) for name in request.POST}
    asked.pop("csrfmiddlewaretoken", None)
    call = Call.of(f"new booking by {person(request).pk}", str(form.key()), asked)
    kept = answer_once(call, make=make, answer=lambda _pk: (200, ""), at=timezone.now())
    return Booking.objects.get(pk=kept.subject_id)


def check_all(*checks: Callable[[], object]) -> None:
    """:raises InvalidInput: with what is wrong with the person and with the wish"""
    errors: dict[str, list[str]] = {}
    for check in checks:
        try:
            check()
        except InvalidInput as wrong:
            errors |= wrong.field_errors
    if errors:
        raise InvalidInput.of(errors)


def missing(wrong: InvalidInput) -> dict[str, Any]:
    """What a form that is still being filled in lacks, for its quote."""
    sentences = [each for found in wrong.field_errors.values() for each in found]
    return {"missing": sentences or [str(wrong)]}
