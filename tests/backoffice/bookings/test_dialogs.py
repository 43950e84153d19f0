from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone

from domain.bookings.models import Booking
from domain.bookings.operations import Care, edit_care
from domain.common.workflow.models import Plan
from domain.flows.sweeps import expire_booking
from domain.notifications.models import Message
from domain.payments.models import Payment, Refund
from domain.staff.models import Staff
from tests.backoffice.bookings.support import again, book, everything, in_days, paid, pay, trail

pytestmark = pytest.mark.django_db

DIALOGS = {
    "step/dispatch": ["dispatch_booking"],
    "step/complete": ["complete_booking"],
    "step/reactivate": ["reactivate_booking"],
    "step/cancel": ["cancel_booking", "request_cancel_booking"],
    "do/refund": ["request_refund"],
    "do/amend": ["amend_booking"],
    "do/contact": ["edit_booking_notes"],
    "do/access": ["edit_booking_notes"],
    "do/assign": ["assign_booking"],
    "do/offline": ["record_offline_payment"],
    "do/rebook": ["rebook_booking"],
}


def url(booking: Booking, dialog: str) -> str:
    return f"/admin/domain/booking/{booking.pk}/{dialog}/"


def signed_in(person: Staff, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(person)
    return client


def hidden(page: str, name: str) -> str:
    tag = page.partition(f'name="{name}"')[2].partition(">")[0]
    return tag.partition('value="')[2].partition('"')[0]


def send(client: Client, booking: Booking, dialog: str, **typed: Any) -> Any:
    """Open a dialog, fill it in, and send it as it was shown."""
    page = client.get(url(booking, dialog)).content.decode()
    names = ("seen_version", "expected", "form_key", "_form_submitted")
    shown = {name: value for name in names if (value := hidden(page, name))}
    return client.post(url(booking, dialog), {"_form_submitted": "True"} | shown | typed)


def done(response: Any) -> bool:
    return response.status_code == 200 and "HX-Redirect" in response.headers


class TestEveryDialog:
    def test_opens_with_its_right_and_writes_nothing(self, staff_with: Any) -> None:
        booking = paid()
        before = everything()
        for dialog, rights in DIALOGS.items():
            for right in rights:
                client = signed_in(staff_with("view_booking", "view_prices", right))
                response = client.get(url(booking, dialog))
                assert response.status_code == 200, dialog
                assert 'id="dialog"' in response.content.decode(), dialog
        assert everything() == before
        assert again(booking).version == booking.version

    def test_is_refused_without_its_right(self, staff_with: Any) -> None:
        booking = paid()
        others = Permission.objects.filter(content_type__app_label="domain")
        before = everything()
        for dialog, rights in DIALOGS.items():
            person = staff_with("view_booking")
            person.user_permissions.set(others.exclude(codename__in=rights))
            client = signed_in(person)
            assert client.get(url(booking, dialog)).status_code == 403, dialog
            sent = client.post(url(booking, dialog), {"_form_submitted": "True"})
            assert sent.status_code == 403, dialog
        assert everything() == before

    def test_is_refused_to_those_who_may_not_see_bookings(self, staff_with: Any) -> None:
        booking = paid()
        for dialog, rights in DIALOGS.items():
            client = signed_in(staff_with(*rights))
            assert client.get(url(booking, dialog)).status_code == 403, dialog

    def test_wants_a_token_of_this_site(self, staff_with: Any) -> None:
        booking = paid()
        for dialog, rights in DIALOGS.items():
            client = signed_in(staff_with("view_booking", *rights), enforce_csrf_checks=True)
            sent = client.post(url(booking, dialog), {"_form_submitted": "True"})
            assert sent.status_code == 403, dialog

    def test_is_not_there_for_a_booking_that_is_not(self, ops: Client) -> None:
        for dialog in DIALOGS:
            assert ops.get(f"/admin/domain/booking/999999/{dialog}/").status_code == 404, dialog


class TestCancelling:
    def test_shows_policy_fee_refund_approver_and_letter(self, ops: Client) -> None:
        page = ops.get(url(paid(days=20), "step/cancel")).content.decode()
        assert "Free until 48 h before pickup" in page
        assert "$1,725.00" in page
        assert "Visa card •••• 4242" in page
        assert "finance manager or operations manager or admin" in page
        assert "Your booking TT-" in page
        assert "?token=" not in page

    def test_cancels_with_a_reason_and_asks_for_the_refund(self, ops: Client) -> None:
        booking = paid()
        assert done(send(ops, booking, "step/cancel", reason="guest fell ill"))
        refund = Refund.objects.get(booking=booking)
        assert again(booking).state == "cancelled"
        assert (refund.state, refund.amount_cents) == ("requested", 172_500)
        assert trail(booking).count("booking.cancel") == 1

    def test_wants_a_reason(self, ops: Client) -> None:
        booking = paid()
        answer = send(ops, booking, "step/cancel", reason=" ")
        assert not done(answer)
        assert again(booking).state == "paid"

    def test_refuses_what_somebody_changed_meanwhile_and_keeps_the_reason(
        self, ops: Client, role: Any
    ) -> None:
        booking = paid()
        page = ops.get(url(booking, "step/cancel")).content.decode()
        edit_care(
            booking_id=booking.pk,
            care=Care("call first", None, ""),
            seen_version=booking.version,
            actor=role("customer_service", "cleo"),
            at=timezone.now(),
        )
        typed = {
            "_form_submitted": "True",
            "seen_version": hidden(page, "seen_version"),
            "expected": hidden(page, "expected"),
            "reason": "guest fell ill",
        }
        answer = ops.post(url(booking, "step/cancel"), typed).content.decode()
        assert "changed while you looked at it (cleo: edit)" in answer
        assert "guest fell ill" in answer
        assert again(booking).state == "paid"
        typed |= {name: hidden(answer, name) for name in ("seen_version", "expected")}
        assert done(ops.post(url(booking, "step/cancel"), typed))

    def test_refuses_other_effects_than_were_shown(self, ops: Client) -> None:
        booking = book()
        page = ops.get(url(booking, "step/cancel")).content.decode()
        pay(booking)
        typed = {
            "_form_submitted": "True",
            "seen_version": again(booking).version,
            "expected": hidden(page, "expected"),
            "reason": "too dear",
        }
        answer = ops.post(url(booking, "step/cancel"), typed)
        assert not done(answer)
        assert again(booking).state == "paid"

    def test_can_hold_the_mail(self, ops: Client) -> None:
        booking = paid()
        assert done(send(ops, booking, "step/cancel", reason="ill", hold_messages="on"))
        assert Message.objects.get(kind="cancelled").state == "held"

    def test_leaves_the_decision_to_another_who_may_when_asked_to(self, ops: Client) -> None:
        booking = paid()
        typed = {"reason": "Not sure", "ask_instead": "on"}
        assert done(send(ops, booking, "step/cancel", **typed))
        assert again(booking).state == "paid"
        plan = Plan.objects.get()
        assert (plan.state, plan.needs_approval) == ("requested", True)

    def test_asks_for_approval_where_the_right_is_to_ask(self, service: Client) -> None:
        booking = paid()
        assert "Ask for approval" in service.get(url(booking, "step/cancel")).content.decode()
        assert done(send(service, booking, "step/cancel", reason="guest fell ill"))
        plan = Plan.objects.get()
        assert (plan.state, plan.reason) == ("requested", "guest fell ill")
        assert again(booking).state == "paid"
        page = service.get(url(booking, "change")).content.decode()
        assert "waits for approval" in page
        again_asked = send(service, booking, "step/cancel", reason="still ill").content.decode()
        assert "has asked for this already" in again_asked
        assert "still ill" in again_asked

    def test_a_second_click_changes_nothing_more(self, ops: Client) -> None:
        booking = paid()
        page = ops.get(url(booking, "step/cancel")).content.decode()
        typed = {name: hidden(page, name) for name in ("seen_version", "expected")}
        typed |= {"_form_submitted": "True", "reason": "ill"}
        first = ops.post(url(booking, "step/cancel"), typed)
        second = ops.post(url(booking, "step/cancel"), typed)
        assert (done(first), done(second)) == (True, False)
        assert Refund.objects.count() == 1


class TestTheOtherDialogs:
    def test_dispatch_and_complete(self, ops: Client) -> None:
        booking = paid()
        assert done(send(ops, booking, "step/dispatch"))
        assert done(send(ops, booking, "step/complete"))
        assert again(booking).state == "completed"

    def test_refund_asks_once_however_often_it_is_sent(self, ops: Client) -> None:
        booking = paid()
        payment = booking.payments.get()
        typed = {"payment": payment.pk, "amount": "100.00", "reason": "scratched table"}
        page = ops.get(url(booking, "do/refund")).content.decode()
        typed |= {"_form_submitted": "True", "form_key": hidden(page, "form_key")}
        for _ in range(2):
            assert done(ops.post(url(booking, "do/refund"), typed))
        assert Refund.objects.get().amount_cents == 10_000

    def test_refund_refuses_more_than_is_left_at_the_field(self, ops: Client) -> None:
        booking = paid()
        typed = {"payment": booking.payments.get().pk, "amount": "9999", "reason": "all"}
        answer = send(ops, booking, "do/refund", **typed).content.decode()
        assert "$1,725.00 of this payment is left to refund." in answer
        assert 'value="9999"' in answer

    def test_refund_says_when_nothing_is_left(self, ops: Client) -> None:
        page = ops.get(url(book(), "do/refund")).content.decode()
        assert "Nothing is left to refund" in page
        assert 'type="submit"' not in page

    def test_refund_shows_how_it_falls_on_the_lines(self, ops: Client) -> None:
        booking = paid(include_packing=True)
        path = f"/admin/domain/booking/{booking.pk}/refund-preview/"
        assert "tax" in ops.get(path, {"amount": "1000"}).content.decode()
        assert "is left to refund" in ops.get(path, {"amount": "99999"}).content.decode()

    def test_amend_adds_a_line(self, service: Client) -> None:
        booking = paid()
        typed = {"label": "Piano", "amount": "-25.00", "reason": "goodwill"}
        assert done(send(service, booking, "do/amend", **typed))
        assert again(booking).total_cents == 170_000

    def test_amend_is_stale_safe(self, service: Client, role: Any) -> None:
        booking = paid()
        page = service.get(url(booking, "do/amend")).content.decode()
        edit_care(
            booking_id=booking.pk,
            care=Care("x", None, ""),
            seen_version=booking.version,
            actor=role("operations_manager"),
            at=timezone.now(),
        )
        typed = {"label": "Piano", "amount": "25", "reason": "heavy", "_form_submitted": "True"}
        typed["seen_version"] = hidden(page, "seen_version")
        answer = service.post(url(booking, "do/amend"), typed).content.decode()
        assert "changed while you looked" in answer
        assert "Piano" in answer
        assert again(booking).total_cents == 172_500

    def test_assign(self, service: Client, role: Any) -> None:
        booking, colleague = book(), role("logistics_coordinator")
        assert done(send(service, booking, "do/assign", assigned_to=str(colleague.pk)))
        assert again(booking).assigned_to == colleague

    def test_offline_payment_waits_for_a_second_person(self, service: Client) -> None:
        booking = book()
        typed = {
            "method": "cash",
            "amount": "1,725.00",
            "reference": "R-7",
            "received_on": timezone.localdate().isoformat(),
        }
        assert done(send(service, booking, "do/offline", **typed))
        assert Payment.objects.get().state == "pending"
        assert again(booking).state == "pending"

    def test_rebook_shows_the_price_first(self, service: Client) -> None:
        booking = paid()
        day = in_days(40).isoformat()
        path = f"/admin/domain/booking/{booking.pk}/rebook-preview/"
        asked = {"pickup_date": day, "pickup_time": "afternoon"}
        assert "Total" in service.get(path, asked).content.decode()
        answer = send(service, booking, "do/rebook", **asked)
        copy = Booking.objects.get(rebooked_from=booking)
        assert answer.headers["HX-Redirect"] == f"/admin/domain/booking/{copy.pk}/change/"

    def test_reactivate_gives_the_guest_another_day(self, ops: Client) -> None:

        booking = book()
        expire_booking(booking_id=booking.pk, at=timezone.now() + timedelta(hours=25))
        assert done(send(ops, booking, "step/reactivate"))
        assert again(booking).expires_at > timezone.now()
