"""Why a step is not open: each condition with its answer and who could take the step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from domain.common.actors import Actor, System, may
from domain.common.errors import DomainError, NotPermitted, Refused
from domain.common.workflow.conditions import Ask, Check
from domain.common.workflow.stateful import Stateful
from domain.common.workflow.steps import StepInfo, step_info
from domain.staff.roles import holders, meaning


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a step is open to an actor now, and every reason why or why not."""

    info: StepInfo
    checks: tuple[Check, ...]
    may_request: bool

    @property
    def allowed(self) -> bool:
        return all(check.passed for check in self.checks)

    @property
    def permitted(self) -> bool:
        return self.checks[0].passed

    @property
    def open_but_for_right(self) -> bool:
        """Only the right is missing, so that somebody else could take the step now."""
        return not self.permitted and all(check.passed for check in self.checks[1:])

    def failed(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.passed)

    def sentence(self) -> str:
        return " ".join(check.sentence for check in self.failed())

    def refusal(self) -> DomainError:
        if not self.permitted:
            return NotPermitted(self.checks[0].sentence)
        return Refused(self.sentence(), checks=self.failed())


def why_not(
    subject: Stateful,
    step: str,
    *,
    actor: Actor,
    at: datetime,
    params: Mapping[str, Any] | None = None,
    reason: str = "",
) -> Answer:
    """Ask each condition of a step: the right, the state, then the step's own.

    A step's own conditions are asked only when the state is right, since they may rest
    on it; a condition that was not asked is not reported.
    """
    info = step_info(subject, step)
    ask = Ask(actor, at, params or {}, reason)
    checks = [_right(subject, info, actor), _state(subject, info)]
    if checks[1].passed:
        checks += [requirement.check(subject, ask) for requirement in info.requires]
    wanted = info.request_permission
    return Answer(info, tuple(checks), may_request=bool(wanted and may(actor, wanted)))


def _right(subject: Stateful, info: StepInfo, actor: Actor) -> Check:
    permission = info.permission_for(subject)
    who = ", ".join(holders(permission)) if permission else "the system"
    if isinstance(actor, System):
        if info.system:
            return Check("Right", passed=True, who=who)
        return Check("Right", passed=False, sentence=f"“{info.label}” is for staff.", who=who)
    if permission is None:
        sentence = f"“{info.label}” is done by the system by itself, not by hand."
        return Check("Right", passed=False, sentence=sentence, who=who)
    if may(actor, permission):
        return Check("Right", passed=True, who=who)
    sentence = f"You may not {meaning(permission)}; {who or 'nobody yet'} may."
    return Check("Right", passed=False, sentence=sentence, who=who)


def _state(subject: Stateful, info: StepInfo) -> Check:
    if subject.state in info.sources:
        return Check("State", passed=True)
    labels = dict(type(subject)._meta.get_field("state").flatchoices)
    sources = [str(labels.get(source, source)).lower() for source in info.sources]
    sentence = (
        f"{subject} is {subject.state_label().lower()}; "
        f"“{info.label}” needs it to be {' or '.join(sources)}."
    )
    return Check("State", passed=False, sentence=sentence)
