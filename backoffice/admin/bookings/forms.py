"""The forms of a booking's dialogs that are no steps."""

from __future__ import annotations

from typing import Any, override
from uuid import uuid4

from django import forms
from django.http import HttpRequest
from django.utils import timezone

from backoffice.admin.bookings import refund_planner
from backoffice.admin.customer_forms import NewCustomerForm
from backoffice.admin.dialogs import (
    AmountField,
    DialogForm,
    choice_field,
    date_field,
    reason_field,
    text_field,
)
from domain.bookings.conditions import local_time
from domain.bookings.models import Line, PickupTime
from domain.bookings.queries import due_cents
from domain.bookings.vehicles.instalments import asked_next
from domain.common.money import show, to_amount
from domain.customers.rules import ACCESS_NOTES_LENGTH, CONTACT_FIELDS
from domain.payments.models import Method
from domain.staff.models import Staff


class CatchUp:
    """A form against the version that was seen."""

    request: HttpRequest
    object_id: Any
    admin: Any
    data: Any

    def catch_up(self) -> None:
        """After somebody else's change: the next try is against the record as it is now."""
        data: Any = self.request.POST.copy()
        data["seen_version"] = self.admin.subject(self.request, self.object_id).version
        self.data = data


class AmendForm(CatchUp, DialogForm):
    title = "Amend the price"
    lead = "Adds a line; what was sold stays as it is. Below zero is a rebate: −25.00"
    submit = "Add the line"

    label = text_field("What for")
    amount = AmountField(label="Amount, in the booking's currency")
    reason = reason_field("Why")
    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    @override
    def prepare(self) -> None:
        self.initial["seen_version"] = self.subject.version


class ContactForm(CatchUp, NewCustomerForm):
    title = "Edit the contact details"
    lead = ""
    submit = "Save"

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    @override
    def prepare(self) -> None:
        person = self.subject.contact()
        self.initial |= {name: getattr(person, name) for name in CONTACT_FIELDS}
        self.initial["seen_version"] = self.subject.version
        if self.subject.customer_id:
            self.lead = "A customer: all of their bookings follow."


class AccessForm(CatchUp, DialogForm):
    title = "How the crew gets in"
    lead = "The crew reads this. The guest does not."
    submit = "Save"

    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    pickup = text_field("Where it is picked up", required=False, most=ACCESS_NOTES_LENGTH)
    delivery = text_field("Where it is delivered", required=False, most=ACCESS_NOTES_LENGTH)

    @override
    def prepare(self) -> None:
        self.initial["seen_version"] = self.subject.version
        kept = {each.kind: each for each in self.subject.addresses.all()}
        if not kept:
            self.lead = "No addresses were given for this booking."
        for kind in ("pickup", "delivery"):
            if kind not in kept:
                del self.fields[kind]
                continue
            self.initial[kind] = kept[kind].access_notes
            self.fields[kind].help_text = kept[kind].one_line()

    def notes(self) -> dict[str, str]:
        return {k: self.cleaned_data[k] for k in ("pickup", "delivery") if k in self.fields}


class AssignForm(DialogForm):
    title = "Assign"
    submit = "Assign"

    assigned_to = choice_field("To", required=False)

    @override
    def prepare(self) -> None:
        colleagues = Staff.objects.filter(is_active=True).order_by("first_name", "username")
        names = [(str(each.pk), each.display_name()) for each in colleagues]
        self.fields["assigned_to"].choices = [("", "Nobody"), *names]
        self.initial["assigned_to"] = str(self.subject.assigned_to_id or "")


class RefundForm(DialogForm):
    """The planner: what is left of each payment, the policy's fee, the tax part."""

    title = "Request a refund"
    submit = "Request the refund"
    wide = True
    form_before_template = "admin/bookings/refund_planner.html"

    payment = choice_field("Of which payment")
    amount = AmountField(label="Amount")
    reason = reason_field("Why", help_text="The person who approves reads this.")
    form_key = forms.UUIDField(widget=forms.HiddenInput)

    @override
    def prepare(self) -> None:
        self.plan = refund_planner.plan_of(self.subject, timezone.now())
        self.fields["payment"].choices = [
            (str(each.pk), f"{each.source_label()}: {_left(each)} left")
            for each in self.plan.payments
        ]
        self.can_submit = bool(self.plan.payments)
        self.lead = "Nothing is sent yet: another person approves it." if self.can_submit else ""
        # The key is made when the form is drawn, so a double click asks once.
        self.initial["form_key"] = uuid4()
        preview = self.admin.url_of("refund_preview", self.subject.pk)
        self.fields["amount"].widget.attrs |= {
            "hx-get": preview,
            "hx-trigger": "input changed delay:400ms",
            "hx-target": "#refund-parts",
            "hx-include": "[name=amount]",
        }

    @override
    def get_before_template_context(
        self, request: HttpRequest, object_id: int | str | None = None
    ) -> dict[str, Any]:
        context = super().get_before_template_context(request, object_id)
        return context | {"plan": self.plan, "currency": self.subject.currency}

    @override
    def shown_fields(self) -> list[forms.BoundField]:
        return list(self) if self.can_submit else []


def _left(payment: Any) -> str:
    return show(payment.refundable_cents(), payment.currency)


class OfflineForm(DialogForm):
    title = "Record a bank transfer or cash"
    lead = "It counts once a second person has approved it."
    submit = "Record the payment"

    method = choice_field(
        "How", [(each.value, each.label) for each in (Method.BANK_TRANSFER, Method.CASH)]
    )
    amount = AmountField(label="Amount")
    reference = text_field("Reference or receipt number", most=80)
    received_on = date_field("Received on")
    evidence = reason_field("What proves it", required=False)

    @override
    def prepare(self) -> None:
        booking = self.subject
        self.fields["amount"].label = f"Amount in {booking.currency}"
        self.initial["received_on"] = local_time(booking.line, timezone.now()).date()
        due = due_cents(booking)
        if due and booking.line == Line.VEHICLE:
            due = asked_next(booking, self.initial["received_on"])
        if due:
            self.initial["amount"] = to_amount(due, booking.currency)


class RebookForm(DialogForm):
    title = "Rebook to another day"
    lead = "Makes a new booking with the same wishes, at today's prices. This one stays."
    submit = "Rebook"
    form_after_template = "admin/bookings/rebook_price.html"

    pickup_date = date_field("New pickup day")
    pickup_time = choice_field("Window", PickupTime.choices)

    @override
    def prepare(self) -> None:
        self.initial["pickup_time"] = self.subject.pickup_time
        preview = {
            "hx-get": self.admin.url_of("rebook_preview", self.subject.pk),
            "hx-trigger": "change",
            "hx-target": "#rebook-price",
            "hx-include": "[name=pickup_date],[name=pickup_time]",
        }
        for name in ("pickup_date", "pickup_time"):
            self.fields[name].widget.attrs |= preview
