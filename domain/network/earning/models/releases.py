from __future__ import annotations

from typing import ClassVar

from django.db import models

from domain.common.money import show
from domain.common.workflow import Ask, StateField, condition, stateful, step
from domain.common.workflow.four_eyes import Request, another_person, four_eyes
from domain.ledger.models import Account
from domain.network.models.members import Member


class ReleaseState(models.TextChoices):
    REQUESTED = "requested", "Waiting for approval"
    RELEASED = "released", "Released"
    DENIED = "denied", "Denied"


not_the_requester = another_person("You asked for this release; somebody else has to approve it.")


@condition("Enough on the reserve")
def enough_there(release: ReserveRelease, ask: Ask) -> str:
    """Each day the reserve pays dues, so that less may be there than when it was asked for."""
    del ask
    account = Account.objects.filter(code="2010", currency="INR", customer=release.member_id)
    there = account.values_list("balance_cents", flat=True).first() or 0
    if there >= release.amount_cents:
        return ""
    return f"Only {show(there, 'INR')} is left on the reserve; deny this, and ask for less."


@stateful
class ReserveRelease(Request):
    """Money of a member's EMI reserve that goes to the wallet: asked for, approved by another."""

    locks_first = ("member",)

    member = models.ForeignKey(Member, models.PROTECT, related_name="reserve_releases")
    amount_cents = models.BigIntegerField()
    reason = models.TextField()
    state = StateField(choices=ReleaseState.choices, default=ReleaseState.REQUESTED)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "release of a reserve"
        verbose_name_plural = "releases of reserves"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="release_amount_positive", condition=models.Q(amount_cents__gt=0)
            ),
            four_eyes("release", unless=~models.Q(state="released")),
            models.UniqueConstraint(
                fields=["member"], name="release_one_open", condition=models.Q(state="requested")
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-requested_at", "-id"], name="release_newest")]

    def __str__(self) -> str:
        return f"Release of {show(self.amount_cents, 'INR')} to {self.member}"

    @step(
        state,
        source=[ReleaseState.REQUESTED],
        target=ReleaseState.RELEASED,
        label="Approve and release",
        permission="domain.approve_reserve_release",
        requires=[not_the_requester, enough_there],
        help="The money moves from the EMI reserve to the wallet.",
    )
    def release(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[ReleaseState.REQUESTED],
        target=ReleaseState.DENIED,
        label="Deny",
        permission="domain.approve_reserve_release",
        requires=[not_the_requester],
        needs_reason=True,
        danger=True,
    )
    def deny(self, ask: Ask) -> None:
        self.decided(ask)
