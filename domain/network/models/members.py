from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.compliance.days import day_of


class MemberState(models.TextChoices):
    ACTIVE = "active", "Active"
    TERMINATED = "terminated", "Terminated"
    DECEASED = "deceased", "Deceased"


@condition("Day of death")
def died_in_the_past(_member: Member, ask: Ask) -> str:
    died_on = ask.params.get("died_on")
    if died_on is None or str(died_on) > str(day_of(ask.at)):
        return "Give the day of death as the certificate says it; it cannot lie ahead."
    return ""


@stateful
class Member(Stateful):
    """A customer who refers others. ACTIVE ─terminate→ TERMINATED;
    ACTIVE, TERMINATED ─report_death→ DECEASED.

    A member keeps the place in the tree for good. ``referred_by`` is the sponsor; where the
    member sits is the node's.
    """

    customer = models.OneToOneField(
        "Customer", models.PROTECT, primary_key=True, related_name="member"
    )
    code = models.CharField("referral code", max_length=8)
    referred_by = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="referrals"
    )
    joined_at = models.DateTimeField()
    joined_by_booking = models.ForeignKey(
        "Booking", models.PROTECT, null=True, related_name="+", db_index=False
    )
    agreement_signed_on = models.DateField(null=True, blank=True)
    holding_since = models.DateTimeField("on the holding list since", null=True)
    placed_at = models.DateTimeField(null=True)
    terminated_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField("wallet cleared for payout", null=True)
    cleared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    died_on = models.DateField(null=True)
    state = StateField(choices=MemberState.choices, default=MemberState.ACTIVE)

    class Meta:
        default_permissions = ("view",)
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code"], name="member_code_unique"),
            models.CheckConstraint(
                name="member_sponsors_another",
                condition=models.Q(referred_by=None) | ~models.Q(referred_by=models.F("customer")),
            ),
            models.CheckConstraint(
                name="member_state_known", condition=models.Q(state__in=MemberState.values)
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-joined_at", "-customer"], name="member_newest"),
            models.Index(fields=["state", "-joined_at", "-customer"], name="member_state_newest"),
            models.Index(
                fields=["holding_since", "customer"],
                name="member_holding",
                condition=models.Q(placed_at=None, state="active"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer} ({self.code})"

    @step(
        state,
        source=[MemberState.ACTIVE],
        target=MemberState.TERMINATED,
        label="Terminate",
        permission="domain.terminate_member",
        needs_reason=True,
        danger=True,
        help="Keeps the place in the tree and earns nothing from now on.",
    )
    def terminate(self, ask: Ask) -> None:
        self.terminated_at = ask.at
        self.cleared_at = self.cleared_by_id = None

    @step(
        state,
        source=[MemberState.ACTIVE, MemberState.TERMINATED],
        target=MemberState.DECEASED,
        label="Report death",
        permission="domain.terminate_member",
        requires=[died_in_the_past],
        needs_reason=True,
        danger=True,
        help="Freezes the wallet; it goes to the verified nominee.",
    )
    def report_death(self, ask: Ask) -> None:
        self.died_on = date.fromisoformat(str(ask.params["died_on"]))
        self.terminated_at = self.terminated_at or ask.at

    @step(
        state,
        source=[MemberState.TERMINATED],
        target=MemberState.TERMINATED,
        label="Clear the wallet",
        permission="domain.clear_member",
        needs_reason=True,
        help="Nothing is owed or disputed; what is left may be paid out.",
    )
    def clear_wallet(self, ask: Ask) -> None:
        self.cleared_at = ask.at
        self.cleared_by_id = staff_id(ask.actor)
