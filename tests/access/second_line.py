"""What the second line of business adds to the house: vehicles, members, payouts, tax, papers."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Model

from domain.bookings.models import Booking
from domain.common.actors import System
from domain.compliance.days import day_of
from domain.compliance.models import DocumentKind, PrivateDocument
from domain.compliance.operations.files import add_document
from domain.compliance.operations.people import add_account, verify_account
from domain.compliance.operations.register import register_document
from domain.flows.bank_answers import prepare_answer
from domain.flows.commission import run_month
from domain.flows.disputes import settle_dispute
from domain.flows.erasure import request_erasure
from domain.flows.instalments import request_waiver
from domain.flows.reserve import request_release
from domain.ledger.operations import post
from domain.ledger.rules import AccountRef, Leg
from domain.network.models import Member
from domain.network.operations.corrections import request_correction
from domain.network.operations.members import report_death
from domain.network.operations.transmissions import request_transmission
from domain.payouts.models import TaxQuarter, TaxRecord, TaxStatement
from domain.payouts.operations.certificates import add_certificate
from domain.payouts.operations.challans import draft_challan
from tests.backoffice.support import Company
from tests.compliance.factory import added_account, nominee_verified, paper, submitted
from tests.network.earners import chain
from tests.network.factory import decide, placed
from tests.payouts.factory import Office, answer_file, reference_of
from tests.vehicles.factory import active, pay, rows


class SecondLine:
    """A record of every kind; ``documents`` holds a private one for each of its owners."""

    def __init__(self, company: Company) -> None:
        self.company, self.at = company, company.now
        self.today = day_of(self.at)
        self.documents: list[PrivateDocument] = []
        self.records: list[Model] = []
        self.root = self._tree()
        self.booking = self._vehicle()
        self._papers()
        self.member = self._payouts()

    def _vehicle(self) -> Booking:
        """Referred by the root, with a waiver asked for, and a bank that takes money back."""
        company = self.company
        booking = active(at=self.at, referral_code=self.root.code)
        instalment = rows(booking)[0]
        request_waiver(
            instalment_id=instalment.pk, reason="goodwill", actor=company.agent, at=self.at
        )
        told = {"id": "dp_1", "amount": 1_000_00, "currency": "inr", "status": "needs_response"}
        payment = pay(booking, 1_000_00, at=self.at)
        settle_dispute(payment_id=payment.pk, told=told, actor=System("webhook"), at=self.at)
        return booking

    def _tree(self) -> Member:
        """A tree with two pairs and a run over it, a correction, and what a dead member left."""
        company, at = self.company, self.at
        decide("pair.amount", 1_000_00, at=at, by=company.finance, approver=company.manager)
        root = placed(name="Meera", at=at)
        left = chain(root, "L", 2, at=at)
        chain(root, "R", 2, at=at)
        run_month(as_of=self.today, actor=company.finance, at=at)
        stray = placed(root, "L", name="Stray", at=at)
        request_correction(
            member_id=stray.pk,
            under_id=root.pk,
            side="R",
            reason="the wrong leg",
            actor=company.manager,
            at=at,
        )
        self._left_behind(left[1])
        self._reserve(root)
        return root

    def _reserve(self, member: Member) -> None:
        """Something kept for instalments, which somebody asks to be released."""
        post(
            key="access:reserve",
            event="referral.credited",
            legs=[Leg(AccountRef("5000"), AccountRef("2010", customer_id=member.pk), 200_00)],
            currency="INR",
            effective_on=self.today,
            actor=System("test"),
            at=self.at,
        )
        asked = {"member_id": member.pk, "amount_cents": 100_00, "reason": "moves abroad"}
        request_release(**asked, actor=self.company.finance, at=self.at)

    def _left_behind(self, member: Member) -> None:
        company, at = self.company, self.at
        nominee = nominee_verified(company.agent, company.finance, member.customer, at=at)
        account = add_account(
            customer_id=member.pk,
            holder=nominee.full_name,
            ifsc="HDFC0001234",
            number="987654321098",
            actor=company.agent,
            at=at,
        )
        verify_account(account_id=account.pk, actor=company.finance, at=at)
        report_death(
            member_id=member.pk,
            died_on=self.today - timedelta(days=1),
            reason="certificate 12",
            actor=company.manager,
            at=at,
        )
        request_transmission(member_id=member.pk, reason="seen", actor=company.agent, at=at)

    def _papers(self) -> None:
        company, at = self.company, self.at
        case = submitted(company.agent, company.customer("Kiran"), at=at)
        self.documents.append(case.documents.earliest("pk"))
        account = added_account(company.agent, company.customer("Ravi"), "112233445566", at=at)
        registered = register_document(
            kind="declaration",
            title="Self-declaration",
            valid_from=self.today,
            actor=company.manager,
            at=at,
        )
        for owner, kind, actor in (
            (account, DocumentKind.BANK_PROOF, company.agent),
            (registered, DocumentKind.REGISTERED, company.manager),
        ):
            told = {"kind": kind, "name": "paper.pdf", "actor": actor, "at": at}
            self.documents.append(add_document(to=owner, content=paper(), **told))
        self.records += [case, account, registered]
        moved = company.customer("Lena")
        request_erasure(customer_id=moved.pk, reason="wrote to us", actor=company.agent, at=at)

    def _payouts(self) -> Member:
        at, office = self.at, Office()
        member = office.member(at=at)
        gone = office.approved(member, 5_000_00, at=at)
        batch = office.released(gone, at=at)
        said = answer_file((reference_of(gone), "UTR1", "Paid", ""))
        prepare_answer(content=said, file_name="bank.csv", actor=office.finance, at=at)
        waiting = office.requested(member, at=at)
        self.records += [waiting, batch]
        self._tax(member, office)
        return member

    def _tax(self, member: Member, office: Office) -> None:
        record, quarter = TaxRecord.objects.earliest("pk"), TaxQuarter.objects.earliest("pk")
        draft_challan(
            month=record.deducted_on.replace(day=1),
            section=record.section,
            payment_code=record.payment_code,
            bsr_code="1234567",
            serial="00001",
            deposited_on=record.deducted_on,
            actor=office.finance,
            at=self.at,
        )
        add_certificate(
            member_id=member.pk,
            number="LDC1",
            rate_bps=100,
            valid_from=self.today,
            valid_to=self.today,
            limit_cents=5_000_00,
            actor=office.finance,
            at=self.at,
        )
        # As if the quarter had been filed, which only goes once it is over.
        self.statement = TaxStatement.objects.create(
            quarter=quarter,
            form="26Q",
            kind="original",
            file_name="26Q.csv",
            content=b"nothing",
            sha256="0" * 64,
            acknowledgement="1",
            made_at=self.at,
        )
