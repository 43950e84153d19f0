"""What staff do with one booking, besides its steps."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar, override

from django.http import HttpRequest, HttpResponse

from backoffice.admin import columns
from backoffice.admin.bookings.cancelling import CancelForm
from backoffice.admin.bookings.forms import (
    AccessForm,
    AmendForm,
    AssignForm,
    CatchUp,
    ContactForm,
    OfflineForm,
    RebookForm,
    RefundForm,
)
from backoffice.admin.bookings.listing import BookingList
from backoffice.admin.bookings.vehicle import WaiverForm
from backoffice.admin.dialogs import dialog
from backoffice.admin.step_forms import StepForm
from backoffice.admin.steps import Button
from domain.bookings import operations
from domain.bookings.access import edit_access
from domain.bookings.contact import edit_contact
from domain.bookings.models import Booking, InstalmentWaiver, Line
from domain.common.errors import Stale
from domain.common.money import show
from domain.common.workflow import Done, StepInfo
from domain.flows.checkout import rebook
from domain.flows.instalments import request_waiver
from domain.payments.models import Payment, Refund
from domain.payments.operations.payments import record_offline_payment
from domain.payments.operations.refunds import request_refund
from domain.payments.queries import LIVE

Run = Callable[..., Any]
DELIVERY_STEPS, VEHICLE_STEPS = {"dispatch", "complete"}, {"activate", "deliver"}
DELIVERY_DIALOGS, VEHICLE_DIALOGS = {"rebook"}, {"waive"}


class BookingActs(BookingList):
    # In the order of a booking's life; the system's own steps are not for buttons.
    steps: ClassVar = ["dispatch", "complete", "activate", "deliver", "reactivate", "cancel"]
    bulk_steps: ClassVar = ["dispatch", "complete", "deliver", "reactivate", "cancel"]
    step_forms: ClassVar = {"cancel": CancelForm}

    @override
    def steps_of(self, record: Any) -> list[StepInfo]:
        other = DELIVERY_STEPS if record.line == Line.VEHICLE else VEHICLE_STEPS
        return [info for info in self.step_infos() if info.name not in other]

    @override
    def dialog_buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        other = DELIVERY_DIALOGS if record.line == Line.VEHICLE else VEHICLE_DIALOGS
        found = super().dialog_buttons(request, record)
        return [button for button in found if button.name not in other]

    @override
    def done_sentence(self, form: StepForm, done: Done[Any]) -> str:
        said = super().done_sentence(form, done)
        if form.step != "cancel":
            return said
        waiting = Refund.objects.filter(booking=done.subject, state__in=LIVE)
        amounts = [show(refund.amount_cents, refund.currency) for refund in waiting]
        if not amounts:
            return f"{said} Nothing had to be refunded."
        return f"{said} A refund of {' and '.join(amounts)} waits for another person's approval."

    @dialog(label="Refund…", right="domain.request_refund", form=RefundForm)
    def refund(self, request: HttpRequest, form: RefundForm, **_: str) -> HttpResponse:
        asked = form.cleaned_data
        run: Run = partial(
            request_refund,
            payment_id=int(asked["payment"]),
            amount_cents=asked["amount"],
            reason=asked["reason"],
            form_key=asked["form_key"],
        )
        return self.perform(request, form, run, done=_refund_said)

    @dialog(label="Amend…", right="domain.amend_booking", form=AmendForm)
    def amend(self, request: HttpRequest, form: AmendForm, **_: str) -> HttpResponse:
        asked = form.cleaned_data
        run: Run = partial(
            operations.amend_booking,
            booking_id=form.subject.pk,
            label=asked["label"],
            amount_cents=asked["amount"],
            reason=asked["reason"],
            seen_version=asked["seen_version"],
        )
        return self.perform(request, form, _seen(form, run), done=_amend_said)

    @dialog(label="Edit contact…", right="domain.edit_booking_notes", form=ContactForm)
    def contact(self, request: HttpRequest, form: ContactForm, **_: str) -> HttpResponse:
        run: Run = partial(
            edit_contact,
            booking_id=form.subject.pk,
            contact=form.contact(),
            seen_version=form.cleaned_data["seen_version"],
        )
        return self.perform(request, form, _seen(form, run), done=_contact_said)

    @dialog(label="Access notes…", right="domain.edit_booking_notes", form=AccessForm)
    def access(self, request: HttpRequest, form: AccessForm, **_: str) -> HttpResponse:
        run: Run = partial(
            edit_access,
            booking_id=form.subject.pk,
            notes=form.notes(),
            seen_version=form.cleaned_data["seen_version"],
        )
        return self.perform(request, form, _seen(form, run), done="Saved for the crew.")

    @dialog(label="Assign…", right="domain.assign_booking", form=AssignForm)
    def assign(self, request: HttpRequest, form: AssignForm, **_: str) -> HttpResponse:
        chosen = form.cleaned_data["assigned_to"]
        staff_id = int(chosen) if chosen else None
        run: Run = partial(operations.assign_booking, booking_id=form.subject.pk, staff_id=staff_id)
        return self.perform(request, form, run, done=_assign_said)

    @dialog(label="Record payment…", right="domain.record_offline_payment", form=OfflineForm)
    def offline(self, request: HttpRequest, form: OfflineForm, **_: str) -> HttpResponse:
        asked = form.cleaned_data
        run: Run = partial(
            record_offline_payment,
            booking_id=form.subject.pk,
            method=asked["method"],
            amount_cents=asked["amount"],
            reference=asked["reference"],
            received_on=asked["received_on"],
            evidence=asked["evidence"],
        )
        return self.perform(request, form, run, done=_offline_said)

    @dialog(label="Waive an instalment…", right="domain.request_waiver", form=WaiverForm)
    def waive(self, request: HttpRequest, form: WaiverForm, **_: str) -> HttpResponse:
        asked = form.cleaned_data
        run: Run = partial(
            request_waiver, instalment_id=int(asked["instalment"]), reason=asked["reason"]
        )
        return self.perform(request, form, run, done=_waiver_said)

    @dialog(label="Rebook…", right="domain.rebook_booking", form=RebookForm)
    def rebook(self, request: HttpRequest, form: RebookForm, **_: str) -> HttpResponse:
        asked = form.cleaned_data
        run: Run = partial(
            rebook,
            booking_id=form.subject.pk,
            pickup_date=asked["pickup_date"],
            pickup_time=asked["pickup_time"],
        )
        return self.perform(request, form, run, done=_rebook_said, go_to=columns.page_url)


def _seen(form: CatchUp, run: Run) -> Run:
    """Refuse a stale form once, and take it when it is sent again all the same."""

    def against_now(**who: Any) -> Any:
        try:
            return run(**who)
        except Stale:
            form.catch_up()
            raise

    return against_now


def _refund_said(refund: Refund) -> str:
    amount = show(refund.amount_cents, refund.currency)
    to = refund.payment.source_label()
    return f"Asked for a refund of {amount} to {to}; another person approves it."


def _amend_said(booking: Booking) -> str:
    return (
        f"The line is added; {booking} comes to {show(booking.total_cents, booking.currency)} now."
    )


def _contact_said(booking: Booking) -> str:
    person = booking.contact()
    return f"{booking} is for {person.full_name()}, {person.phone}, {person.email}."


def _assign_said(booking: Booking) -> str:
    name = booking.assigned_to.display_name() if booking.assigned_to else "nobody"
    return f"{booking} is assigned to {name} now."


def _offline_said(payment: Payment) -> str:
    return f"Recorded: {payment}. It counts once a second person has approved it."


def _waiver_said(waiver: InstalmentWaiver) -> str:
    return f"Asked for: {waiver}. It counts once a second person has approved it."


def _rebook_said(booking: Booking) -> str:
    amount = show(booking.total_cents, booking.currency)
    return f"Rebooked as {booking}: {amount}, waiting for payment."
