from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from backoffice.admin.bookings.timeline import events_of
from domain.bookings.models import Booking
from domain.bookings.operations import Care, amend_booking, assign_booking, edit_care
from domain.payments.operations.payments import record_offline_payment
from domain.payments.operations.refunds import request_refund
from tests.backoffice.bookings.support import (
    ADA,
    AMOUNT,
    again,
    book,
    customer,
    everything,
    of_the_menu,
    paid,
    without_the_frame,
)
from tests.backoffice.money import words

pytestmark = pytest.mark.django_db
MOST_QUERIES = 25


def url(booking: Booking, *parts: str) -> str:
    return f"/admin/domain/booking/{booking.pk}/" + "".join(f"{part}/" for part in parts)


def page(client: Client, booking: Booking) -> str:
    response = client.get(url(booking, "change"))
    assert response.status_code == 200
    return str(response.content.decode())


class TestThePage:
    def test_shows_what_is_due_and_every_line_with_its_rule(self, ops: Client) -> None:
        booking = book(include_packing=True)
        text = page(ops, booking)
        assert "bo-due-open" in text
        assert booking.lines.first().explanation in text  # type: ignore[union-attr]
        assert "mini move packages, version" in text
        assert "How to pay" in text
        assert "booking-status" in text

    def test_derives_that_a_customer_is_a_vip(self, ops: Client) -> None:
        who = customer()
        paid(customer=who, package_type="full")
        booking = paid(customer=who)
        assert "VIP" in page(ops, booking)
        assert "2 bookings" in page(ops, booking)

    def test_keeps_a_closed_step_visible_with_its_reason(self, ops: Client) -> None:
        booking = book()
        assert "why not?" in page(ops, booking)
        told = ops.get(url(booking, "why-not", "dispatch")).content.decode()
        assert "needs it to be paid" in told

    def test_says_who_could_take_a_step(self, logistics: Client) -> None:
        told = logistics.get(url(book(), "why-not", "reactivate")).content.decode()
        assert "operations manager" in told

    def test_shows_logistics_where_and_what_but_no_money(self, logistics: Client) -> None:
        booking = paid()
        text = without_the_frame(page(logistics, booking))
        assert "42 Bedford Ave" in text
        assert not AMOUNT.search(text)
        for path in ("reprice", "cancel-preview"):
            assert logistics.get(url(booking, path)).status_code == 403
        events = logistics.get(url(booking, "timeline"), {"only": "money"}).content.decode()
        assert not AMOUNT.search(events)

    def test_masks_the_ids_at_stripe(self, service: Client, ops: Client) -> None:
        booking = paid()
        intent = booking.payments.get().intent_id
        assert intent in page(ops, booking)
        assert intent not in page(service, booking)

    def test_escapes_what_people_wrote(self, ops: Client) -> None:
        booking = book(contact=ADA | {"first_name": "<script>alert(1)</script>"})
        assert "<script>alert(1)" not in page(ops, booking)

    def test_is_not_there_for_nonsense(self, ops: Client) -> None:
        assert ops.get("/admin/domain/booking/999999/change/").status_code == 404
        assert ops.post(url(book(), "change")).status_code == 405


class TestTheTimeline:
    def test_tells_who_did_what_why_and_what_moved(self, ops: Client, role: Any) -> None:
        booking = paid()
        request_refund(
            payment_id=booking.payments.get().pk,
            amount_cents=5_000,
            reason="scratched table",
            actor=role("customer_service", "cleo"),
            at=timezone.now(),
        )
        text = words(page(ops, booking))
        assert "“scratched table”" in text
        assert "cleo" in text
        assert "1010 → 2300" in text

    def test_tells_money_that_was_recorded_from_a_card_payment_that_is_begun(
        self, role: Any
    ) -> None:
        by_card, by_hand = paid(), book()
        record_offline_payment(
            booking_id=by_hand.pk,
            method="cash",
            amount_cents=5_000,
            reference="R-1",
            received_on=by_hand.created_at.date() - timedelta(days=1),
            evidence="",
            actor=role("finance_manager"),
            at=timezone.now(),
        )
        begun = f"Payment of {by_card.payments.get()} begun"
        for booking, said in ((by_card, begun), (by_hand, "Payment of $50.00 by cash recorded")):
            titles = [each.title for each in events_of(booking, sees_money=True).rows]
            assert said in titles

    def test_can_be_narrowed_to_mail(self, ops: Client) -> None:
        booking = paid()
        mail = ops.get(url(booking, "timeline"), {"only": "mail"}).content.decode()
        assert "We have your booking" in words(mail)
        assert "1010 → 2300" not in words(mail)

    def test_stays_short_however_much_happened(self, ops: Client, role: Any) -> None:
        booking = noisy(role, 100)
        text = page(ops, booking)
        assert text.count("bo-event-time") == 50
        before = text.partition("before=")[2].partition('"')[0]
        more = ops.get(url(booking, "timeline"), {"only": "all", "before": before})
        assert more.content.decode().count("bo-event-time") == 50


class TestItsCost:
    def test_takes_the_same_queries_with_little_and_with_much(self, ops: Client, role: Any) -> None:
        few = self.queries(ops, paid())
        much = noisy(role, 60)
        for _ in range(4):
            request_refund(
                payment_id=much.payments.get().pk,
                amount_cents=1_000,
                reason="late",
                actor=role("customer_service"),
                at=timezone.now(),
            )
        many = self.queries(ops, much)
        assert len(few) <= MOST_QUERIES, "\n".join(few)
        assert len(many) <= MOST_QUERIES, "\n".join(many)

    def queries(self, client: Client, booking: Booking) -> list[str]:
        page(client, booking)
        with CaptureQueriesContext(connection) as caught:
            page(client, booking)
        return [sql for each in caught if not of_the_menu(sql := each["sql"])]


class TestLookingAround:
    def test_none_of_it_writes(self, ops: Client) -> None:
        booking = paid()
        before = everything()
        for path in ("change", "timeline", "reprice", "cancel-preview"):
            assert ops.get(url(booking, path)).status_code == 200
        ops.get(url(booking, "refund-preview"), {"amount": "10"})
        ops.get(url(booking, "rebook-preview"), {"pickup_date": "2027-01-05"})
        assert everything() == before

    def test_compares_then_with_now(self, ops: Client) -> None:
        told = ops.get(url(paid(), "reprice")).content.decode()
        assert "same" in told
        refused = ops.get(url(paid(), "reprice"), {"as_of": "2001-01-01"}).content.decode()
        assert "There was no catalog on 2001-01-01" in refused

    def test_plays_through_a_later_cancellation(self, ops: Client) -> None:
        booking = paid(days=20)
        now = ops.get(url(booking, "cancel-preview")).content.decode()
        then = ops.get(
            url(booking, "cancel-preview"), {"on": booking.pickup_date.isoformat()}
        ).content.decode()
        assert "nothing is kept" in now
        assert "$1,725.00 is kept" in then

    def test_answers_nonsense_in_words(self, ops: Client) -> None:
        for path, name in (("cancel-preview", "on"), ("reprice", "as_of")):
            told = ops.get(url(paid(), path), {name: "soon"})
            assert "is not a day" in told.content.decode()


class TestCare:
    def send(self, client: Client, booking: Booking, **values: str) -> str:
        typed = {"seen_version": str(booking.version), "internal_notes": "call first"}
        return str(client.post(url(booking, "care"), typed | values).content.decode())

    def test_keeps_notes_follow_up_and_instructions(self, service: Client) -> None:
        booking = book()
        told = self.send(service, booking, follow_up_on="2027-02-01", special_instructions="stairs")
        booking = again(booking)
        assert "Saved." in told
        assert "Changed: internal notes, follow up on, special instructions" in page(
            service, booking
        )
        assert (booking.internal_notes, booking.special_instructions) == ("call first", "stairs")

    def test_refuses_a_stale_form_and_loses_nothing(self, service: Client, role: Any) -> None:
        booking = book()
        edit_care(
            booking_id=booking.pk,
            care=Care("theirs", None, ""),
            seen_version=booking.version,
            actor=role("operations_manager"),
            at=timezone.now(),
        )
        told = self.send(service, booking)
        assert "changed while you looked at it" in told
        assert "call first" in told
        assert "theirs" in told
        booking = again(booking)
        assert booking.internal_notes == "theirs"

    def test_is_refused_without_the_right(self, logistics: Client) -> None:
        booking = book()
        assert logistics.post(url(booking, "care"), {}).status_code == 403
        assert logistics.get(url(booking, "care")).status_code == 405


def noisy(role: Any, events: int) -> Booking:
    """A booking that much happened to."""
    booking = paid()
    boss = role("operations_manager")
    for n in range(events):
        if n % 3 == 0:
            booking = amend_booking(
                booking_id=booking.pk,
                label=f"Extra {n}",
                amount_cents=100,
                reason="more boxes",
                seen_version=booking.version,
                actor=boss,
                at=timezone.now(),
            )
            continue
        staff_id = None if booking.assigned_to_id else boss.pk
        booking = assign_booking(
            booking_id=booking.pk, staff_id=staff_id, actor=boss, at=timezone.now()
        )
    return booking
