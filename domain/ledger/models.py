"""Double entry: entries made of transfers, append-only in the database itself.

:source: docs/policies/ledger.md
"""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.money import show
from domain.common.protect import append_only
from domain.common.storage import RoomToChange
from domain.common.workflow import Ask, StateField, Stateful, stateful, step
from domain.common.workflow.four_eyes import another_person, four_eyes
from domain.ledger.chart import CHART
from domain.ledger.guards import MONTH_OPEN_ACTOR_KNOWN, ONE_CURRENCY, OWNER_KNOWN

OF_A_BOOKING = models.Q(booking__isnull=False)
OF_A_MEMBER = models.Q(customer__isnull=False)
# Keys and codes are nobody's language; in the order of their bytes they are compared at once.
BYTES = "C"
KINDS = [("AS", "Asset"), ("LI", "Liability"), ("IN", "Income"), ("EX", "Expense")]


class Account(models.Model):
    """An account in one currency. Only guarded ones (wallets, reserve, hold) store a balance."""

    code = models.CharField(max_length=4, db_collation=BYTES)
    currency = models.CharField(max_length=3, db_collation=BYTES)
    kind = models.CharField(max_length=2, choices=KINDS)
    booking = models.ForeignKey(
        "Booking", models.PROTECT, null=True, related_name="accounts", db_index=False
    )
    # A trigger looks for the customers of a statement at once; they are erased, never deleted.
    customer = models.ForeignKey(
        "Customer",
        models.PROTECT,
        null=True,
        related_name="accounts",
        db_constraint=False,
        db_index=False,
    )
    guarded = models.BooleanField(default=False)
    balance_cents = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        triggers: ClassVar = [
            pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="same_account",
                operation=pgtrigger.Update,
                when=pgtrigger.After,
                condition=pgtrigger.AnyChange("id", "code", "currency", "customer"),
            ),
            OWNER_KNOWN,
        ]
        constraints: ClassVar = [
            RoomToChange(name="account_room", fill=60),
            # An index for each kind of owner: one of all four columns, which has to take two
            # nothings for the same, costs twice as much to write.
            models.CheckConstraint(
                name="account_of_one_owner", condition=~(OF_A_BOOKING & OF_A_MEMBER)
            ),
            models.UniqueConstraint(
                fields=["code", "currency"],
                name="account_of_house_once",
                condition=~(OF_A_BOOKING | OF_A_MEMBER),
            ),
            models.UniqueConstraint(
                fields=["booking", "code", "currency"],
                name="account_of_booking_once",
                condition=OF_A_BOOKING,
            ),
            models.UniqueConstraint(
                fields=["customer", "code", "currency"],
                name="account_of_member_once",
                condition=OF_A_MEMBER,
            ),
            models.CheckConstraint(
                name="account_never_overdrawn", condition=models.Q(balance_cents__gte=0)
            ),
            models.CheckConstraint(
                name="account_balance_only_when_guarded",
                condition=models.Q(guarded=True) | models.Q(balance_cents=0),
            ),
        ]
        # What members owe is asked for as a whole.
        indexes: ClassVar = [
            models.Index(
                fields=["customer"], name="account_recoverable", condition=models.Q(code="1300")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {CHART[self.code].name} ({self.currency})"


class Entry(models.Model):
    """One business event in the books. ``key`` makes it once, however often it is posted."""

    key = models.CharField(max_length=100, db_collation=BYTES)
    event = models.CharField(max_length=40)
    effective_on = models.DateField()
    at = models.DateTimeField()
    # A trigger looks for the actors of a statement at once; the rows of staff stay for good.
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    actor_label = models.CharField(max_length=120)
    booking = models.ForeignKey(
        "Booking", models.PROTECT, null=True, related_name="entries", db_index=False
    )
    source_type = models.CharField(max_length=30, blank=True)
    source_id = models.BigIntegerField(null=True)
    reverses = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )
    memo = models.CharField(max_length=300, blank=True)

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "entries"
        triggers: ClassVar = [
            *append_only(),
            MONTH_OPEN_ACTOR_KNOWN,
        ]
        # A constraint, since a column that is unique by itself has an index for patterns as well.
        # One that holds no entry without another's is a sixth less to write for each.
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="entry_key_once"),
            models.UniqueConstraint(
                fields=["reverses"],
                name="entry_reversed_once",
                condition=models.Q(reverses__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["booking", "event"], name="entry_booking_event", condition=OF_A_BOOKING
            ),
            models.Index(fields=["source_type", "source_id"], name="entry_source"),
            models.Index(fields=["effective_on", "id"], name="entry_day"),
        ]

    def __str__(self) -> str:
        return self.key


class Transfer(models.Model):
    """One debit, one credit, one amount above zero in one currency.

    Codes and day repeat what accounts and entry say, so that a page of an account is read
    from one index; a trigger holds them equal.
    """

    # Neither entries nor accounts are ever deleted, and a trigger looks for them at once: a foreign
    # key would lock the rows of the house accounts, which all postings share.
    entry = models.ForeignKey(Entry, models.PROTECT, related_name="transfers", db_constraint=False)
    debit = models.ForeignKey(Account, models.PROTECT, related_name="debits", db_constraint=False)
    credit = models.ForeignKey(Account, models.PROTECT, related_name="credits", db_constraint=False)
    amount_cents = models.BigIntegerField()
    currency = models.CharField(max_length=3, db_collation=BYTES)
    debit_code = models.CharField(max_length=4, db_collation=BYTES)
    credit_code = models.CharField(max_length=4, db_collation=BYTES)
    effective_on = models.DateField()

    class Meta:
        default_permissions = ()
        indexes: ClassVar = [
            models.Index(
                fields=["debit_code", "currency", "effective_on", "id"],
                name="transfer_debit_page",
            ),
            models.Index(
                fields=["credit_code", "currency", "effective_on", "id"],
                name="transfer_credit_page",
            ),
        ]
        triggers: ClassVar = [
            *append_only(),
            ONE_CURRENCY,
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="transfer_amount_positive", condition=models.Q(amount_cents__gt=0)
            ),
            models.CheckConstraint(
                name="transfer_two_accounts", condition=~models.Q(debit=models.F("credit"))
            ),
        ]

    def __str__(self) -> str:
        return show(self.amount_cents, self.currency)


class LedgerPeriod(models.Model):
    """A locked month: nothing is dated into it any more."""

    month = models.DateField("first day of the month", unique=True)
    locked_at = models.DateTimeField()
    locked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        default_permissions = ()
        triggers = append_only()
        constraints: ClassVar = [
            models.CheckConstraint(name="period_is_a_month", condition=models.Q(month__day=1))
        ]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"


class ManualState(models.TextChoices):
    REQUESTED = "requested", "Waiting for approval"
    POSTED = "posted", "Posted"
    DENIED = "denied", "Denied"


not_the_requester = another_person("You drafted this entry; somebody else has to approve it.")


@stateful
class ManualEntry(Stateful):
    """An entry by hand: drafted with a reason, posted by a second person."""

    debit_code = models.CharField(max_length=4)
    credit_code = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    amount_cents = models.BigIntegerField()
    effective_on = models.DateField()
    booking = models.ForeignKey("Booking", models.PROTECT, null=True, related_name="+")
    reason = models.TextField()
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    state = StateField(choices=ManualState.choices, default=ManualState.REQUESTED)

    class Meta:
        default_permissions = ()
        verbose_name = "manual entry"
        verbose_name_plural = "manual entries"
        constraints: ClassVar = [
            four_eyes("manual_entry", unless=models.Q(state="requested")),
            models.CheckConstraint(
                name="manual_entry_amount_positive", condition=models.Q(amount_cents__gt=0)
            ),
        ]

    def __str__(self) -> str:
        return f"Manual entry {self.pk} of {show(self.amount_cents, self.currency)}"

    @step(
        state,
        source=[ManualState.REQUESTED],
        target=ManualState.POSTED,
        label="Approve and post",
        permission="domain.approve_manual_entry",
        requires=[not_the_requester],
        instead="The books only grow: draft the opposite entry, its accounts changed over.",
    )
    def approve(self, ask: Ask) -> None:
        self.decided_by_id = staff_id(ask.actor)

    @step(
        state,
        source=[ManualState.REQUESTED],
        target=ManualState.DENIED,
        label="Deny",
        permission="domain.approve_manual_entry",
        requires=[not_the_requester],
        needs_reason=True,
        danger=True,
        instead="Nothing was posted; draft the entry again.",
    )
    def deny(self, ask: Ask) -> None:
        self.decided_by_id = staff_id(ask.actor)
