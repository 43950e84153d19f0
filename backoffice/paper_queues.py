"""What waits in compliance."""

from __future__ import annotations

from backoffice.queue import Queue
from domain.reports import waiting_papers


def paper_queues() -> tuple[Queue, ...]:
    return (*_decisions(), _erasures(), _ending())


def _decisions() -> tuple[Queue, ...]:
    return (
        Queue(
            "kyc",
            "KYC to decide",
            "badge",
            "domain.decide_kyc",
            "kyc_queue",
            "",
            waiting_papers.kyc_to_decide,
            "No KYC waits for a decision.",
        ),
        Queue(
            "pans",
            "PANs to verify",
            "fingerprint",
            "domain.verify_pan",
            "domain_taxidentity_changelist",
            "state__exact=recorded",
            waiting_papers.pans_to_verify,
            "Every PAN was verified.",
        ),
        Queue(
            "accounts",
            "Bank accounts to verify",
            "account_balance",
            "domain.verify_bank_account",
            "domain_bankaccount_changelist",
            "state__exact=added",
            waiting_papers.accounts_to_verify,
            "Every bank account was verified.",
        ),
    )


def _erasures() -> Queue:
    return Queue(
        "erasures",
        "Persons to erase",
        "person_remove",
        "domain.approve_erasure",
        "domain_erasure_changelist",
        "state__exact=requested",
        waiting_papers.erasures_to_approve,
        "Nobody waits to be erased.",
    )


def _ending() -> Queue:
    return Queue(
        "papers",
        "Documents that end soon",
        "event_busy",
        "domain.keep_register",
        "domain_compliancedocument_changelist",
        "state__exact=valid&reminded_on__isnull=False",
        waiting_papers.papers_ending,
        "Nothing in the register ends soon.",
    )
