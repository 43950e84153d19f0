"""A step's dialog: what it would do to this one record, and the taking of it.

Nothing here knows a rule: what a step needs, causes and costs is asked of the one door.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar, override

from django import forms
from django.db import transaction
from django.utils import timezone
from unfold.widgets import UnfoldBooleanWidget

from backoffice.access import holds, person
from backoffice.admin import columns
from backoffice.admin.dialogs import DialogForm, reason_field
from domain.common import workflow
from domain.common.effects import Preview
from domain.common.errors import Refused, Stale
from domain.common.workflow import DraftRow, StepInfo
from domain.common.workflow.drafts import Totals, add_up
from domain.common.workflow.models import Plan, PlanState
from domain.common.workflow.plans import prepare_plan, request_plan


class StepForm(DialogForm):
    """A step's dialog: the plan for this one record, a reason, and what was seen.

    Subclass it in ``step_forms`` of an admin to ask for more; ``params()`` goes to the step.
    """

    data: Any

    step: ClassVar[str] = ""
    form_before_template = "admin/parts/plan_of_one.html"
    wide = True

    reason = reason_field()
    ask_instead = forms.BooleanField(
        label="Let another person decide", required=False, widget=UnfoldBooleanWidget
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput)
    expected = forms.CharField(widget=forms.HiddenInput, max_length=64)

    @override
    def prepare(self) -> None:
        self.at = timezone.now()
        self.info: StepInfo = workflow.step_info(self.subject, self.step)
        if not (self.info.request_permission and self.row.answer.allowed):
            del self.fields["ask_instead"]
        self.fields["reason"].required = self.info.needs_reason
        if not self.info.needs_reason:
            self.fields["reason"].label = "Note (optional)"
        self.initial |= {"seen_version": self.subject.version, "expected": self.row.digest}
        self.title = self.info.of(self.subject)
        self.lead = self.info.help
        self.submit = "Ask for approval" if self.asking else self.info.label
        self.can_submit = self.row.included
        self.is_danger = self.info.danger and not self.asking

    def params(self) -> dict[str, Any]:
        """What the step is told beyond the reason; plain values."""
        params: dict[str, Any] = self.admin.step_params(self.step, self.subject, self.at)
        return params

    @cached_property
    def row(self) -> DraftRow:
        """What the step would do, or why it cannot, worked out without doing it."""
        shown = workflow.draft(
            [self.subject],
            self.step,
            actor=person(self.request),
            at=self.at,
            params=self.params(),
        )
        return shown.rows[0]

    @cached_property
    def totals(self) -> Totals:
        return add_up([self.row.previews])

    @property
    def sees_money(self) -> bool:
        return holds(self.request, "domain.view_prices")

    @property
    def shown_previews(self) -> list[Preview]:
        """What the step causes: of money nothing for those who may not see prices."""
        return [each for each in self.row.previews if self.sees_money or each.message_to]

    @property
    def to_label(self) -> str:
        labels = dict(type(self.subject)._meta.get_field("state").flatchoices)
        return str(labels.get(self.row.to_state, self.row.to_state))

    @property
    def to_tone(self) -> str:
        return columns.tone_of(self.subject, self.row.to_state)

    @property
    def asking(self) -> bool:
        """The actor lacks the right, and may ask somebody who has it."""
        return self.row.included and not self.row.answer.permitted

    @override
    def shown_fields(self) -> list[forms.BoundField]:
        return [field for field in self if field.name != "reason" or self.can_submit]

    def look_again(self, why: str) -> None:
        """Show the plan as it is now, keep what was typed, and say what changed."""
        self.subject = self.admin.subject(self.request, self.object_id)
        for name in ("row", "totals"):
            self.__dict__.pop(name, None)
        data: Any = self.request.POST.copy()
        data["seen_version"], data["expected"] = self.subject.version, self.row.digest
        self.data = data
        self.can_submit = self.row.included
        self.add_error(None, why)


def ask_for_approval(form: StepForm) -> str:
    """Store the plan that was shown and ask for it; returns the sentence to say."""
    now, actor = timezone.now(), person(form.request)
    refuse_second_request(form)
    with transaction.atomic():
        plan = prepare_plan(
            model=type(form.subject),
            subject_ids=[form.subject.pk],
            step=form.step,
            actor=actor,
            at=now,
            params=form.params(),
            reason=form.cleaned_data["reason"],
        )
        row = plan.rows.get()
        if row.digest != form.cleaned_data["expected"]:
            raise Stale(f"What this would do to {form.subject} has changed. Look again.")
        request_plan(plan_id=plan.pk, actor=actor, at=now)
    who = form.row.answer.checks[0].who
    return f"Asked for “{form.info.of(form.subject)}”. {who.capitalize()} can approve it."


def refuse_second_request(form: StepForm) -> None:
    """:raises Refused: the same was asked for before and waits for a decision"""
    waiting = Plan.objects.filter(
        state=PlanState.REQUESTED,
        step_name=form.step,
        subject_type_name=form.subject.subject_type,
        rows__subject_id=form.subject.pk,
    ).select_related("prepared_by")
    if earlier := waiting.first():
        raise Refused(f"{earlier.prepared_by} has asked for this already; it waits for a decision.")


def take(form: StepForm) -> str:
    """Take the step as it was shown; returns the sentence to say."""
    done = form.admin.take_step(
        form.step,
        form.subject,
        actor=person(form.request),
        at=timezone.now(),
        params=form.params(),
        reason=form.cleaned_data["reason"],
        seen_version=form.cleaned_data["seen_version"],
        expected=form.cleaned_data["expected"],
    )
    said: str = form.admin.done_sentence(form, done)
    return said
