from __future__ import annotations

from datetime import date, datetime

from domain.common.actors import Actor
from domain.common.errors import Conflict, InvalidInput, NotFound
from domain.common.settings.queries import setting_at
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.compliance.days import day_of
from domain.compliance.guards import hold_customer, require
from domain.compliance.models import KycCase, KycState, Nominee, NomineeState

UPLOAD, DECIDE = "domain.upload_kyc", "domain.decide_kyc"
OPEN = (KycState.DRAFT, KycState.SUBMITTED, KycState.REJECTED)


@in_transaction
def open_case(
    *, customer_id: int, nominee_id: int | None = None, actor: Actor, at: datetime
) -> KycCase:
    """Begin to collect somebody's documents; a case that is open already is returned.

    :raises NotFound: there is no such customer or nominee
    """
    require(actor, UPLOAD)
    customer = hold_customer(customer_id)
    if nominee_id is not None:
        named = customer.nominees.filter(pk=nominee_id, state=NomineeState.NAMED)
        if not named.exists():
            raise NotFound("This nominee is no longer named.")
    known = KycCase.objects.filter(customer=customer, nominee=nominee_id, state__in=OPEN)
    if earlier := known.first():
        return earlier
    case = KycCase(customer=customer, nominee_id=nominee_id, opened_at=at)
    return begin(case, actor=actor, at=at).subject


@in_transaction
def submit_case(*, case_id: int, actor: Actor, at: datetime) -> KycCase:
    """Ask for a decision, the first time or again."""
    state = KycCase.objects.filter(pk=case_id).values_list("state", flat=True).first()
    step = "resubmit" if state == KycState.REJECTED else "submit"
    return transit(KycCase, case_id, step, actor=actor, at=at).subject


@in_transaction
def verify_case(
    *, case_id: int, actor: Actor, at: datetime, expires_on: date | None = None
) -> KycCase:
    """Say that we know who somebody is, up to a day; without one, as long as is usual."""
    case = KycCase.objects.filter(pk=case_id).first()
    if case is None:
        raise NotFound(f"There is no KYC case {case_id}.")
    until = expires_on or usual_end(case, at=at)
    params = {"expires_on": until.isoformat()}
    return transit(KycCase, case_id, "verify", actor=actor, at=at, params=params).subject


@in_transaction
def reject_case(*, case_id: int, reason: str, actor: Actor, at: datetime) -> KycCase:
    return transit(KycCase, case_id, "reject", actor=actor, at=at, reason=reason).subject


def usual_end(case: KycCase, *, at: datetime) -> date:
    """The day on which a verification made now ends: after the usual time, or with its papers."""
    today = day_of(at)
    months = today.month - 1 + setting_at("kyc.valid_months", at)
    year, month = today.year + months // 12, months % 12 + 1
    # No month is shorter than 28 days; a verification is no salary, to the day does not matter.
    usual = date(year, month, min(today.day, 28))
    ends = case.documents.filter(erased_at=None, valid_until__gt=today)
    return min([usual, *(end for end in ends.values_list("valid_until", flat=True) if end)])


@in_transaction
def name_nominee(
    *,
    customer_id: int,
    full_name: str,
    relationship: str,
    born_on: date | None = None,
    phone: str = "",
    reason: str = "",
    actor: Actor,
    at: datetime,
) -> Nominee:
    """Name who is paid what a member leaves; one named before is replaced.

    :raises InvalidInput: a field is wrong, or one is named already and no reason is given
    :raises Conflict: the same nominee is named already
    """
    staff = require(actor, UPLOAD)
    customer = hold_customer(customer_id)
    names = {"full_name": full_name.strip(), "relationship": relationship.strip()}
    errors = {field: ["Fill this in."] for field, value in names.items() if not value}
    for field, longest in (("full_name", 120), ("relationship", 40)):
        if len(names[field]) > longest:
            errors[field] = [f"At most {longest} characters."]
    if born_on and born_on > day_of(at):
        errors["born_on"] = ["A date of birth lies in the past."]
    if errors:
        raise InvalidInput.of(errors)
    if names["full_name"].casefold() == customer.full_name().casefold():
        raise InvalidInput.of({"full_name": ["Nobody is their own nominee."]})
    before = customer.nominees.filter(state=NomineeState.NAMED).first()
    if before is not None:
        if (before.full_name, before.relationship) == tuple(names.values()):
            raise Conflict(f"{before} is named already.")
        transit(Nominee, before.pk, "replace", actor=actor, at=at, reason=reason)
    made = Nominee(
        customer=customer,
        **names,
        born_on=born_on,
        phone=phone.strip()[:20],
        named_by=staff,
        named_at=at,
    )
    return begin(made, actor=actor, at=at, reason=reason).subject
