"""Entry points for the task queue and its schedule. Each may run twice and must not mind."""

from __future__ import annotations

import logging

from django.utils import timezone

from domain.bookings.vehicles import stock
from domain.common.errors import DomainError
from domain.common.idempotency import forget_old_keys
from domain.common.jobs import enqueue
from domain.flows import (
    bank_answers,
    buying,
    inbox,
    payment,
    refunds,
    reminders,
    reserve,
    sweeps,
    vehicles,
)
from domain.payments import gateway
from domain.payments.operations.inbox import PROCESS

logger = logging.getLogger(__name__)

SEND_REFUND = "domain.flows.tasks.send_refund"


def process_event(event_id: int) -> None:
    inbox.process_event(event_id=event_id, at=timezone.now())


def send_refund(refund_id: int) -> None:
    refunds.send_refund(refund_id=refund_id, at=timezone.now())


def close_intents(booking_id: int) -> None:
    payment.close_intents(booking_id=booking_id, at=timezone.now())


def expire_bookings() -> None:
    at = timezone.now()
    for booking_id in sweeps.bookings_to_expire(at=at):
        try:
            sweeps.expire_booking(booking_id=booking_id, at=at)
        except (DomainError, gateway.StripeError) as refusal:
            logger.info("Booking %s was left as it is: %s", booking_id, refusal)


def poll_payments() -> None:
    for outcome in sweeps.poll_open_payments(at=timezone.now()):
        logger.debug(outcome)


def sweep() -> None:
    """Ring again for events and refunds whose job was lost; forget clients' old keys."""
    at = timezone.now()
    for event_id in sweeps.events_to_process(at=at):
        enqueue(PROCESS, event_id)
    for refund_id in sweeps.refunds_to_send(at=at):
        enqueue(SEND_REFUND, refund_id)
    for answer_id in bank_answers.cut_off():
        enqueue(bank_answers.RUN, answer_id)
    forget_old_keys(at=at)


def activate_waiting(sku: str) -> None:
    vehicles.activate_waiting(sku=sku, at=timezone.now())


def remind_instalments() -> None:
    """Mark what became overdue, and remind buyers before and after due days."""
    at = timezone.now()
    for instalment_id in reminders.instalments_to_look_at(at=at):
        try:
            reminders.look_at_instalment(instalment_id=instalment_id, at=at)
        except DomainError as refusal:
            logger.info("Instalment %s was left as it is: %s", instalment_id, refusal)


def keep_stock() -> None:
    """Count a new workbook's figures in, and serve those who wait for a vehicle."""
    at = timezone.now()
    for sku in stock.skus_to_count(at=at):
        stock.count_in(sku=sku, at=at)
    for sku in vehicles.skus_waited_for():
        vehicles.activate_waiting(sku=sku, at=at)


def place_due_member(member_id: int) -> None:
    try:
        buying.place_if_due(member_id=member_id, at=timezone.now())
    except DomainError as refusal:
        logger.info("Member %s stays on the holding list: %s", member_id, refusal)


def place_due_members() -> None:
    """Place members whose job was lost, or whose leg was full before."""
    for member_id in buying.members_to_place(at=timezone.now()):
        place_due_member(member_id)


def apply_reserves() -> None:
    """Pay own dues from EMI reserves, and give back what was held back long enough."""
    at = timezone.now()
    for member_id in reserve.members_with_reserve():
        try:
            reserve.apply_reserve(member_id=member_id, at=at)
        except DomainError as refusal:
            logger.info("The reserve of member %s stays: %s", member_id, refusal)
    for holdback_id in reserve.holdbacks_due(at=at):
        reserve.release_holdback(holdback_id=holdback_id, actor=reserve.JOB, at=at)


def run_bank_answer(answer_id: int) -> None:
    bank_answers.run_lines(answer_id=answer_id, at=timezone.now())
