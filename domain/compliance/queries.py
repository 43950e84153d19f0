"""What is known of a person, and what is missing, on any day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet

from domain.common.workflow import Check
from domain.compliance.models import (
    AccountState,
    BankAccount,
    ComplianceDocument,
    Gate,
    IdentityState,
    KycCase,
    KycState,
    Nominee,
    NomineeState,
    RegisterKind,
    RegisterState,
    TaxIdentity,
)
from domain.compliance.rules import PanStatus

DECIDES_KYC = "finance manager"
UPLOADS = "customer service"


@dataclass(frozen=True, slots=True)
class TaxIdentityOn:
    """The PAN that counts on a day, as tax copies it. ``status`` VALID only when verified."""

    pan: str
    status: str
    holder: str = ""
    identity_id: int | None = None

    @property
    def is_valid(self) -> bool:
        return self.status == PanStatus.VALID


def _end_of(on: date) -> datetime:
    after = datetime.combine(on + timedelta(days=1), time())
    return after.replace(tzinfo=ZoneInfo(settings.VEHICLES_TIME_ZONE))


def _verified_on(on: date) -> Q:
    return Q(state__in=[KycState.VERIFIED, KycState.EXPIRED]) & Q(
        decided_at__lt=_end_of(on), expires_on__gt=on
    )


def verified_kyc(customer_id: int, on: date) -> KycCase | None:
    """The verification of the person themselves that is in force on a day."""
    cases = KycCase.objects.filter(_verified_on(on), customer=customer_id, nominee=None)
    return cases.order_by("-decided_at", "-pk").first()


def verified_nominee(customer_id: int, on: date) -> Nominee | None:
    """Who may be paid what a member leaves: named, and verified on that day."""
    named = Nominee.objects.filter(customer=customer_id, state=NomineeState.NAMED)
    cases = KycCase.objects.filter(_verified_on(on), nominee__in=named)
    case = cases.select_related("nominee").first()
    return case.nominee if case else None


def is_verified_nominee(nominee: Nominee, on: date) -> bool:
    """Whether this very person is verified on a day, named still or not."""
    return KycCase.objects.filter(_verified_on(on), nominee=nominee).exists()


def verified_account(customer_id: int) -> BankAccount | None:
    """Where a member is paid now."""
    return BankAccount.objects.filter(customer=customer_id, state=AccountState.VERIFIED).first()


def tax_identity_at(customer_id: int, on: date) -> TaxIdentityOn:
    """The PAN that counts on a day. One that nobody has verified yet counts as missing."""
    return tax_identities_at([customer_id], on)[customer_id]


def tax_identities_at(customer_ids: Sequence[int], on: date) -> dict[int, TaxIdentityOn]:
    """The PAN that counts on a day for each of many, in one query."""
    rows = TaxIdentity.objects.filter(customer__in=customer_ids, valid_from__lte=on)
    of_each: dict[int, list[TaxIdentity]] = {}
    for row in rows.order_by("-valid_from", "-pk"):
        of_each.setdefault(row.customer_id, []).append(row)
    return {pk: _counts_on(of_each.get(pk, []), on) for pk in customer_ids}


def _counts_on(rows: Sequence[TaxIdentity], on: date) -> TaxIdentityOn:
    """The one of a person's rows that counts, the newest first."""
    for row in rows:
        was_verified = row.state in {IdentityState.VERIFIED, IdentityState.ENDED}
        if was_verified and (row.ended_on is None or row.ended_on > on):
            return TaxIdentityOn(row.pan, PanStatus.VALID, row.holder, row.pk)
    given = next((row for row in rows if row.state == IdentityState.RECORDED), None)
    if given is None:
        return TaxIdentityOn("", PanStatus.MISSING)
    status = PanStatus.MISSING if given.status == PanStatus.VALID else PanStatus.INVALID
    return TaxIdentityOn(given.pan, status, "", given.pk)


def payout_gates(customer_id: int, on: date) -> list[Check]:
    """What a payout needs of the person and of the business on a day, met or not."""
    return [_kyc_gate(customer_id, on), _account_gate(customer_id), *gates_of(Gate.PAYOUTS, on)]


def _kyc_gate(customer_id: int, on: date) -> Check:
    name = "KYC verified"
    if case := verified_kyc(customer_id, on):
        return Check(name, passed=True, sentence=f"Until {case.expires_on:%d %b %Y}.")
    latest = KycCase.objects.filter(customer=customer_id, nominee=None).order_by("-pk").first()
    if latest is None:
        return Check(name, passed=False, sentence="No KYC has been started.", who=UPLOADS)
    if latest.state in {KycState.VERIFIED, KycState.EXPIRED} and latest.expires_on:
        ended = f"The KYC ran out on {latest.expires_on:%d %b %Y}."
        return Check(name, passed=False, sentence=ended, who=UPLOADS)
    who = DECIDES_KYC if latest.state == KycState.SUBMITTED else UPLOADS
    sentence = f"The KYC is not verified: {latest.state_label().lower()}."
    return Check(name, passed=False, sentence=sentence, who=who)


def _account_gate(customer_id: int) -> Check:
    name = "Bank account verified"
    if account := verified_account(customer_id):
        return Check(name, passed=True, sentence=f"{account}.")
    waits = BankAccount.objects.filter(customer=customer_id, state=AccountState.ADDED).first()
    if waits is not None:
        sentence = f"{waits} waits to be verified by a second person."
        return Check(name, passed=False, sentence=sentence, who=DECIDES_KYC)
    return Check(name, passed=False, sentence="No bank account is verified.", who=UPLOADS)


def gates_of(gate: str, on: date) -> list[Check]:
    """One check for each kind of document that the register says is needed for something."""
    needing = ComplianceDocument.objects.filter(gates=gate, customer=None).exclude(
        state=RegisterState.WITHDRAWN
    )
    papers = list(needing.order_by("kind", "-valid_from"))
    valid = {paper.kind for paper in valid_papers(on).filter(customer=None)}
    return [_paper_gate(paper, paper.kind in valid) for paper in _one_a_kind(papers)]


def _one_a_kind(papers: list[ComplianceDocument]) -> list[ComplianceDocument]:
    return list({paper.kind: paper for paper in reversed(papers)}.values())


def _paper_gate(paper: ComplianceDocument, is_there: bool) -> Check:  # noqa: FBT001
    name = paper.get_kind_display()
    if is_there:
        return Check(name, passed=True)
    ended = f"“{paper}” ended on {paper.valid_until:%d %b %Y}" if paper.valid_until else ""
    sentence = f"{ended or f'No valid “{name}” is in the register'}; register a valid one."
    return Check(name, passed=False, sentence=sentence, who="operations manager")


def valid_papers(on: date) -> QuerySet[ComplianceDocument]:
    return ComplianceDocument.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=on),
        valid_from__lte=on,
    ).exclude(state=RegisterState.WITHDRAWN)


def same_pan(identity: TaxIdentity) -> QuerySet[TaxIdentity]:
    """Other people's rows with the same PAN."""
    others = TaxIdentity.objects.filter(pan=identity.pan).exclude(customer=identity.customer_id)
    return others.exclude(state=IdentityState.REJECTED).select_related("customer")


def same_account(account: BankAccount) -> QuerySet[BankAccount]:
    """Other people's accounts with the same number at the same bank."""
    if not account.number:
        return BankAccount.objects.none()
    same = BankAccount.objects.filter(number=account.number, ifsc__startswith=account.ifsc[:4])
    others = same.exclude(customer=account.customer_id)
    return others.exclude(state=AccountState.REJECTED).select_related("customer")


# What the rules for direct selling ask of the business itself.
# :source: docs/policies/compliance.md
REQUIRED = (
    RegisterKind.DECLARATION,
    RegisterKind.INCORPORATION,
    RegisterKind.TAX_REGISTRATION,
    RegisterKind.GRIEVANCE_OFFICER,
    RegisterKind.NODAL_OFFICER,
)


def standing_of(on: date) -> list[Check]:
    """What a direct seller has to have on a day: there, or missing."""
    valid: dict[str, ComplianceDocument] = {}
    for paper in valid_papers(on).filter(customer=None, kind__in=REQUIRED).order_by("valid_from"):
        valid[paper.kind] = paper
    return [_standing(kind, valid.get(kind)) for kind in REQUIRED]


def _standing(kind: RegisterKind, paper: ComplianceDocument | None) -> Check:
    if paper is None:
        sentence = "No valid one is in the register."
        return Check(kind.label, passed=False, sentence=sentence, who="operations manager")
    until = f"until {paper.valid_until:%d %b %Y}" if paper.valid_until else "without an end"
    return Check(kind.label, passed=True, sentence=f"“{paper}”, {until}.")
