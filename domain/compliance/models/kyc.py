from __future__ import annotations

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models

from domain.common.actors import staff_id
from domain.common.workflow import Ask, StateField, Stateful, condition, stateful, step
from domain.compliance.days import day_of
from domain.compliance.models.files import DocumentKind

# What has to be shown before anybody can be asked to verify a person.
NEEDED = (DocumentKind.IDENTITY, DocumentKind.ADDRESS)


class KycState(models.TextChoices):
    DRAFT = "draft", "Being collected"
    SUBMITTED = "submitted", "Waiting for a decision"
    VERIFIED = "verified", "Verified"
    REJECTED = "rejected", "Rejected"
    EXPIRED = "expired", "Expired"


class NomineeState(models.TextChoices):
    NAMED = "named", "Named"
    REPLACED = "replaced", "Replaced"


@stateful
class Nominee(Stateful):
    """Who is paid what a member leaves: NAMED ─replace→ REPLACED. One at a time."""

    customer = models.ForeignKey("Customer", models.PROTECT, related_name="nominees")
    full_name = models.CharField(max_length=120)
    relationship = models.CharField(max_length=40)
    born_on = models.DateField("date of birth", null=True, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    state = StateField(choices=NomineeState.choices, default=NomineeState.NAMED)

    class Meta:
        default_permissions = ()
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["customer"],
                name="nominee_one_at_a_time",
                condition=models.Q(state="named"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.full_name} ({self.relationship})"

    @step(
        state,
        source=[NomineeState.NAMED],
        target=NomineeState.REPLACED,
        label="Replace",
        permission="domain.upload_kyc",
        needs_reason=True,
    )
    def replace(self, ask: Ask) -> None:
        """Somebody else is named."""


@condition("Documents complete")
def papers_complete(case: KycCase, ask: Ask) -> str:
    today = day_of(ask.at)
    valid = {
        document.kind
        for document in case.documents.filter(erased_at=None)
        if document.valid_until is None or document.valid_until >= today
    }
    missing = [kind.label.lower() for kind in NEEDED if kind not in valid]
    return f"Missing or out of date: {' and '.join(missing)}." if missing else ""


@condition("Another person")
def another_person(case: KycCase, ask: Ask) -> str:
    decider = staff_id(ask.actor)
    if decider == case.submitted_by_id:
        return "You submitted this; somebody else has to decide it."
    if case.documents.filter(uploaded_by=decider).exists():
        return "You uploaded one of the documents; somebody else has to decide."
    return ""


@condition("Still named")
def still_named(case: KycCase, ask: Ask) -> str:
    if case.nominee is not None and case.nominee.state != NomineeState.NAMED:
        return f"{case.nominee} is no longer the nominee."
    return ""


@condition("End of validity")
def end_is_ahead(_case: KycCase, ask: Ask) -> str:
    expires = ask.params.get("expires_on")
    if expires and date.fromisoformat(expires) <= day_of(ask.at):
        return "The verification has to end on a later day than today."
    return ""


@condition("Ran out")
def ran_out(case: KycCase, ask: Ask) -> str:
    if case.expires_on is None or case.expires_on > day_of(ask.at):
        return f"{case} is valid until {case.expires_on:%d %b %Y}."
    return ""


@stateful
class KycCase(Stateful):
    """Whether we know who a member, or a member's nominee, is.

    DRAFT ─submit→ SUBMITTED ─verify→ VERIFIED ─expire→ EXPIRED; SUBMITTED ─reject→ REJECTED
    ─resubmit→ SUBMITTED. A renewal is a case of its own. Verified from ``decided_at`` up to,
    and not on, ``expires_on``.
    """

    customer = models.ForeignKey("Customer", models.PROTECT, related_name="kyc_cases")
    nominee = models.ForeignKey(
        Nominee, models.PROTECT, null=True, blank=True, related_name="kyc_cases"
    )
    opened_at = models.DateTimeField()
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True)
    decision = models.TextField("why it was rejected", blank=True)
    expires_on = models.DateField("valid until, not including", null=True)
    reminded_on = models.DateField(null=True)
    state = StateField(choices=KycState.choices, default=KycState.DRAFT)

    class Meta:
        default_permissions = ("view",)
        verbose_name = "KYC case"
        constraints: ClassVar = [
            models.CheckConstraint(
                name="kyc_four_eyes",
                condition=models.Q(state__in=["draft", "submitted"])
                | (
                    models.Q(submitted_by__isnull=False)
                    & models.Q(decided_by__isnull=False)
                    & ~models.Q(submitted_by=models.F("decided_by"))
                ),
            ),
            models.CheckConstraint(
                name="kyc_verified_has_an_end",
                condition=~models.Q(state__in=["verified", "expired"])
                | models.Q(decided_at__isnull=False, expires_on__isnull=False),
            ),
            models.UniqueConstraint(
                fields=["customer", "nominee"],
                name="kyc_one_open_case",
                condition=models.Q(state__in=["draft", "submitted", "rejected"]),
                nulls_distinct=False,
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["submitted_at"], name="kyc_waiting", condition=models.Q(state="submitted")
            ),
            models.Index(
                fields=["expires_on"], name="kyc_expiring", condition=models.Q(state="verified")
            ),
        ]

    def __str__(self) -> str:
        return f"KYC {self.pk} of {self.whose()}"

    def whose(self) -> str:
        """Name whom the case is about."""
        return self.nominee.full_name if self.nominee else self.customer.full_name()

    @step(
        state,
        source=[KycState.DRAFT],
        target=KycState.SUBMITTED,
        label="Submit",
        permission="domain.upload_kyc",
        requires=[papers_complete, still_named],
        help="A finance manager decides it.",
    )
    def submit(self, ask: Ask) -> None:
        self._submitted(ask)

    @step(
        state,
        source=[KycState.REJECTED],
        target=KycState.SUBMITTED,
        label="Submit again",
        permission="domain.upload_kyc",
        requires=[papers_complete, still_named],
        help="With the documents that were asked for.",
    )
    def resubmit(self, ask: Ask) -> None:
        self._submitted(ask)

    @step(
        state,
        source=[KycState.SUBMITTED],
        target=KycState.VERIFIED,
        label="Verify",
        permission="domain.decide_kyc",
        requires=[another_person, papers_complete, still_named, end_is_ahead],
    )
    def verify(self, ask: Ask) -> None:
        self.decided_by_id, self.decided_at = staff_id(ask.actor), ask.at
        self.expires_on = date.fromisoformat(ask.params["expires_on"])
        self.decision = ""

    @step(
        state,
        source=[KycState.SUBMITTED],
        target=KycState.REJECTED,
        label="Reject",
        permission="domain.decide_kyc",
        requires=[another_person],
        needs_reason=True,
        danger=True,
    )
    def reject(self, ask: Ask) -> None:
        self.decided_by_id, self.decided_at = staff_id(ask.actor), ask.at
        self.decision = ask.reason

    @step(
        state,
        source=[KycState.VERIFIED],
        target=KycState.EXPIRED,
        label="Expire",
        system=True,
        requires=[ran_out],
    )
    def expire(self, ask: Ask) -> None:
        """Its last day has passed."""

    def _submitted(self, ask: Ask) -> None:
        self.submitted_by_id, self.submitted_at = staff_id(ask.actor), ask.at
        self.decided_by_id, self.decided_at = None, None
