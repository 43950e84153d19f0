from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.compliance.rules import mask_number


class AccountState(models.TextChoices):
    ADDED = "added", "To be verified"
    VERIFIED = "verified", "Verified"
    REJECTED = "rejected", "Rejected"
    CLOSED = "closed", "Closed"


@condition("Another person")
def not_the_adder(account: BankAccount, ask: Ask) -> str:
    if staff_id(ask.actor) == account.added_by_id:
        return "You added this account; somebody else has to verify it."
    if account.documents.filter(uploaded_by=staff_id(ask.actor)).exists():
        return "You uploaded its proof; somebody else has to verify it."
    return ""


@stateful
class BankAccount(Stateful):
    """Where a member is paid: ADDED ─verify→ VERIFIED ─close→ CLOSED; ADDED ─reject→ REJECTED.

    A member has one verified account; verifying another replaces it, in one transaction under
    the customer's lock. Holder and number never change: another number is another account.
    """

    locks_first = ("customer",)

    customer = models.ForeignKey("Customer", models.PROTECT, related_name="bank_accounts")
    holder = models.CharField("holder, as the bank has it", max_length=120)
    ifsc = models.CharField("IFSC", max_length=11)
    number = models.CharField("account number", max_length=18, blank=True)
    last4 = models.CharField("last four digits", max_length=4)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    added_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    decision = models.TextField(blank=True)
    state = StateField(choices=AccountState.choices, default=AccountState.ADDED)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "bank account"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="bank_account_four_eyes",
                condition=~models.Q(state__in=["verified", "rejected"])
                | (
                    models.Q(decided_by__isnull=False)
                    & models.Q(decided_at__isnull=False)
                    & ~models.Q(added_by=models.F("decided_by"))
                ),
            ),
            models.UniqueConstraint(
                fields=["customer", "ifsc", "number"],
                name="bank_account_once",
                condition=models.Q(state__in=["added", "verified"]),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["number"], name="bank_account_number"),
            models.Index(
                fields=["added_at"], name="bank_account_waiting", condition=models.Q(state="added")
            ),
        ]
        triggers: ClassVar = [
            # An erasure empties them; nothing else touches them.
            pgtrigger.Protect(
                name="final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ifsc__df=pgtrigger.F("new__ifsc"))
                | pgtrigger.Q(old__customer_id__df=pgtrigger.F("new__customer_id"))
                | (
                    ~pgtrigger.Q(new__number="")
                    & (
                        pgtrigger.Q(old__number__df=pgtrigger.F("new__number"))
                        | pgtrigger.Q(old__holder__df=pgtrigger.F("new__holder"))
                    )
                ),
            ),
            pgtrigger.Protect(name="kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.ifsc[:4]} {mask_number(self.last4)}"

    @step(
        state,
        source=[AccountState.ADDED],
        target=AccountState.VERIFIED,
        label="Verify",
        permission="domain.verify_bank_account",
        requires=[not_the_adder],
        help="Payouts go here from now on.",
    )
    def verify(self, ask: Ask) -> None:
        self._decided(ask)

    @step(
        state,
        source=[AccountState.ADDED],
        target=AccountState.REJECTED,
        label="Reject",
        permission="domain.verify_bank_account",
        requires=[not_the_adder],
        needs_reason=True,
        danger=True,
    )
    def reject(self, ask: Ask) -> None:
        self._decided(ask)

    @step(
        state,
        source=[AccountState.ADDED, AccountState.VERIFIED],
        target=AccountState.CLOSED,
        label="Close",
        permission="domain.add_bank_account",
        needs_reason=True,
        danger=True,
        help="Nothing is paid there any more.",
    )
    def close(self, ask: Ask) -> None:
        self.closed_at = ask.at
        self.decision = ask.reason

    @step(
        state,
        source=[AccountState.VERIFIED],
        target=AccountState.CLOSED,
        label="Replace",
        system=True,
        help="Another account of the member was verified.",
    )
    def replace(self, ask: Ask) -> None:
        self.closed_at = ask.at
        self.decision = ask.reason

    def _decided(self, ask: Ask) -> None:
        self.decided_by_id, self.decided_at = staff_id(ask.actor), ask.at
        self.decision = ask.reason
