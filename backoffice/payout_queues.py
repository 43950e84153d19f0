"""What waits of payouts and of the tax withheld from them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from backoffice.queue import Queue
from domain.payouts.queries.days import tax_day
from domain.payouts.rules.calendar import deposit_by
from domain.reports import waiting


def payout_queues(at: datetime) -> tuple[Queue, ...]:
    return (*_decisions(), *_bank(), _deposits(tax_day(at)), *_tax())


def _decisions() -> tuple[Queue, ...]:
    return (
        Queue(
            "payouts",
            "Payouts to approve",
            "payments",
            "domain.approve_payout",
            "payout_queue",
            "",
            waiting.payouts_to_approve,
            "No payout waits for approval.",
        ),
        Queue(
            "payouts_returned",
            "Returned payouts to send again",
            "assignment_return",
            "domain.resend_payout",
            "domain_payout_changelist",
            "state__in=failed",
            waiting.payouts_to_send_again,
            "No bank has sent money back.",
            urgent=True,
        ),
    )


def _bank() -> tuple[Queue, ...]:
    return (
        Queue(
            "payout_batches",
            "Payout batches to release",
            "account_balance",
            "domain.release_payout_batch",
            "domain_payoutbatch_changelist",
            "state__in=ready",
            waiting.batches_to_release,
            "No bank file waits to be released.",
        ),
        Queue(
            "bank_answers",
            "Bank answers to review",
            "quick_reference_all",
            "domain.import_bank_answer",
            "domain_bankanswer_changelist",
            "state__in=prepared",
            waiting.answers_to_review,
            "Every answer of the bank was applied.",
        ),
    )


def _deposits(today: date) -> Queue:
    """Last month's tax, and by when it is to be deposited; it presses from two days before."""
    due = deposit_by(today.replace(day=1) - timedelta(days=1))
    return Queue(
        "tax_to_deposit",
        f"Tax to deposit by {due.day} {due:%b}",
        "assured_workload",
        "domain.draft_challan",
        "domain_challan_changelist",
        "",
        waiting.tax_to_deposit,
        "The tax of past months is deposited.",
        urgent=today >= due - timedelta(days=2),
    )


def _tax() -> tuple[Queue, ...]:
    return (
        Queue(
            "challans",
            "Challans to confirm",
            "savings",
            "domain.confirm_challan",
            "domain_challan_changelist",
            "state__in=drafted",
            waiting.challans_to_confirm,
            "No deposit of tax waits for a second person.",
        ),
        Queue(
            "tax_certificates",
            "Tax certificates to verify",
            "verified_user",
            "domain.verify_tax_certificate",
            "domain_lowerdeductioncertificate_changelist",
            "state__in=proposed",
            waiting.certificates_to_verify,
            "No certificate waits for a second person.",
        ),
    )
