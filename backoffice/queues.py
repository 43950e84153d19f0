"""The queues on the home page and the counts in the menu: what waits, for whom, and where."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest

from backoffice.access import holds
from backoffice.network_queues import network_queues
from backoffice.paper_queues import paper_queues
from backoffice.payout_queues import payout_queues
from backoffice.queue import Queue
from backoffice.vehicle_queues import vehicle_queues
from domain.reports import waiting
from domain.reports.queued import Waiting, waiting_in

COUNTED = "_waiting"


@dataclass(frozen=True, slots=True)
class QueueState:
    queue: Queue
    waiting: Waiting


def queues(at: datetime) -> tuple[Queue, ...]:
    today = at.astimezone(ZoneInfo(settings.DELIVERIES_TIME_ZONE)).date()
    work = _work(today.isoformat())
    return (*_money(at), *work, *_earnings(), *network_queues(), *paper_queues(), *_system())


def _money(at: datetime) -> tuple[Queue, ...]:
    return (*_payments(), *_books(), *payout_queues(at))


def _payments() -> tuple[Queue, ...]:
    return (
        Queue(
            "refunds",
            "Refunds to approve",
            "undo",
            "domain.approve_refund",
            "refund_queue",
            "",
            waiting.refunds_to_approve,
            "No refund waits for approval.",
        ),
        Queue(
            "payments_unknown",
            "Payments unknown",
            "help",
            "domain.view_payment_ids",
            "domain_payment_changelist",
            "state__exact=unknown",
            waiting.payments_unknown,
            "Stripe has answered for every payment.",
            urgent=True,
        ),
        Queue(
            "offline",
            "Offline payments to approve",
            "account_balance",
            "domain.approve_offline_payment",
            "domain_payment_changelist",
            "state__exact=pending&method__in=bank_transfer,cash",
            waiting.offline_payments,
            "No transfer or cash waits for approval.",
        ),
    )


def _books() -> tuple[Queue, ...]:
    return (
        Queue(
            "waivers",
            "Waivers to approve",
            "money_off",
            "domain.approve_waiver",
            "domain_instalmentwaiver_changelist",
            "state__exact=requested",
            waiting.waivers_to_approve,
            "No instalment waits to be waived.",
        ),
        Queue(
            "cases",
            "Money cases",
            "troubleshoot",
            "domain.resolve_moneycase",
            "case_queue",
            "",
            waiting.open_cases,
            "All money has a home.",
            urgent=True,
        ),
        Queue(
            "entries",
            "Manual entries to approve",
            "edit_note",
            "domain.approve_manual_entry",
            "domain_manualentry_changelist",
            "state__exact=requested",
            waiting.entries_to_approve,
            "No entry by hand waits.",
        ),
    )


def _work(today: str) -> tuple[Queue, ...]:
    return (*_deliveries(today), *vehicle_queues(), *_approvals())


def _deliveries(today: str) -> tuple[Queue, ...]:
    return (
        Queue(
            "dispatch",
            "To dispatch today",
            "local_shipping",
            "domain.dispatch_booking",
            "domain_booking_changelist",
            f"state__exact=paid&pickup_date={today}",
            waiting.to_dispatch,
            "Every pickup of today is on its way.",
        ),
        Queue(
            "overdue",
            "Past pickups not dispatched",
            "running_with_errors",
            "domain.dispatch_booking",
            "domain_booking_changelist",
            f"state__exact=paid&pickup_date__lt={today}",
            waiting.overdue_dispatch,
            "No pickup was forgotten.",
            urgent=True,
        ),
        Queue(
            "follow_ups",
            "Follow-ups due",
            "event_upcoming",
            "domain.edit_booking_notes",
            "domain_booking_changelist",
            f"follow_up_on__lte={today}&state__in=pending,paid,active,in_transit",
            waiting.follow_ups_due,
            "Nobody waits to be called back.",
        ),
    )


def _approvals() -> tuple[Queue, ...]:
    return (
        Queue(
            "batches",
            "Batches to approve",
            "checklist",
            "domain.cancel_booking",
            "domain_plan_changelist",
            "state__exact=requested",
            waiting.batches_to_approve,
            "No batch waits for approval.",
        ),
        Queue(
            "catalog",
            "Catalog changes to approve",
            "price_change",
            "domain.approve_catalog",
            "domain_changeset_changelist",
            "state__exact=submitted",
            waiting.catalog_to_approve,
            "No price waits for a second person.",
        ),
        Queue(
            "settings",
            "Settings to decide",
            "tune",
            "domain.approve_setting",
            "domain_datedsetting_changelist",
            "state__exact=proposed",
            waiting.settings_to_approve,
            "No setting is proposed.",
        ),
    )


def _earnings() -> tuple[Queue, ...]:
    return (
        Queue(
            "runs",
            "Commission runs to approve",
            "calculate",
            "domain.approve_run",
            "domain_commissionrun_changelist",
            "state__exact=computed",
            waiting.runs_to_approve,
            "No commission run waits for a second person.",
        ),
    )


def _system() -> tuple[Queue, ...]:
    return (
        Queue(
            "dead_events",
            "Webhook events that failed",
            "webhook",
            "domain.replay_webhookevent",
            "domain_webhookevent_changelist",
            "state__exact=dead",
            waiting.dead_events,
            "Every event from Stripe was dealt with.",
            urgent=True,
        ),
        Queue(
            "messages",
            "Messages that failed",
            "mark_email_unread",
            "domain.resend_message",
            "domain_message_changelist",
            "state__exact=failed",
            waiting.failed_messages,
            "Every message went out.",
        ),
        Queue(
            "jobs",
            "Jobs failed",
            "engineering",
            "domain.retry_job",
            "jobs",
            "",
            waiting.failed_jobs,
            "Every background job succeeded.",
            urgent=True,
        ),
    )


def states_for(request: HttpRequest, at: datetime) -> list[QueueState]:
    """The queues of those who may work on them, counted once a request and in one statement."""
    known: dict[str, QueueState] | None = getattr(request, COUNTED, None)
    if known is None:
        open_to = [queue for queue in queues(at) if holds(request, queue.permission)]
        counts = waiting_in(tuple((queue.name, queue.rows) for queue in open_to), at)
        known = {queue.name: QueueState(queue, counts[queue.name]) for queue in open_to}
        setattr(request, COUNTED, known)
    return list(known.values())


def count_of(request: HttpRequest, name: str, at: datetime) -> int:
    """How much waits in a queue; 0 for those who may not work on it."""
    return next(
        (state.waiting.count for state in states_for(request, at) if state.queue.name == name),
        0,
    )
