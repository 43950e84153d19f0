"""Paying a member's earnings out.

:source: docs/policies/payouts.md
"""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.money import show
from domain.common.workflow import Ask, StateField, Stateful, stateful, step
from domain.payouts.models import conditions


class PayoutState(models.TextChoices):
    REQUESTED = "requested", "Waiting for approval"
    APPROVED = "approved", "Approved"
    PROCESSING = "processing", "At the bank"
    COMPLETED = "completed", "Completed"
    FAILED = "failed", "Failed"
    REJECTED = "rejected", "Rejected"
    UNKNOWN = "unknown", "Unknown"


DECIDED = ["approved", "processing", "completed", "unknown"]


@stateful
class Payout(Stateful):
    """REQUESTED ─approve→ APPROVED ─send→ PROCESSING ─complete→ COMPLETED, or fail;
    REQUESTED, APPROVED ─reject→ REJECTED; PROCESSING ─lose→ UNKNOWN until the bank answers;
    COMPLETED ─bounce→ FAILED; FAILED ─resend→ APPROVED, where only the bank's part came back.

    The gross is held from the request on. Tax, instalments and the bank's part are fixed by
    the approval; they are never worked out again.
    """

    # The member's hold account serializes all decisions on the member's payouts and tax year.
    locks_first = ("hold_account",)

    member = models.ForeignKey("Member", models.PROTECT, related_name="payouts", db_index=False)
    hold_account = models.ForeignKey("Account", models.PROTECT, related_name="+", db_index=False)
    bank_account = models.ForeignKey("BankAccount", models.PROTECT, related_name="payouts")
    amount_cents = models.BigIntegerField("gross")
    currency = models.CharField(max_length=3, default="INR")
    autofill = models.BooleanField("fill due instalments")
    note = models.CharField(max_length=300, blank=True)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    form_key = models.UUIDField("key of the form that asked", null=True, unique=True)
    on_hold = models.BooleanField(default=False)
    hold_reason = models.CharField(max_length=300, blank=True)
    first_approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(null=True)
    # The worksheet as approved.
    deducted_on = models.DateField("day of the deduction", null=True)
    taxable_cents = models.BigIntegerField(null=True)
    tds_cents = models.BigIntegerField(null=True)
    emi_cents = models.BigIntegerField(null=True)
    bank_cents = models.BigIntegerField(null=True)
    shortfall_cents = models.BigIntegerField("tax the credit could not bear", null=True)
    # From the bank.
    sent_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    utr = models.CharField("bank reference", max_length=40, null=True)  # noqa: DJ001
    failure = models.CharField(max_length=300, blank=True)
    bank_part_held = models.BooleanField(default=False)
    taken_back_at = models.DateTimeField("tax and instalments taken back", null=True)
    state = StateField(choices=PayoutState.choices, default=PayoutState.REQUESTED)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["utr"], name="payout_utr_once"),
            models.CheckConstraint(
                name="payout_amount_positive", condition=models.Q(amount_cents__gt=0)
            ),
            models.CheckConstraint(
                name="payout_gross_is_its_parts",
                condition=models.Q(approved_at=None)
                | models.Q(
                    amount_cents=models.F("tds_cents")
                    + models.F("emi_cents")
                    + models.F("bank_cents"),
                    tds_cents__gte=0,
                    emi_cents__gte=0,
                    bank_cents__gte=0,
                    taxable_cents__gte=0,
                    shortfall_cents__gte=0,
                ),
            ),
            models.CheckConstraint(
                name="payout_four_eyes",
                condition=~models.Q(state__in=DECIDED)
                | (
                    models.Q(approved_by__isnull=False, approved_at__isnull=False)
                    & ~models.Q(approved_by=models.F("requested_by"))
                    & (
                        models.Q(first_approved_by=None)
                        | ~models.Q(first_approved_by=models.F("approved_by"))
                        & ~models.Q(first_approved_by=models.F("requested_by"))
                    )
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-requested_at", "-id"], name="payout_newest"),
            models.Index(
                fields=["requested_at"],
                name="payout_live",
                condition=models.Q(state__in=["requested", "approved", "processing", "unknown"]),
            ),
            models.Index(fields=["member", "-requested_at"], name="payout_of_member"),
        ]

    def __str__(self) -> str:
        return f"Payout {self.pk} of {show(self.amount_cents, self.currency)}"

    @property
    def net_cents(self) -> int | None:
        return None if self.tds_cents is None else self.amount_cents - self.tds_cents

    @step(
        state,
        source=[PayoutState.REQUESTED],
        target=PayoutState.REQUESTED,
        label="First approval",
        permission="domain.approve_payout",
        requires=[
            conditions.needs_two,
            conditions.not_the_requester,
            conditions.not_the_editor_of_the_account,
            conditions.not_on_hold,
            conditions.gates_open,
        ],
        help="Above the limit two people approve: this is the first.",
    )
    def endorse(self, ask: Ask) -> None:
        self.first_approved_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[PayoutState.REQUESTED],
        target=PayoutState.APPROVED,
        label="Approve",
        permission="domain.approve_payout",
        requires=[
            conditions.not_the_requester,
            conditions.not_the_editor_of_the_account,
            conditions.second_approver,
            conditions.not_on_hold,
            conditions.gates_open,
        ],
        help="Withholds the tax, fills the instalments and puts the rest up for the bank.",
    )
    def approve(self, ask: Ask) -> None:
        from domain.payouts.queries.worksheets import worksheet_of  # noqa: PLC0415  # rests on this

        sheet = worksheet_of(self, ask.at)
        self.approved_by_id = staff_id(ask.actor)
        self.approved_at = ask.at
        self.deducted_on = sheet.on
        self.taxable_cents = sheet.figures.taxable_cents
        self.tds_cents = sheet.figures.tds_cents
        self.emi_cents = sheet.figures.emi_cents
        self.bank_cents = sheet.figures.bank_cents
        self.shortfall_cents = sheet.figures.tax.shortfall_cents

    @step(
        state,
        source=[PayoutState.REQUESTED, PayoutState.APPROVED],
        target=PayoutState.REJECTED,
        label="Reject",
        permission="domain.approve_payout",
        requires=[
            conditions.not_the_requester,
            conditions.in_no_batch,
            conditions.tax_not_settled,
        ],
        needs_reason=True,
        danger=True,
        help="All of it goes back to the wallet.",
    )
    def reject(self, ask: Ask) -> None:
        if self.approved_at:
            self.taken_back_at = ask.at

    @step(
        state,
        source=[PayoutState.REQUESTED],
        target=PayoutState.REJECTED,
        label="Withdraw",
        permission="domain.request_payout",
        help="The member does not want it any more.",
    )
    def withdraw(self, ask: Ask) -> None:
        """The flow gives the hold back."""

    @step(
        state,
        source=[PayoutState.APPROVED],
        target=PayoutState.PROCESSING,
        label="Send",
        requires=[conditions.not_on_hold, conditions.in_released_batch, conditions.may_leave],
        system=True,
    )
    def send(self, ask: Ask) -> None:
        self.sent_at = ask.at

    @step(
        state,
        source=[PayoutState.APPROVED, PayoutState.PROCESSING, PayoutState.UNKNOWN],
        target=PayoutState.COMPLETED,
        label="Complete",
        requires=[conditions.nothing_for_the_bank, conditions.reference_is_new],
        system=True,
        help="The bank says the money has arrived.",
    )
    def complete(self, ask: Ask) -> None:
        self.completed_at = ask.at
        self.utr = ask.params.get("utr") or None
        self.failure = ""

    @step(
        state,
        source=[PayoutState.PROCESSING],
        target=PayoutState.UNKNOWN,
        label="Lose the answer",
        system=True,
        help="The bank does not know yet what became of it.",
    )
    def lose(self, ask: Ask) -> None:
        self.failure = ask.params["failure"][:300]

    @step(
        state,
        source=[PayoutState.PROCESSING, PayoutState.UNKNOWN],
        target=PayoutState.FAILED,
        label="Fail",
        system=True,
        help="The bank did not pay it, or sent it back.",
    )
    def fail(self, ask: Ask) -> None:
        self._came_back(ask)

    @step(
        state,
        source=[PayoutState.COMPLETED],
        target=PayoutState.FAILED,
        label="Bounce",
        system=True,
        help="The bank returned money that had arrived.",
    )
    def bounce(self, ask: Ask) -> None:
        self._came_back(ask)

    @step(
        state,
        source=[PayoutState.FAILED],
        target=PayoutState.APPROVED,
        label="Send again",
        permission="domain.resend_payout",
        requires=[
            conditions.bank_part_waits,
            conditions.not_on_hold,
            conditions.gates_open,
            conditions.not_the_editor_of_the_new_account,
        ],
        help="The bank's part goes into the next batch, without new tax, "
        "to the account that is verified now.",
    )
    def resend(self, ask: Ask) -> None:
        from domain.payouts.queries.gates import pays_to  # noqa: PLC0415  # queries rest on models

        account = pays_to(self.member)
        assert account is not None  # one of the gates
        self.bank_account = account
        self.bank_part_held = False
        self.failure = ""
        self.utr = None
        self.sent_at = self.completed_at = None

    def _came_back(self, ask: Ask) -> None:
        from domain.payouts.queries.returning import why_tax_stands  # noqa: PLC0415  # rests on this

        self.failure = ask.params["failure"][:300]
        if why_tax_stands(self, ask.at):
            self.bank_part_held = True
        else:
            self.taken_back_at = ask.at
