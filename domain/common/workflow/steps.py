"""How a step is declared: django-fsm's transition, with what people need to know of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django_fsm import transition

from domain.common.workflow.conditions import Condition


@dataclass(frozen=True, slots=True)
class StepInfo:
    """A step of a state machine, as screens, plans and refusals speak of it."""

    name: str
    label: str
    sources: tuple[str, ...]
    target: str
    permission: str | Callable[[Any], str] | None
    request_permission: str | None
    system: bool
    requires: tuple[Condition, ...]
    needs_reason: bool
    undo: str
    instead: str
    danger: bool
    help: str

    def of(self, subject: object) -> str:
        """The step with its record, as titles and sentences have it: whatever both are called."""
        return f"{self.label}: {subject}"

    def permission_for(self, subject: object) -> str | None:
        return self.permission(subject) if callable(self.permission) else self.permission


def step(
    field: object,
    *,
    source: Sequence[str],
    target: str,
    label: str,
    permission: str | Callable[[Any], str] | None = None,
    request_permission: str | None = None,
    system: bool = False,
    requires: Sequence[Condition] = (),
    needs_reason: bool = False,
    undo: str = "",
    instead: str = "",
    danger: bool = False,
    help: str = "",
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Declare a step. Its method takes one ``Ask`` and assigns to its own row only.

    :param permission: the right a member of staff needs; None when only the system may
    :param request_permission: the right to ask somebody with ``permission`` for it
    :param system: the system (a job, a webhook, a guest) may take the step too
    :param undo: the step that compensates this one, if there is one
    :param instead: what people can do where there is none
    """

    def declare(method: Callable[..., None]) -> Callable[..., None]:
        info = StepInfo(
            name=method.__name__,
            label=label,
            sources=tuple(source),
            target=target,
            permission=permission,
            request_permission=request_permission,
            system=system or permission is None,
            requires=tuple(requires),
            needs_reason=needs_reason,
            undo=undo,
            instead=instead,
            danger=danger,
            help=help,
        )
        declared: Callable[..., None] = transition(
            field=field,  # type: ignore[arg-type]
            source=list(source),
            target=target,
            permission=permission if isinstance(permission, str) else None,
            custom={"info": info, "system": info.system},
        )(method)
        return declared

    return declare


def step_info(model: type[models.Model] | models.Model, name: str) -> StepInfo:
    """:raises LookupError: the model has no such step"""
    method = getattr(model, name, None)
    meta = getattr(method, "_django_fsm", None)
    if meta is None:
        raise LookupError(f"{model} has no step {name!r}")
    info: StepInfo = next(iter(meta.transitions.values())).custom["info"]
    return info


def steps_of(model: type[models.Model]) -> list[StepInfo]:
    """List a model's steps in the order in which they are written."""
    found: dict[str, StepInfo] = {}
    for base in reversed(model.__mro__):
        for name, member in vars(base).items():
            if hasattr(member, "_django_fsm"):
                found[name] = step_info(model, name)
    return list(found.values())
