"""PANs and bank accounts of members."""

from __future__ import annotations

from datetime import date, datetime

from domain.common.actors import Actor
from domain.common.errors import Conflict, InvalidInput
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, transit
from domain.compliance.days import day_of
from domain.compliance.guards import hold_customer, require
from domain.compliance.models import AccountState, BankAccount, IdentityState, TaxIdentity
from domain.compliance.rules import PanStatus, account_errors, check_pan, normal_ifsc, normal_number

RECORD_PAN, ADD_ACCOUNT = "domain.record_pan", "domain.add_bank_account"


@in_transaction
def record_pan(
    *, customer_id: int, pan: str, actor: Actor, at: datetime, valid_from: date | None = None
) -> TaxIdentity:
    """Write down the PAN somebody gave; it counts for tax once another person verified it.

    An ill-formed one is kept too, as what was given: the statement says so.

    :param valid_from: the day from which it counts, today when not given
    :raises InvalidInput: no number, or a day that has not come
    :raises Conflict: the same number is on file for this person
    """
    staff = require(actor, RECORD_PAN)
    customer = hold_customer(customer_id)
    today = day_of(at)
    check = check_pan(pan, surname=customer.last_name)
    if check.status == PanStatus.MISSING:
        raise InvalidInput.of({"pan": ["Give the number."]})
    if len(check.pan) > 20:
        raise InvalidInput.of({"pan": ["A PAN has ten characters."]})
    if valid_from is not None and valid_from > today:
        raise InvalidInput.of({"valid_from": ["A PAN counts from today or an earlier day."]})
    live = [IdentityState.RECORDED, IdentityState.VERIFIED]
    if customer.tax_identities.filter(pan=check.pan, state__in=live).exists():
        raise Conflict("This PAN is on file for this person already.")
    identity = TaxIdentity(
        customer=customer,
        pan=check.pan,
        status=check.status,
        holder=check.holder,
        warnings=list(check.warnings),
        valid_from=valid_from or today,
        recorded_by=staff,
        recorded_at=at,
    )
    return begin(identity, actor=actor, at=at).subject


@in_transaction
def verify_pan(*, identity_id: int, actor: Actor, at: datetime) -> TaxIdentity:
    return transit(TaxIdentity, identity_id, "verify", actor=actor, at=at).subject


@in_transaction
def end_pan(
    *, identity_id: int, ended_on: date, reason: str, actor: Actor, at: datetime
) -> TaxIdentity:
    """Say from which day a PAN counts no longer."""
    params = {"ended_on": ended_on.isoformat()}
    done = transit(
        TaxIdentity, identity_id, "end", actor=actor, at=at, params=params, reason=reason
    )
    return done.subject


@in_transaction
def add_account(
    *, customer_id: int, holder: str, ifsc: str, number: str, actor: Actor, at: datetime
) -> BankAccount:
    """Write down where somebody wants to be paid; another person verifies it.

    :raises InvalidInput: with every field that is wrong
    :raises Conflict: the same account is on file for this person
    """
    staff = require(actor, ADD_ACCOUNT)
    customer = hold_customer(customer_id)
    if errors := account_errors(holder=holder, ifsc=ifsc, number=number):
        raise InvalidInput.of(errors)
    code, digits = normal_ifsc(ifsc), normal_number(number)
    live = [AccountState.ADDED, AccountState.VERIFIED]
    if customer.bank_accounts.filter(ifsc=code, number=digits, state__in=live).exists():
        raise Conflict("This account is on file for this person already.")
    account = BankAccount(
        customer=customer,
        holder=" ".join(holder.split()),
        ifsc=code,
        number=digits,
        last4=digits[-4:],
        added_by=staff,
        added_at=at,
    )
    return begin(account, actor=actor, at=at).subject


@in_transaction
def verify_account(*, account_id: int, actor: Actor, at: datetime) -> BankAccount:
    return transit(BankAccount, account_id, "verify", actor=actor, at=at).subject
