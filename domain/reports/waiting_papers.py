"""What waits in compliance: decisions for a second person, and papers that end soon."""

from __future__ import annotations

from domain.compliance.models import (
    AccountState,
    BankAccount,
    ComplianceDocument,
    Erasure,
    ErasureState,
    IdentityState,
    KycCase,
    KycState,
    RegisterState,
    TaxIdentity,
)
from domain.reports.queued import Queued


def kyc_to_decide() -> Queued:
    return Queued(KycCase.objects.filter(state=KycState.SUBMITTED), "submitted_at")


def pans_to_verify() -> Queued:
    return Queued(TaxIdentity.objects.filter(state=IdentityState.RECORDED), "recorded_at")


def accounts_to_verify() -> Queued:
    return Queued(BankAccount.objects.filter(state=AccountState.ADDED), "added_at")


def erasures_to_approve() -> Queued:
    return Queued(Erasure.objects.filter(state=ErasureState.REQUESTED), "requested_at")


def papers_ending() -> Queued:
    soon = ComplianceDocument.objects.filter(state=RegisterState.VALID, reminded_on__isnull=False)
    return Queued(soon, "valid_until", by_day=True)
