from __future__ import annotations

from typing import ClassVar

from django.db import models

from domain.common.workflow import Ask, StateField, condition, stateful, step
from domain.common.workflow.four_eyes import Request, another_person, four_eyes, the_requester
from domain.compliance.days import day_of
from domain.compliance.models import AccountState
from domain.compliance.queries import verified_nominee
from domain.network.models.members import Member, MemberState


class TransmissionState(models.TextChoices):
    REQUESTED = "requested", "Waiting for approval"
    APPROVED = "approved", "Approved"
    DENIED = "denied", "Denied"
    WITHDRAWN = "withdrawn", "Withdrawn"


not_the_requester = another_person("You asked for this; somebody else has to approve it.")


@condition("Nominee verified")
def nominee_verified(transmission: Transmission, ask: Ask) -> str:
    found = verified_nominee(transmission.member_id, day_of(ask.at))
    if found is None or found.pk != transmission.nominee_id:
        return f"{transmission.nominee} is not the verified nominee of {transmission.member}."
    return ""


@condition("Nominee's account")
def account_of_nominee(transmission: Transmission, _ask: Ask) -> str:
    account = transmission.account
    if account.customer_id != transmission.member_id or account.state != AccountState.VERIFIED:
        return f"{account} is not verified; finance verify it first."
    if account.holder.casefold() != transmission.nominee.full_name.casefold():
        return f"{account} is held by {account.holder}, not by {transmission.nominee.full_name}."
    return ""


@condition("Member has died")
def member_died(transmission: Transmission, _ask: Ask) -> str:
    if transmission.member.state != MemberState.DECEASED:
        return f"The death of {transmission.member} was not reported."
    return ""


MAY_GO = [member_died, nominee_verified, account_of_nominee]


@stateful
class Transmission(Request):
    """What a member leaves goes to the nominee: REQUESTED ─approve→ APPROVED by a second person;
    or deny, or withdraw. Once approved, the wallet is paid to the nominee's account.
    """

    locks_first = ("member",)

    member = models.ForeignKey(Member, models.PROTECT, related_name="transmissions")
    nominee = models.ForeignKey("Nominee", models.PROTECT, related_name="+", db_index=False)
    account = models.ForeignKey("BankAccount", models.PROTECT, related_name="+", db_index=False)
    reason = models.TextField("papers seen")
    state = StateField(
        choices=TransmissionState.choices, default=TransmissionState.REQUESTED, protected=True
    )

    class Meta:
        default_permissions = ("view",)
        verbose_name = "transmission to a nominee"
        verbose_name_plural = "transmissions to nominees"
        constraints: ClassVar = [
            four_eyes("transmission", unless=~models.Q(state="approved")),
            models.UniqueConstraint(
                fields=["member"],
                name="transmission_one_alive",
                condition=models.Q(state__in=["requested", "approved"]),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["-requested_at", "-id"], name="transmission_newest"),
        ]

    def __str__(self) -> str:
        return f"Transmission of the wallet of {self.member}"

    @step(
        state,
        source=[TransmissionState.REQUESTED],
        target=TransmissionState.APPROVED,
        label="Approve",
        permission="domain.approve_transmission",
        requires=[not_the_requester, *MAY_GO],
        help="The wallet may be paid out to the nominee's account.",
    )
    def approve(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[TransmissionState.REQUESTED],
        target=TransmissionState.DENIED,
        label="Deny",
        permission="domain.approve_transmission",
        requires=[not_the_requester],
        needs_reason=True,
        danger=True,
    )
    def deny(self, ask: Ask) -> None:
        self.decided(ask)

    @step(
        state,
        source=[TransmissionState.REQUESTED],
        target=TransmissionState.WITHDRAWN,
        label="Withdraw",
        permission="domain.request_transmission",
        requires=[the_requester],
    )
    def withdraw(self, ask: Ask) -> None:
        self.decided(ask)
