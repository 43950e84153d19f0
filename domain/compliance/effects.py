"""What the steps of compliance cause, and what whoever decides should know first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from domain.common.actors import System
from domain.common.effects import Change, Effect, Note, Preview
from domain.common.workflow import Ask, effects_of, transit
from domain.compliance.models import AccountState, BankAccount, KycCase, TaxIdentity
from domain.compliance.queries import same_account, same_pan
from domain.compliance.rules import SURNAME_DIFFERS

REPLACER = System("account_replaced")


@dataclass(frozen=True, slots=True)
class CloseFormer(Effect):
    """Close the account that was verified before."""

    account: BankAccount

    def preview(self) -> Preview:
        return Preview(f"{self.account} is closed: payouts go to the new account.")

    def apply(self, change: Change) -> None:
        why = "Another account was verified."
        transit(BankAccount, self.account.pk, "replace", actor=REPLACER, at=change.at, reason=why)


@effects_of(BankAccount, "verify")
def verifying_account(account: BankAccount, ask: Ask) -> Sequence[Effect]:
    twins = [
        Note(f"The same number is on file for {twin.customer} ({twin.state_label().lower()}).")
        for twin in same_account(account)[:5]
    ]
    former = BankAccount.objects.filter(customer=account.customer_id, state=AccountState.VERIFIED)
    return [*twins, *(CloseFormer(each) for each in former.exclude(pk=account.pk))]


@effects_of(TaxIdentity, "verify")
def verifying_pan(identity: TaxIdentity, ask: Ask) -> Sequence[Effect]:
    notes = [Note(f"It counts from {identity.valid_from:%d %b %Y}: tax follows it from that day.")]
    if SURNAME_DIFFERS in identity.warnings:
        notes.append(Note("Its fifth letter is not the first of the surname; compare the card."))
    notes += [Note(f"The same PAN is on file for {twin.customer}.") for twin in same_pan(identity)]
    return notes


@effects_of(KycCase, "verify")
def verifying_kyc(case: KycCase, ask: Ask) -> Sequence[Effect]:
    expires = ask.params.get("expires_on")
    if not expires:
        return []
    return [Note(f"{case.whose()} is verified up to {date.fromisoformat(expires):%d %b %Y}.")]
