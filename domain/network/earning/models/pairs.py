"""What a run proposes and, once posted, what it made. Written set by set, never by hand."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models

from domain.common.money import show
from domain.network.earning.models.runs import CommissionRun
from domain.network.models.members import Member
from domain.network.models.units import UnitEvent

# Proposals go when their run is computed anew or made void; what was posted stays.
POSTED_STAYS = """
IF EXISTS (SELECT 1 FROM domain_commissionrun WHERE id = OLD.run_id AND state = 'posted') THEN
    RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;
END IF;
RETURN OLD;
"""

# What a pair's number, and that of a run, stays below.
NUMBERS = 2**24


def key_of(member_id: int, number: int) -> int:
    """The key of a member's row: the primary key makes it once, and no other index has to."""
    return member_id * NUMBERS + number


def keyed(name: str, number: str) -> models.CheckConstraint:
    """The key is made of the member and of that number."""
    made = models.F("member") * NUMBERS + models.F(number)
    return models.CheckConstraint(
        name=name,
        condition=models.Q((f"{number}__lt", NUMBERS))
        & models.Q(id=models.ExpressionWrapper(made, models.BigIntegerField())),
    )


def made_once() -> list[pgtrigger.Trigger]:
    return [
        pgtrigger.Protect(name="no_update", operation=pgtrigger.Update),
        pgtrigger.Trigger(
            name="posted_stays",
            when=pgtrigger.Before,
            operation=pgtrigger.Delete,
            func=POSTED_STAYS,
        ),
    ]


class RunMember(models.Model):
    """One member in one run: units before and added, pairs, what waits, what they are paid."""

    id = models.BigIntegerField(primary_key=True)
    # Neither runs nor members nor units are ever deleted; a check each row would cost more than it.
    run = models.ForeignKey(
        CommissionRun, models.PROTECT, related_name="rows", db_constraint=False, db_index=False
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="run_rows", db_constraint=False, db_index=False
    )
    left_before = models.PositiveIntegerField()
    right_before = models.PositiveIntegerField()
    left_added = models.IntegerField()
    right_added = models.IntegerField()
    matched_before = models.PositiveIntegerField()
    flushed_left_before = models.PositiveIntegerField()
    flushed_right_before = models.PositiveIntegerField()
    used_before = models.PositiveIntegerField("pairs of the month before this run")
    new_pairs = models.PositiveIntegerField()
    flushed = models.PositiveIntegerField("burned pairs")
    carry_left = models.IntegerField("left units that wait")
    carry_right = models.IntegerField("right units that wait")
    may_earn = models.BooleanField()
    active_buyer = models.BooleanField()
    owed_cents = models.BigIntegerField("recoverable before this run")
    gross_cents = models.BigIntegerField()
    to_reserve_cents = models.BigIntegerField()
    held_cents = models.BigIntegerField()
    recovered_cents = models.BigIntegerField()
    to_wallet_cents = models.BigIntegerField()

    class Meta:
        default_permissions = ()
        verbose_name = "member in a run"
        triggers: ClassVar = made_once()
        constraints: ClassVar = [
            keyed("run_member_once", "run"),
            models.CheckConstraint(
                name="run_member_sums_up",
                condition=models.Q(
                    gross_cents=models.F("to_reserve_cents")
                    + models.F("held_cents")
                    + models.F("recovered_cents")
                    + models.F("to_wallet_cents")
                ),
            ),
        ]
        # A run's rows are written at once and lie together: the stretch is enough to find them.
        indexes: ClassVar = [
            BrinIndex(fields=["run"], name="run_member_of_run", autosummarize=True)
        ]

    def __str__(self) -> str:
        return f"{self.member} in {self.run}"

    @property
    def entry_key(self) -> str:
        """The key of its entry in the books, named after the first of its pairs."""
        return f"pair:{self.member_id}:{self.matched_before + 1}"

    @property
    def numbers(self) -> str:
        """Which pairs of a life the run made: ``Pair 6``, ``Pairs 1 to 5``."""
        first, last = self.matched_before + 1, self.matched_before + self.new_pairs
        return f"Pair {first}" if first == last else f"Pairs {first} to {last}"

    @property
    def carried_left(self) -> int:
        """What waited on the left before this run; a debt of units is below zero."""
        return self.left_before - self.matched_before - self.flushed_left_before

    @property
    def carried_right(self) -> int:
        return self.right_before - self.matched_before - self.flushed_right_before

    @property
    def free_left(self) -> int:
        """What this run could pair on the left."""
        return self.carried_left + self.left_added

    @property
    def free_right(self) -> int:
        return self.carried_right + self.right_added

    @property
    def left_units(self) -> int:
        return self.left_before + self.left_added

    @property
    def right_units(self) -> int:
        return self.right_before + self.right_added


class Pair(models.Model):
    """Pair ``number`` of a member's life: which two units, and what it is worth."""

    id = models.BigIntegerField(primary_key=True)
    run = models.ForeignKey(
        CommissionRun,
        models.PROTECT,
        related_name="pair_rows",
        db_constraint=False,
        db_index=False,
    )
    member = models.ForeignKey(
        Member, models.PROTECT, related_name="pairs", db_constraint=False, db_index=False
    )
    number = models.PositiveIntegerField()
    left_unit = models.ForeignKey(
        UnitEvent, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    right_unit = models.ForeignKey(
        UnitEvent, models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    amount_cents = models.BigIntegerField()
    to_reserve_cents = models.BigIntegerField()
    held_cents = models.BigIntegerField()
    recovered_cents = models.BigIntegerField()
    to_wallet_cents = models.BigIntegerField()
    active_buyer = models.BooleanField()

    class Meta:
        default_permissions = ("view",)
        triggers: ClassVar = made_once()
        constraints: ClassVar = [
            keyed("pair_number_once", "number"),
            models.UniqueConstraint(fields=["member", "left_unit"], name="pair_left_unit_once"),
            models.UniqueConstraint(fields=["member", "right_unit"], name="pair_right_unit_once"),
            models.CheckConstraint(
                name="pair_sums_up",
                condition=models.Q(
                    amount_cents=models.F("to_reserve_cents")
                    + models.F("held_cents")
                    + models.F("recovered_cents")
                    + models.F("to_wallet_cents")
                ),
            ),
            models.CheckConstraint(
                name="pair_of_two_units",
                condition=~models.Q(left_unit=models.F("right_unit")),
            ),
        ]
        # Found by the stretch they lie in, as the rows of members above.
        indexes: ClassVar = [BrinIndex(fields=["run"], name="pair_of_run", autosummarize=True)]

    def __str__(self) -> str:
        return f"Pair {self.number} of {self.member} ({show(self.amount_cents, 'INR')})"
