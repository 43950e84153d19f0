"""Sums that are kept so that a balance costs the same after a thousand transfers and after a
million. ``rollup`` brings them up to date.
"""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class LedgerDay(models.Model):
    """What moved on an account code on a day, up to the horizon: kept so that a balance
    costs the same at a thousand transfers and at a million.
    """

    code = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    day = models.DateField()
    debit_cents = models.BigIntegerField(default=0)
    credit_cents = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["code", "currency", "day"],
                name="ledger_day_once",
                include=["debit_cents", "credit_cents"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.day}"


class LedgerMonth(models.Model):
    """The days of a month in one row, so that a balance reads as many rows after a thousand
    days as after ten.
    """

    code = models.CharField(max_length=4)
    currency = models.CharField(max_length=3)
    month = models.DateField("first day of the month")
    debit_cents = models.BigIntegerField(default=0)
    credit_cents = models.BigIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["code", "currency", "month"],
                name="ledger_month_once",
                include=["debit_cents", "credit_cents"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.month:%Y-%m}"


class LedgerHorizon(models.Model):
    """The transfer up to which ``LedgerDay`` is complete, and whether ``LedgerMonth`` is too:
    until a roll-up has filled it, balances are read from the days. One row.
    """

    transfer_id = models.BigIntegerField(default=0)
    has_months = models.BooleanField("the months are complete too", default=False)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.transfer_id)
