"""Paying what a member leaves to the nominee, by two people: P5.

:source: docs/policies/network.md, "When a member dies"
"""

from __future__ import annotations

from datetime import datetime

from domain.common.errors import Conflict, InvalidInput, Refused
from domain.common.transactions import in_transaction
from domain.common.workflow import Ask, begin, transit
from domain.common.workflow.door import lock
from domain.compliance.days import day_of
from domain.compliance.queries import verified_account, verified_nominee
from domain.network.models import Member, Transmission
from domain.network.models.transmissions import MAY_GO
from domain.network.rights import require_right
from domain.staff.models import Staff

REQUEST = "domain.request_transmission"


@in_transaction
def request_transmission(
    *, member_id: int, reason: str, actor: Staff, at: datetime
) -> Transmission:
    """Ask for a dead member's wallet to be paid to the nominee, into the account verified.

    :param reason: the papers seen, such as the number of the death certificate
    :raises Refused: alive, no verified nominee, or no verified account in the nominee's name
    :raises Conflict: asked for already
    """
    require_right(actor, REQUEST)
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Name the papers that were seen."]})
    member = lock(Member, member_id)
    nominee = verified_nominee(member_id, day_of(at))
    account = verified_account(member_id)
    if nominee is None:
        raise Refused(f"{member} has no verified nominee. Name one, and verify their KYC.")
    if account is None:
        raise Refused(f"No bank account of {nominee} is verified.")
    asked = Transmission(
        member=member,
        nominee=nominee,
        account=account,
        reason=reason,
        requested_by=actor,
        requested_at=at,
    )
    for condition in MAY_GO:
        if sentence := condition.test(asked, Ask(actor, at)):
            raise Refused(sentence)
    if member.transmissions.filter(state__in=["requested", "approved"]).exists():
        raise Conflict(f"The transmission of the wallet of {member} was asked for already.")
    facts = {"nominee": nominee.pk, "account": account.pk}
    return begin(asked, actor=actor, at=at, reason=reason, facts=facts).subject


def approve_transmission(*, transmission_id: int, actor: Staff, at: datetime) -> Transmission:
    """Let the wallet be paid to the nominee; somebody else than the requester."""
    return transit(Transmission, transmission_id, "approve", actor=actor, at=at).subject


def deny_transmission(
    *, transmission_id: int, reason: str, actor: Staff, at: datetime
) -> Transmission:
    return transit(Transmission, transmission_id, "deny", actor=actor, at=at, reason=reason).subject


def withdraw_transmission(*, transmission_id: int, actor: Staff, at: datetime) -> Transmission:
    return transit(Transmission, transmission_id, "withdraw", actor=actor, at=at).subject
