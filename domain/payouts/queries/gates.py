"""What has to be in order before a member is paid out, and what only asks for a second look."""

from __future__ import annotations

from datetime import datetime, timedelta

from domain.common.money import show
from domain.common.settings.queries import choice_at
from domain.common.workflow import Check
from domain.compliance.models import AccountState, BankAccount, Gate
from domain.compliance.queries import (
    gates_of,
    is_verified_nominee,
    payout_gates,
    same_account,
    tax_identity_at,
    verified_account,
)
from domain.network.models import Member, MemberState, Transmission, TransmissionState
from domain.network.queries.members import standing_of
from domain.payouts.models import Payout, PayoutState
from domain.payouts.queries.balances import account_balance
from domain.payouts.queries.days import tax_day

# An account younger than this asks for a second look: it is how a stolen login is cashed in.
NEW_ACCOUNT_DAYS = 30
SAME_AMOUNT_DAYS = 7


def gates_for(member: Member, at: datetime) -> list[Check]:
    """Everything that has to be met before the member's wallet may be paid out."""
    on = tax_day(at)
    standing = standing_of(member)
    alive = Check("Wallet may be paid out", standing.may_be_paid, standing.sentence)
    if member.state == MemberState.DECEASED:
        return [alive, *_nominee_gates(member, at), *gates_of(Gate.PAYOUTS, on)]
    return [alive, *_distributor(member, at), *payout_gates(member.pk, on)]


def closed_gates(payout: Payout, at: datetime) -> list[Check]:
    """The gates that a payout does not pass; the account it goes to is one of them."""
    checks = gates_for(payout.member, at)
    return [check for check in [*checks, _same_account(payout)] if not check.passed]


def pays_to(member: Member) -> BankAccount | None:
    """The account a payout of the member goes to now: the member's, or the nominee's."""
    if member.state != MemberState.DECEASED:
        return verified_account(member.pk)
    transmission = _transmission(member)
    return transmission.account if transmission else None


def _transmission(member: Member) -> Transmission | None:
    found = member.transmissions.filter(state=TransmissionState.APPROVED)
    return found.select_related("account", "nominee").first()


def _distributor(member: Member, at: datetime) -> list[Check]:
    name = "Agreement signed"
    if choice_at("earning.requires_distributor", at) == "NEVER":
        return []
    if member.agreement_signed_on:
        return [Check(name, passed=True, sentence=f"On {member.agreement_signed_on:%d %b %Y}.")]
    missing = "The direct-selling agreement is not signed."
    return [Check(name, passed=False, sentence=missing, who="customer service")]


def _nominee_gates(member: Member, at: datetime) -> list[Check]:
    """What is asked of who receives a dead member's wallet, in the member's place."""
    transmission = _transmission(member)
    if transmission is None:
        # That nobody receives it yet is what the gate before this one says.
        return []
    nominee, account = transmission.nominee, transmission.account
    kyc = is_verified_nominee(nominee, tax_day(at))
    unknown = f"The KYC of {nominee}, who receives the wallet, is not in force."
    name = "KYC of who receives it"
    to = Check("Account of who receives it", account.state == AccountState.VERIFIED)
    if not to.passed:
        closed = f"{account} of {nominee} is {account.state_label().lower()}."
        to = Check(to.name, passed=False, sentence=closed, who="customer service")
    return [
        Check(name, passed=True, sentence=f"{nominee}.")
        if kyc
        else Check(name, passed=False, sentence=unknown, who="customer service"),
        to,
    ]


def why_not_to(payout: Payout) -> str:
    """Say why an approved payout may not leave for its account any more; nothing when it may."""
    member = payout.member
    standing = standing_of(member)
    if not standing.may_be_paid:
        return standing.sentence
    if standing.to_nominee and pays_to(member) != payout.bank_account:
        return f"{member} has died since; reject it, and ask anew for the nominee."
    return ""


def _same_account(payout: Payout) -> Check:
    name = "Bank account unchanged"
    account = payout.bank_account
    now = pays_to(payout.member)
    if now is not None and (now.pk == account.pk or payout.state == PayoutState.FAILED):
        return Check(name, passed=True)
    if account.state == AccountState.VERIFIED and now is None:
        return Check(name, passed=False, sentence=f"{account} is not where this wallet is paid.")
    sentence = f"{account} is {account.state_label().lower()} since it was asked for."
    if now is not None:
        sentence = f"{sentence} The member is paid to {now} now; withdraw it and ask anew."
    return Check(name, passed=False, sentence=sentence)


def risks_of(payout: Payout, at: datetime) -> list[Check]:
    """What does not stop a payout but asks for a second look before it is approved."""
    return [_pan(payout, at), _young_account(payout, at), _shared(payout), *_history(payout, at)]


def _pan(payout: Payout, at: datetime) -> Check:
    identity = tax_identity_at(payout.member_id, tax_day(at))
    if identity.is_valid:
        return Check("PAN valid", passed=True)
    sentence = "No verified PAN: tax is withheld at the higher rate, without a ceiling."
    return Check("PAN valid", passed=False, sentence=sentence)


def _young_account(payout: Payout, at: datetime) -> Check:
    age = at - payout.bank_account.added_at
    if age > timedelta(days=NEW_ACCOUNT_DAYS):
        return Check("Bank account settled", passed=True)
    added = {0: "today", 1: "yesterday"}.get(age.days, f"{age.days} days ago")
    sentence = f"The bank account was added {added}."
    return Check("Bank account settled", passed=False, sentence=sentence)


def _shared(payout: Payout) -> Check:
    others = [str(each.customer) for each in same_account(payout.bank_account)[:3]]
    sentence = f"The same account is on file for {', '.join(others)}." if others else ""
    return Check("Account of one person", passed=not others, sentence=sentence)


def _history(payout: Payout, at: datetime) -> list[Check]:
    others = Payout.objects.filter(member=payout.member_id).exclude(pk=payout.pk)
    since = at - timedelta(days=SAME_AMOUNT_DAYS)
    same = others.filter(amount_cents=payout.amount_cents, requested_at__gte=since)
    same = same.exclude(state=PayoutState.REJECTED)
    twin = same.order_by("-pk").first()
    told = f"{twin} was asked for on {tax_day(twin.requested_at):%d %b %Y}." if twin else ""
    first = not others.filter(state=PayoutState.COMPLETED).exists()
    owed = account_balance("1300", payout.member_id)
    owes = f"{show(owed, payout.currency)} is still to be recovered from the member."
    return [
        Check("No duplicate", passed=twin is None, sentence=told),
        Check("Paid before", passed=not first, sentence="Nothing was paid to this member before."),
        Check("Owes nothing", passed=owed <= 0, sentence=owes),
    ]
