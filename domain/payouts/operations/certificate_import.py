"""Many lower-deduction certificates from a file: planned first, then entered as they were shown.

:source: docs/policies/tax.md, "Lower-deduction certificates"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from domain.catalog.workbook.problems import SheetError, WorkbookRefused
from domain.common.money import BPS
from domain.common.transactions import in_transaction
from domain.compliance.models import IdentityState, TaxIdentity
from domain.network.models import Member
from domain.network.rights import require_right
from domain.network.rules.codes import normal_code
from domain.payouts.certificate_files import CertificateLine, read_certificates
from domain.payouts.models import CertificateState, LowerDeductionCertificate
from domain.payouts.operations.certificates import add_certificate, certificate_number
from domain.staff.models import Staff

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class PlannedCertificate:
    """What a line of the file enters; nothing when it is on file as it is."""

    row: int
    member_id: int
    member: str
    number: str
    rate_bps: int
    valid_from: date
    valid_to: date
    limit_cents: int
    known: bool = False


def plan_certificates(*, content: bytes, actor: Staff, at: datetime) -> list[PlannedCertificate]:
    """Read a file and say what each line enters. Changes nothing.

    :raises WorkbookRefused: with everything that is wrong with the file
    """
    del at
    require_right(actor, "domain.add_tax_certificate")
    lines, errors = read_certificates(content)
    codes, pans = _members(lines)
    live = [CertificateState.PROPOSED, CertificateState.VERIFIED]
    numbers = {certificate_number(line.number) for line in lines}
    rows = LowerDeductionCertificate.objects.filter(number__in=numbers, state__in=live)
    on_file = {row.number: row for row in rows}
    planned: dict[str, PlannedCertificate] = {}
    for line in lines:
        member, wrong = _whose(line, codes, pans)
        wrong |= _wrong(line, planned)
        if member is not None:
            found = _planned(line, member)
            wrong |= _clash(found, on_file.get(found.number))
            known = found.number in on_file
            planned[found.number] = replace(found, known=known)
        errors += [SheetError("", line.row, name, says) for name, says in wrong.items()]
    if errors:
        raise WorkbookRefused(sorted(errors))
    return list(planned.values())


@in_transaction
def add_certificates(
    *, rows: Sequence[PlannedCertificate], actor: Staff, at: datetime
) -> list[LowerDeductionCertificate]:
    """Enter what was shown, all or nothing; each waits for a second person.

    :raises Conflict: one of the numbers came on file meanwhile
    """
    require_right(actor, "domain.add_tax_certificate")
    return [
        add_certificate(
            member_id=row.member_id,
            number=row.number,
            rate_bps=row.rate_bps,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            limit_cents=row.limit_cents,
            actor=actor,
            at=at,
        )
        for row in rows
        if not row.known
    ]


def _members(lines: Sequence[CertificateLine]) -> tuple[dict[str, Member], dict[str, list[Member]]]:
    """The members that the file names by code, and by verified PAN."""
    wanted = {normal_code(line.code) for line in lines if line.code}
    members = Member.objects.select_related("customer")
    codes = {each.code: each for each in members.filter(code__in=wanted)}
    identities = TaxIdentity.objects.filter(
        pan__in={line.pan.upper() for line in lines if line.pan},
        state=IdentityState.VERIFIED,
        customer__member__isnull=False,
    ).select_related("customer__member__customer")
    pans: dict[str, list[Member]] = {}
    for identity in identities:
        pans.setdefault(identity.pan, []).append(identity.customer.member)
    return codes, pans


def _whose(
    line: CertificateLine, codes: dict[str, Member], pans: dict[str, list[Member]]
) -> tuple[Member | None, dict[str, str]]:
    by_code = codes.get(normal_code(line.code)) if line.code else None
    by_pan = pans.get(line.pan.upper(), []) if line.pan else []
    wrong: dict[str, str] = {}
    if line.code and by_code is None:
        wrong["code"] = f"No member has the code {line.code[:20]}."
    if line.pan and not by_pan:
        wrong["pan"] = "No member has this PAN, verified."
    if line.pan and len(by_pan) > 1 and by_code is None:
        wrong["pan"] = "Several members have this PAN; give the member's code."
    if not line.code and not line.pan:
        wrong["code"] = "Give the member's code or PAN."
    if by_code and by_pan and by_code not in by_pan:
        wrong["pan"] = f"This PAN is not that of {by_code}."
    return (None if wrong else by_code or by_pan[0]), wrong


def _wrong(line: CertificateLine, planned: dict[str, PlannedCertificate]) -> dict[str, str]:
    number = certificate_number(line.number)
    checks = (
        ("number", not number, "Give its number."),
        ("number", len(number) > 20, "Its number has 20 characters at most."),
        ("number", number in planned, "The number stands on an earlier line."),
        ("rate", not 0 <= line.rate <= HUNDRED, "Give a rate from 0 to 100 %."),
        ("rate", line.rate * HUNDRED % 1 != 0, "A rate has two decimals at most."),
        ("valid to", line.valid_to < line.valid_from, "It ends before it begins."),
        ("limit", not 0 < line.limit <= 10**12, "Give the sum up to which it holds."),
        ("limit", line.limit * HUNDRED % 1 != 0, "A sum has two decimals at most."),
    )
    return {name: says for name, is_wrong, says in checks if is_wrong}


def _planned(line: CertificateLine, member: Member) -> PlannedCertificate:
    return PlannedCertificate(
        row=line.row,
        member_id=member.pk,
        member=str(member),
        number=certificate_number(line.number),
        rate_bps=min(int(line.rate * HUNDRED), BPS),
        valid_from=line.valid_from,
        valid_to=line.valid_to,
        limit_cents=int(line.limit * HUNDRED),
    )


def _clash(row: PlannedCertificate, on_file: LowerDeductionCertificate | None) -> dict[str, str]:
    """A number that is on file with other figures; the same again changes nothing."""
    if on_file is None:
        return {}
    names = ("member_id", "rate_bps", "valid_from", "valid_to", "limit_cents")
    differ = [name for name in names if getattr(row, name) != getattr(on_file, name)]
    return {"number": "It is on file with other figures; withdraw it first."} if differ else {}
