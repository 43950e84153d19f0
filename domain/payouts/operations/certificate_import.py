"""Many lower-deduction certificates from a file: planned first, then entered as they were shown.

:source: docs/policies/tax.md, "Lower-deduction certificates"
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from domain.catalog.workbook.problems import SheetError, WorkbookRefused
from domain.common.transactions import in_transaction
from domain.compliance.models import IdentityState, TaxIdentity
from domain.network.models import Member
from domain.network.rights import require_right
from domain.network.rules.codes import normal_code
from domain.payouts.certificate_files import CertificateLine, read_certificates
from domain.payouts.models import CertificateState, LowerDeductionCertificate
from domain.payouts.operations.certificates import (
    LONGEST_NUMBER,
    add_certificate,
    certificate_number,
)
from domain.staff.models import Staff

HUNDRED, MOST = Decimal(100), Decimal(10**10)


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
    numbers = {certificate_number(line.number) for line in lines if line.number}
    rows = LowerDeductionCertificate.objects.filter(number__in=numbers, state__in=live)
    on_file = {row.number: row for row in rows}
    planned: dict[str, PlannedCertificate] = {}
    seen: set[str] = set()
    for line in lines:
        member, wrong = _whose(line, codes, pans)
        wrong |= _wrong(line, seen)
        seen.add(certificate_number(line.number or ""))
        found = _planned(line, member) if member is not None else None
        if found is not None:
            wrong |= _clash(found, on_file.get(found.number))
            planned[found.number] = replace(found, known=found.number in on_file)
        errors += [SheetError("", line.row, name, says) for name, says in wrong.items()]
    if errors:
        raise WorkbookRefused(sorted(errors))
    return list(planned.values())


def remarks_on(*, content: bytes, actor: Staff, at: datetime) -> dict[int, str]:
    """Say of each row of a file what is wrong with it or, where nothing is, what it does."""
    try:
        rows = plan_certificates(content=content, actor=actor, at=at)
    except WorkbookRefused as refused:
        wrong: dict[int, list[str]] = {}
        for error in refused.errors:
            wrong.setdefault(error.row, []).append(f"{error.column}: {error.message}")
        return {row: " ".join(sentences) for row, sentences in wrong.items()}
    return {row.row: "on file already" if row.known else "is entered" for row in rows}


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
    if line.code == line.pan == "":
        wrong["code"] = "Give the member's code or PAN."
    if by_code and by_pan and by_code not in by_pan:
        wrong["pan"] = f"This PAN is not that of {by_code}."
    return by_code or (by_pan[0] if len(by_pan) == 1 else None), wrong


def _wrong(line: CertificateLine, seen: set[str]) -> dict[str, str]:
    """What is wrong with what could be read."""
    number = None if line.number is None else certificate_number(line.number)
    first, last, rate, limit = line.valid_from, line.valid_to, line.rate, line.limit
    checks = (
        ("number", number == "", "Give its number."),
        ("number", number and len(number) > LONGEST_NUMBER, "It has 20 characters at most."),
        ("number", number and number in seen, "The number stands on an earlier line."),
        ("rate", rate is not None and rate * HUNDRED % 1, "A rate has two decimals at most."),
        ("rate", rate is not None and not 0 <= rate <= HUNDRED, "Give a rate from 0 to 100 %."),
        ("valid to", first and last and last < first, "It ends before it begins."),
        ("limit", limit is not None and limit * HUNDRED % 1, "A sum has two decimals at most."),
        ("limit", limit is not None and not 0 < limit <= MOST, "Give the sum it holds up to."),
    )
    return {name: says for name, is_wrong, says in checks if is_wrong}


def _planned(line: CertificateLine, member: Member) -> PlannedCertificate | None:
    """What a line enters, unless a part of it could not be read."""
    first, last, rate, limit = line.valid_from, line.valid_to, line.rate, line.limit
    if first is None or last is None or rate is None or limit is None:
        return None
    return PlannedCertificate(
        row=line.row,
        member_id=member.pk,
        member=str(member),
        number=certificate_number(line.number or ""),
        rate_bps=int(rate * HUNDRED),
        valid_from=first,
        valid_to=last,
        limit_cents=int(limit * HUNDRED),
    )


def _clash(row: PlannedCertificate, on_file: LowerDeductionCertificate | None) -> dict[str, str]:
    """A number that is on file with other figures; the same again changes nothing."""
    if on_file is None:
        return {}
    names = ("member_id", "rate_bps", "valid_from", "valid_to", "limit_cents")
    differ = [name for name in names if getattr(row, name) != getattr(on_file, name)]
    return {"number": "It is on file with other figures; withdraw it first."} if differ else {}
