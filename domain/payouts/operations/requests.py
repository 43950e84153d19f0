"""Asking for a payout, and holding one back.

:source: docs/policies/payouts.md, "Asking"
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from domain.common.actors import Actor
from domain.common.errors import Conflict, InvalidInput, Refused
from domain.common.money import show
from domain.common.settings.queries import setting_at
from domain.common.transactions import in_transaction
from domain.common.workflow import begin, record
from domain.common.workflow.door import lock, refuse_stale
from domain.ledger.operations import post
from domain.network.models import Member
from domain.network.queries.members import member_of
from domain.network.rights import require_right
from domain.payouts.models import Payout, PayoutState
from domain.payouts.operations.register import hold_tax_year
from domain.payouts.queries.balances import available_cents
from domain.payouts.queries.days import tax_day
from domain.payouts.queries.gates import gates_for, pays_to
from domain.payouts.rules import journal
from domain.payouts.rules.worksheet import Problem, problem_of
from domain.staff.models import Staff

# Only these can still be stopped.
MAY_BE_HELD = [PayoutState.REQUESTED, PayoutState.APPROVED, PayoutState.FAILED]


@in_transaction
def request_payout(
    *,
    member_id: int,
    amount_cents: int,
    actor: Staff,
    at: datetime,
    autofill: bool | None = None,
    note: str = "",
    form_key: UUID | None = None,
) -> Payout:
    """Ask for part of a member's wallet; the gross is held from now on.

    :param autofill: whether due instalments are filled from it; None is the house's default
    :param form_key: sent again, the form returns the payout it made
    :raises InvalidInput: less than the minimum, or more than there is
    :raises Refused: a gate is closed; ``checks`` says which
    """
    require_right(actor, "domain.request_payout")
    member = member_of(member_id)
    hold_id = hold_tax_year(member_id=member_id, at=at)
    if form_key and (made := Payout.objects.filter(form_key=form_key).first()):
        return _same(made, member_id, amount_cents)
    _refuse_amount(member, amount_cents, at)
    if closed := [check for check in gates_for(member, at) if not check.passed]:
        raise Refused(" ".join(check.sentence for check in closed), checks=closed)
    account = pays_to(member)
    assert account is not None  # one of the gates
    payout = Payout(
        member=member,
        hold_account_id=hold_id,
        bank_account=account,
        amount_cents=amount_cents,
        autofill=bool(setting_at("payout.autofill", at)) if autofill is None else autofill,
        note=note.strip()[:300],
        requested_by=actor,
        requested_at=at,
        form_key=form_key,
    )
    begin(payout, actor=actor, at=at, reason=note, facts={"amount_cents": amount_cents})
    post(
        key=f"payout:{payout.pk}:request",
        event="payout.requested",
        legs=journal.requested(member_id, amount_cents),
        currency="INR",
        effective_on=tax_day(at),
        source=("payout", payout.pk),
        actor=actor,
        at=at,
    )
    return payout


def _same(made: Payout, member_id: int, amount_cents: int) -> Payout:
    if (made.member_id, made.amount_cents) != (member_id, amount_cents):
        raise Conflict("This form was sent before with other figures. Open a new one.")
    return made


def _refuse_amount(member: Member, amount_cents: int, at: datetime) -> None:
    least, there = setting_at("payout.minimum", at), available_cents(member.pk)
    problem = problem_of(amount_cents, there, least)
    told = {
        Problem.BELOW_MINIMUM: f"At least {show(least, 'INR')} can be paid out.",
        Problem.ABOVE_AVAILABLE: f"{show(there, 'INR')} is available in the wallet.",
    }
    if problem is not None:
        raise InvalidInput.of({"amount": [told[problem]]})


@in_transaction
def hold_payout(
    *, payout_id: int, reason: str, actor: Actor, at: datetime, seen_version: int | None = None
) -> Payout:
    """Stop a payout until somebody lets it go; its money stays where it is."""
    payout = _held(payout_id, actor, seen_version)
    if payout.on_hold:
        raise Refused(f"{payout} is on hold already: {payout.hold_reason}")
    if payout.state not in MAY_BE_HELD:
        raise Refused(f"{payout} is {payout.state_label().lower()}; it can no longer be held.")
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say why."]})
    payout.on_hold, payout.hold_reason = True, reason.strip()[:300]
    return record(payout, "hold", actor=actor, at=at, reason=reason).subject


@in_transaction
def let_go(
    *, payout_id: int, reason: str, actor: Actor, at: datetime, seen_version: int | None = None
) -> Payout:
    """Take a payout off hold."""
    payout = _held(payout_id, actor, seen_version)
    if not payout.on_hold:
        raise Refused(f"{payout} is not on hold.")
    payout.on_hold, payout.hold_reason = False, ""
    return record(payout, "let_go", actor=actor, at=at, reason=reason).subject


def _held(payout_id: int, actor: Actor, seen_version: int | None) -> Payout:
    require_right(actor, "domain.hold_payout")
    payout = lock(Payout, payout_id)
    if seen_version is not None:
        refuse_stale(payout, seen_version)
    return payout
