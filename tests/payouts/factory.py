"""Members who can be paid out, and payouts at every point of their life."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count

from django.contrib.auth.models import Group
from django.db.models import Model

from domain.common.actors import System
from domain.common.workflow import transit
from domain.compliance.models import DocumentKind
from domain.compliance.operations.files import add_document
from domain.compliance.operations.kyc import open_case, submit_case, verify_case
from domain.customers.models import Customer
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg
from domain.network.models import Member
from domain.network.operations.members import sign_agreement
from domain.payouts.models import Challan, Payout, PayoutBatch
from domain.payouts.operations.batches import make_batch, make_file, release_batch
from domain.payouts.operations.challans import draft_challan
from domain.payouts.operations.requests import request_payout
from domain.payouts.queries.balances import account_balance
from domain.payouts.queries.days import tax_day
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.compliance.factory import paper, verified_account, verified_pan
from tests.conftest import new_staff
from tests.factories import assert_sound
from tests.network.factory import new_member

# A Monday noon in Mumbai: the last quarter of the tax year 2026-27.
NOON = datetime(2027, 3, 1, 6, 30, tzinfo=UTC)
SECTION = {"section": "393(1) Sl. 1(ii)", "payment_code": "1006"}
numbers = count(1)


class Office:
    """The people a payout passes through; each is somebody else."""

    def __init__(self) -> None:
        self.clerk = hired(Role.CUSTOMER_SERVICE)
        self.papers = hired(Role.CUSTOMER_SERVICE)
        self.finance = hired(Role.FINANCE_MANAGER)
        self.manager = hired(Role.OPERATIONS_MANAGER)

    def member(
        self, wallet_cents: int = 50_000_00, *, pan: bool = True, at: datetime = NOON
    ) -> Member:
        """A distributor with verified papers, an account, and money in the wallet."""
        number = next(numbers)
        member = new_member(at=at)
        sign_agreement(member_id=member.pk, signed_on=tax_day(at), actor=self.clerk, at=at)
        self.verify(member.customer, at=at)
        account = f"{50_100_000_000 + number}"
        verified_account(self.papers, self.finance, member.customer, account, at=at)
        if pan:
            name = f"ABCPR{number % 10_000:04}F"
            verified_pan(self.papers, self.finance, member.customer, name, at=at)
        if wallet_cents:
            earn(member, wallet_cents, at=at)
        return Member.objects.get(pk=member.pk)

    def verify(self, customer: Customer, *, at: datetime = NOON) -> None:
        """Papers that are never twice the same, however many people there are."""
        case = open_case(customer_id=customer.pk, actor=self.papers, at=at)
        for kind in (DocumentKind.IDENTITY, DocumentKind.ADDRESS):
            named = {"kind": kind, "name": f"{kind}.pdf", "actor": self.papers, "at": at}
            add_document(to=case, content=paper(), **named)
        submit_case(case_id=case.pk, actor=self.papers, at=at)
        verify_case(case_id=case.pk, actor=self.finance, at=at)

    def requested(
        self, member: Member, cents: int = 10_000_00, *, at: datetime = NOON, autofill: bool = False
    ) -> Payout:
        return request_payout(
            member_id=member.pk, amount_cents=cents, autofill=autofill, actor=self.clerk, at=at
        )

    def approved(self, member: Member, cents: int = 10_000_00, *, at: datetime = NOON) -> Payout:
        return self.approve(self.requested(member, cents, at=at), at=at)

    def approve(self, payout: Payout, *, at: datetime = NOON) -> Payout:
        return transit(Payout, payout.pk, "approve", actor=self.finance, at=at).subject

    def released(self, *payouts: Payout, at: datetime = NOON) -> PayoutBatch:
        batch = make_batch(payout_ids=[each.pk for each in payouts], actor=self.finance, at=at)
        make_file(batch_id=batch.pk, actor=self.finance, at=at)
        return release_batch(batch_id=batch.pk, actor=self.manager, at=at)

    def completed(self, member: Member, cents: int = 10_000_00, *, at: datetime = NOON) -> Payout:
        payout = self.approved(member, cents, at=at)
        self.released(payout, at=at)
        params = {"utr": f"UTR{payout.pk}"}
        done = transit(Payout, payout.pk, "complete", actor=BANK, at=at, params=params)
        return done.subject


BANK = System("bank")


def hired(role: Role) -> Staff:
    person = new_staff(f"{role.value}-{next(numbers)}")
    person.groups.add(Group.objects.get(name=role.value))
    return person


def earn(member: Member, cents: int, *, at: datetime = NOON) -> None:
    """Credit the wallet as a referral bonus does."""
    post(
        key=f"test:earn:{next(numbers)}:{member.pk}",
        event="referral.credited",
        legs=[Leg(AccountRef("5000"), AccountRef("2000", customer_id=member.pk), cents)],
        currency="INR",
        effective_on=tax_day(at),
        actor=System("test"),
        at=at,
    )


def drafted(office: Office, serial: str = "00001", **more: int) -> Challan:
    """A deposit of the tax of March."""
    return draft_challan(
        month=date(2027, 3, 1),
        **SECTION,
        bsr_code="1234567",
        serial=serial,
        deposited_on=date(2027, 3, 1),
        actor=office.finance,
        at=NOON,
        **more,
    )


def answer_file(*lines: tuple[str, str, str, str]) -> bytes:
    """A bank's answer: reference, UTR, status, reason."""
    rows = ["Reference,UTR,Status,Reason", *(",".join(line) for line in lines)]
    return "\r\n".join(rows).encode()


def reference_of(payout: Payout) -> str:
    return payout.batch_items.get(live=True).reference


def on(day: date) -> datetime:
    """Noon of a day in Mumbai."""
    return datetime(day.year, day.month, day.day, 6, 30, tzinfo=UTC)


def wallet(member: Member) -> tuple[int, int]:
    """What lies in the wallet, and what is held."""
    return account_balance("2000", member.pk), account_balance("2020", member.pk)


def fresh[M: Model](row: M) -> M:
    return type(row)._default_manager.get(pk=row.pk)


def sound() -> bool:
    """Every invariant of the house holds."""
    assert_sound(NOON)
    return True
