from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.db import models

from domain.common.money import show
from domain.common.protect import append_only
from domain.network.models.members import Member

SUMS_UP = models.Q(
    amount_cents=models.F("held_cents") + models.F("recovered_cents") + models.F("to_wallet_cents")
)


def one_of(*names: str) -> models.Q:
    """Exactly one of these columns says what a row rests on."""
    found = models.Q()
    for name in names:
        found |= models.Q(**{f"{other}__isnull": other != name for other in names})
    return found


class ReferralBonus(models.Model):
    """What a sponsor got for money on a booking that names them, once for each way it came:
    a payment, money moved there by a case, a refund that the bank returned.

    ``to_wallet_cents`` and ``held_cents`` are before the tax at credit, which the register has.
    """

    sponsor = models.ForeignKey(Member, models.PROTECT, related_name="bonuses")
    booking = models.ForeignKey("Booking", models.PROTECT, related_name="bonuses")
    payment = models.OneToOneField("Payment", models.PROTECT, null=True, related_name="bonus")
    case = models.OneToOneField("MoneyCase", models.PROTECT, null=True, related_name="bonus")
    refund = models.OneToOneField("Refund", models.PROTECT, null=True, related_name="bonus")
    base_cents = models.BigIntegerField("eligible money it rests on")
    rate_bps = models.PositiveIntegerField()
    amount_cents = models.BigIntegerField()
    held_cents = models.BigIntegerField(default=0)
    recovered_cents = models.BigIntegerField(default=0)
    to_wallet_cents = models.BigIntegerField()
    rules = models.JSONField("settings in force", default=dict)
    earned_on = models.DateField()
    at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        verbose_name_plural = "referral bonuses"
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            models.CheckConstraint(
                name="bonus_positive",
                condition=models.Q(amount_cents__gt=0, base_cents__gt=0),
            ),
            models.CheckConstraint(name="bonus_sums_up", condition=SUMS_UP),
            models.CheckConstraint(
                name="bonus_of_one_thing", condition=one_of("payment", "case", "refund")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["earned_on", "id"], name="bonus_day")]

    def __str__(self) -> str:
        return f"Referral bonus of {show(self.amount_cents, 'INR')}"

    @property
    def entry_key(self) -> str:
        """The key of its entry in the books, and of its tax in the register."""
        if self.case_id is not None:
            return f"referral:case:{self.case_id}"
        if self.refund_id is not None:
            return f"referral:refund:{self.refund_id}"
        return f"referral:{self.payment_id}"


class ReferralClawback(models.Model):
    """What a refund, a lost dispute or a case that took money off the booking took back of its
    bonuses. At most one each."""

    sponsor = models.ForeignKey(Member, models.PROTECT, related_name="clawbacks")
    booking = models.ForeignKey("Booking", models.PROTECT, related_name="clawbacks")
    refund = models.OneToOneField("Refund", models.PROTECT, null=True, related_name="clawback")
    dispute = models.OneToOneField("Dispute", models.PROTECT, null=True, related_name="clawback")
    case = models.OneToOneField("MoneyCase", models.PROTECT, null=True, related_name="clawback")
    base_cents = models.BigIntegerField("eligible money that went back")
    rate_bps = models.PositiveIntegerField()
    amount_cents = models.BigIntegerField()
    from_held_cents = models.BigIntegerField(default=0)
    from_wallet_cents = models.BigIntegerField(default=0)
    to_recoverable_cents = models.BigIntegerField(default=0)
    at = models.DateTimeField()

    class Meta:
        default_permissions = ("view",)
        triggers: ClassVar = append_only()
        constraints: ClassVar = [
            models.CheckConstraint(
                name="clawback_sums_up",
                condition=models.Q(
                    amount_cents__gt=0,
                    amount_cents=models.F("from_held_cents")
                    + models.F("from_wallet_cents")
                    + models.F("to_recoverable_cents"),
                ),
            ),
            models.CheckConstraint(
                name="clawback_of_one_thing", condition=one_of("refund", "dispute", "case")
            ),
        ]

    def __str__(self) -> str:
        return f"{show(self.amount_cents, 'INR')} taken back"


class Holdback(models.Model):
    """A part of an earning kept against refunds until a day; what is left then is released."""

    member = models.ForeignKey(Member, models.PROTECT, related_name="holdbacks")
    key = models.CharField("earning it is held from", max_length=100)
    amount_cents = models.BigIntegerField()
    taken_cents = models.BigIntegerField("taken by clawbacks", default=0)
    held_on = models.DateField()
    release_on = models.DateField()
    released_on = models.DateField(null=True)

    class Meta:
        default_permissions = ()
        triggers: ClassVar = [pgtrigger.Protect(name="no_delete", operation=pgtrigger.Delete)]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], name="holdback_once"),
            models.CheckConstraint(
                name="holdback_taken_within",
                condition=models.Q(taken_cents__gte=0)
                & models.Q(taken_cents__lte=models.F("amount_cents")),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["release_on", "id"],
                name="holdback_waiting",
                condition=models.Q(released_on=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{show(self.amount_cents - self.taken_cents, 'INR')} until {self.release_on}"
