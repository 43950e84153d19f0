"""People with their papers, and files as people and others send them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from itertools import count

from PIL import Image
from pypdf import PdfWriter

from domain.common.actors import System
from domain.common.workflow import Stateful
from domain.compliance.models import BankAccount, DocumentKind, KycCase, Nominee, TaxIdentity
from domain.compliance.operations.files import add_document
from domain.compliance.operations.kyc import name_nominee, open_case, submit_case, verify_case
from domain.compliance.operations.people import (
    add_account,
    record_pan,
    verify_account,
    verify_pan,
)
from domain.customers.models import Customer
from domain.staff.models import Staff

# A Monday noon in Mumbai.
DAY = datetime(2027, 3, 1, 6, 30, tzinfo=UTC)
TODAY = date(2027, 3, 1)
PAN = "ABCPK1234F"
shades = count(1)
people = count(1)


def make_customer(last_name: str = "Kumar") -> Customer:
    number = next(people)
    return Customer.objects.create(
        first_name="Asha",
        last_name=last_name,
        email=f"asha{number}@example.com",
        phone=f"+9198{number:08}",
        created_at=DAY,
    )


def picture(kind: str = "JPEG", size: tuple[int, int] = (320, 200), **options: object) -> bytes:
    """A small picture, another one each time."""
    number = next(shades)
    # Its number in black and white, sixteen fields of it: no JPEG makes two of them the same.
    fields = Image.new("L", (4, 4))
    fields.putdata([255 * (number >> bit & 1) for bit in range(16)])
    image = fields.resize(size, Image.Resampling.NEAREST).convert("RGB")
    kept = BytesIO()
    image.save(kept, kind, **options)
    return kept.getvalue()


def paper(pages: int = 1) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=200 + next(shades), height=300)
    kept = BytesIO()
    writer.write(kept)
    return kept.getvalue()


def collected(clerk: Staff, customer: Customer, *, at: datetime = DAY) -> KycCase:
    """A case with the documents it needs, not yet submitted."""
    case = open_case(customer_id=customer.pk, actor=clerk, at=at)
    for kind in (DocumentKind.IDENTITY, DocumentKind.ADDRESS):
        add_document(to=case, kind=kind, content=picture(), name=f"{kind}.jpg", actor=clerk, at=at)
    return case


def submitted(clerk: Staff, customer: Customer, *, at: datetime = DAY) -> KycCase:
    return submit_case(case_id=collected(clerk, customer, at=at).pk, actor=clerk, at=at)


def verified_kyc(
    clerk: Staff, finance: Staff, customer: Customer, *, at: datetime = DAY
) -> KycCase:
    case = submitted(clerk, customer, at=at)
    return verify_case(case_id=case.pk, actor=finance, at=at)


def verified_pan(
    clerk: Staff, finance: Staff, customer: Customer, pan: str = PAN, *, at: datetime = DAY
) -> TaxIdentity:
    given = record_pan(customer_id=customer.pk, pan=pan, actor=clerk, at=at)
    return verify_pan(identity_id=given.pk, actor=finance, at=at)


def added_account(
    clerk: Staff, customer: Customer, number: str = "123456789012", *, at: datetime = DAY
) -> BankAccount:
    return add_account(
        customer_id=customer.pk,
        holder="Asha Kumar",
        ifsc="HDFC0001234",
        number=number,
        actor=clerk,
        at=at,
    )


def verified_account(
    clerk: Staff,
    finance: Staff,
    customer: Customer,
    number: str = "123456789012",
    *,
    at: datetime = DAY,
) -> BankAccount:
    account = added_account(clerk, customer, number, at=at)
    return verify_account(account_id=account.pk, actor=finance, at=at)


NIGHT_JOB = System("job:age_papers")


def nominee_verified(
    clerk: Staff, finance: Staff, customer: Customer, *, at: datetime = DAY
) -> Nominee:
    """Somebody named to be paid what the customer leaves, and verified."""
    nominee = name_nominee(
        customer_id=customer.pk,
        full_name="Meera Rao",
        relationship="daughter",
        actor=clerk,
        at=at,
    )
    case = open_case(customer_id=customer.pk, nominee_id=nominee.pk, actor=clerk, at=at)
    for kind in (DocumentKind.IDENTITY, DocumentKind.ADDRESS):
        add_document(to=case, kind=kind, content=paper(), name=f"{kind}.pdf", actor=clerk, at=at)
    submit_case(case_id=case.pk, actor=clerk, at=at)
    verify_case(case_id=case.pk, actor=finance, at=at)
    return nominee


def again[M: Stateful](record: M) -> M:
    """Read a record anew; its state may not be refreshed in place."""
    return type(record)._default_manager.get(pk=record.pk)
