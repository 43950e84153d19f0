"""Lower-deduction certificates: entered by one person, verified by another."""

from __future__ import annotations

from datetime import date, datetime

from domain.common.errors import Conflict, InvalidInput
from domain.common.money import BPS
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.network.queries.members import member_of
from domain.network.rights import require_right
from domain.payouts.models import CertificateState, LowerDeductionCertificate
from domain.staff.models import Staff

LONGEST_NUMBER = 20


def certificate_number(text: str) -> str:
    """A number as it is kept, however it was typed."""
    return "".join(text.split()).upper()


@in_transaction
def add_certificate(
    *,
    member_id: int,
    number: str,
    rate_bps: int,
    valid_from: date,
    valid_to: date,
    limit_cents: int,
    actor: Staff,
    at: datetime,
) -> LowerDeductionCertificate:
    """Write down a certificate; it counts once another person verified it.

    :raises InvalidInput: with every field that is wrong
    :raises Conflict: the number is on file
    """
    require_right(actor, "domain.add_tax_certificate")
    member = member_of(member_id)
    number = certificate_number(number)
    checks = (
        ("number", not number, "Give its number."),
        ("number", len(number) > LONGEST_NUMBER, "Its number has 20 characters at most."),
        ("rate", not 0 <= rate_bps <= BPS, "Give a rate from 0 to 100 %."),
        ("valid_to", valid_to < valid_from, "It ends before it begins."),
        ("limit", limit_cents <= 0, "Give the sum up to which it holds."),
    )
    if errors := {field: [sentence] for field, wrong, sentence in checks if wrong}:
        raise InvalidInput.of(errors)
    live = [CertificateState.PROPOSED, CertificateState.VERIFIED]
    if LowerDeductionCertificate.objects.filter(number=number, state__in=live).exists():
        raise Conflict(f"The certificate {number} is on file already.")
    certificate = LowerDeductionCertificate(
        member=member,
        number=number,
        rate_bps=rate_bps,
        valid_from=valid_from,
        valid_to=valid_to,
        limit_cents=limit_cents,
        added_by=actor,
        added_at=at,
    )
    return begin(certificate, actor=actor, at=at).subject


def verify_certificate(
    *, certificate_id: int, actor: Staff, at: datetime
) -> LowerDeductionCertificate:
    return _step(certificate_id, "verify", actor=actor, at=at)


def withdraw_certificate(
    *, certificate_id: int, reason: str, actor: Staff, at: datetime
) -> LowerDeductionCertificate:
    return _step(certificate_id, "withdraw", actor=actor, at=at, reason=reason)


def _step(
    certificate_id: int, step: str, *, actor: Staff, at: datetime, reason: str = ""
) -> LowerDeductionCertificate:
    done = transit(
        LowerDeductionCertificate, certificate_id, step, actor=actor, at=at, reason=reason
    )
    return done.subject
