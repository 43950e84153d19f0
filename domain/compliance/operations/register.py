from __future__ import annotations

from datetime import date, datetime

from domain.common.actors import Actor
from domain.common.errors import InvalidInput
from domain.common.transactions import in_transaction
from domain.common.workflow import begin
from domain.compliance.guards import hold_customer, require
from domain.compliance.models import ComplianceDocument, Gate, RegisterKind

KEEP = "domain.keep_register"
LONGEST_TITLE, LONGEST_NUMBER = 120, 60


@in_transaction
def register_document(
    *,
    kind: str,
    title: str,
    valid_from: date,
    valid_until: date | None = None,
    number: str = "",
    gates: str = Gate.NONE,
    customer_id: int | None = None,
    actor: Actor,
    at: datetime,
) -> ComplianceDocument:
    """Enter a paper of the business, or of one seller, with the days it is valid on.

    :param gates: what may not go on without a valid paper of this kind
    :raises InvalidInput: with every field that is wrong
    """
    staff = require(actor, KEEP)
    errors: dict[str, list[str]] = {}
    if kind not in RegisterKind.values:
        errors["kind"] = ["Choose what it is."]
    if not title.strip() or len(title.strip()) > LONGEST_TITLE:
        errors["title"] = [f"Give it a title of at most {LONGEST_TITLE} characters."]
    if len(number.strip()) > LONGEST_NUMBER:
        errors["number"] = [f"At most {LONGEST_NUMBER} characters."]
    if valid_until is not None and valid_until < valid_from:
        errors["valid_until"] = ["It ends before it begins."]
    if gates not in Gate.values or (gates and customer_id is not None):
        errors["gates"] = ["Only a paper of the business itself is needed for something."]
    if errors:
        raise InvalidInput.of(errors)
    if customer_id is not None:
        hold_customer(customer_id)
    paper = ComplianceDocument(
        kind=kind,
        title=title.strip(),
        number=number.strip(),
        customer_id=customer_id,
        valid_from=valid_from,
        valid_until=valid_until,
        gates=gates,
        registered_by=staff,
        registered_at=at,
    )
    return begin(paper, actor=actor, at=at).subject
