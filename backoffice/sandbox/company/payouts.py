"""How the demo's members came to their money: papers at every point, payouts in every state."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from io import BytesIO

from PIL import Image, ImageDraw

from backoffice.sandbox.company.house import Company
from backoffice.sandbox.company.network import local_day
from domain.common.actors import System
from domain.common.workflow import transit
from domain.compliance.models import Gate, KycCase, RegisterKind
from domain.compliance.operations.files import add_document
from domain.compliance.operations.kyc import open_case, reject_case, submit_case, verify_case
from domain.compliance.operations.people import (
    add_account,
    record_pan,
    verify_account,
    verify_pan,
)
from domain.compliance.operations.register import register_document
from domain.ledger.models import Account
from domain.network.models import Member
from domain.network.operations.members import sign_agreement
from domain.payouts.models import Payout
from domain.payouts.operations.batches import make_batch, make_file, release_batch
from domain.payouts.operations.requests import hold_payout, request_payout

BANK = System("bank")
LEAST_CENTS = 500_00
MOST = 14
WAITING = 4
FATES = ("complete", "complete", "fail", "send", "lose", "approved", "reject", "hold", "requested")


def pay_members(company: Company) -> None:
    """Verify those who earned most, and take their payouts as far as the bank."""
    at = company.today - timedelta(hours=20)
    _register(company, at)
    wallets = Account.objects.filter(code="2000", balance_cents__gte=LEAST_CENTS)
    earners = wallets.order_by("-balance_cents", "customer__member__joined_at")[:MOST]
    members = [Member.objects.get(pk=each.customer_id) for each in earners]
    for number, member in enumerate(members[WAITING:]):
        _verified(company, member, number, at)
    for number, member in enumerate(members[:WAITING]):
        _waits(company, member, number, at)
    ready = members[WAITING:]
    payouts = [_requested(company, each, at) for each in ready]
    _decide(company, list(zip(payouts, FATES * 2, strict=False)), at + timedelta(hours=1))


def _papers(company: Company, member: Member, number: int, at: datetime) -> KycCase:
    carla = company.staff["carla"]
    case = open_case(customer_id=member.pk, actor=carla, at=at)
    for place, kind in enumerate(("identity", "address")):
        shown = _paper(f"{kind} {member.code}", shade=150 + 9 * (number % 9) + place)
        add_document(to=case, kind=kind, content=shown, name=f"{kind}.png", actor=carla, at=at)
    return case


def _paper(words: str, *, shade: int) -> bytes:
    image = Image.new("RGB", (420, 270), (shade, 205, 225))
    ImageDraw.Draw(image).text((30, 120), f"Specimen: {words}", fill=(30, 40, 60))
    kept = BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def _verified(company: Company, member: Member, number: int, at: datetime) -> None:
    carla, fiona = company.staff["carla"], company.staff["fiona"]
    customer = member.customer
    case = _papers(company, member, number, at)
    submit_case(case_id=case.pk, actor=carla, at=at)
    verify_case(case_id=case.pk, actor=fiona, at=at)
    pan = f"ABCP{customer.last_name[0].upper()}{1_200 + number}F"
    given = record_pan(customer_id=member.pk, pan=pan, actor=carla, at=at)
    verify_pan(identity_id=given.pk, actor=fiona, at=at)
    account = add_account(
        customer_id=member.pk,
        holder=customer.full_name(),
        ifsc="HDFC0001234",
        number=f"501000{number:06d}",
        actor=carla,
        at=at,
    )
    verify_account(account_id=account.pk, actor=fiona, at=at)
    sign_agreement(member_id=member.pk, signed_on=local_day(at), actor=carla, at=at)


def _waits(company: Company, member: Member, number: int, at: datetime) -> None:
    """Papers on their way: being collected, waiting for a decision, sent back."""
    carla, fiona = company.staff["carla"], company.staff["fiona"]
    case = _papers(company, member, number, at)
    if number:
        submit_case(case_id=case.pk, actor=carla, at=at)
    if number == WAITING - 1:
        reject_case(case_id=case.pk, reason="The photograph is blurred.", actor=fiona, at=at)
    pan = f"ABCP{member.customer.last_name[0].upper()}{2_200 + number}F"
    record_pan(customer_id=member.pk, pan=pan, actor=carla, at=at)


def _requested(company: Company, member: Member, at: datetime) -> Payout:
    carla = company.staff["carla"]
    return request_payout(member_id=member.pk, amount_cents=LEAST_CENTS, actor=carla, at=at)


def _decide(company: Company, fates: list[tuple[Payout, str]], at: datetime) -> None:
    fiona, omar = company.staff["fiona"], company.staff["omar"]
    sent = [payout for payout, fate in fates if fate in {"complete", "fail", "send", "lose"}]
    for payout, fate in fates:
        if payout in sent or fate == "approved":
            transit(Payout, payout.pk, "approve", actor=omar, at=at)
        elif fate == "reject":
            why = "The member asked for another amount."
            transit(Payout, payout.pk, "reject", actor=omar, at=at, reason=why)
        elif fate == "hold":
            why = "The bank account is new; call the member."
            hold_payout(payout_id=payout.pk, reason=why, actor=fiona, at=at)
    if not sent:
        return
    later = at + timedelta(hours=1)
    batch = make_batch(payout_ids=[each.pk for each in sent], actor=fiona, at=later)
    make_file(batch_id=batch.pk, actor=fiona, at=later)
    release_batch(batch_id=batch.pk, actor=omar, at=later)
    for payout, fate in fates:
        if fate in {"complete", "fail", "lose"}:
            answer = (
                {"utr": f"UTR{payout.pk:09d}"}
                if fate == "complete"
                else {"failure": "The account does not take this payment."}
            )
            answered = later + timedelta(hours=2)
            transit(Payout, payout.pk, fate, actor=BANK, at=answered, params=answer)


def _register(company: Company, at: datetime) -> None:
    """What the business has to have; one of them ends soon, and one is still missing."""
    omar, today = company.staff["omar"], local_day(at)
    papers: tuple[tuple[RegisterKind, str, date | None, str], ...] = (
        (RegisterKind.INCORPORATION, "Certificate of incorporation", None, Gate.NONE),
        (RegisterKind.TAX_REGISTRATION, "GST registration", None, Gate.NONE),
        (
            RegisterKind.DECLARATION,
            "Self-declaration of this year",
            today + timedelta(days=20),
            Gate.PAYOUTS,
        ),
        (RegisterKind.GRIEVANCE_OFFICER, "Order of the board, grievances", None, Gate.NONE),
    )
    for kind, title, until, gates in papers:
        register_document(
            kind=kind,
            title=title,
            valid_from=today - timedelta(days=300),
            valid_until=until,
            gates=gates,
            actor=omar,
            at=at,
        )
