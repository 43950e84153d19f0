"""What each step causes: flows register it here, the door and the plans ask."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from domain.common.effects import Effect
from domain.common.workflow.conditions import Ask
from domain.common.workflow.stateful import Stateful

type Causes = Callable[[Any, Ask], Sequence[Effect]]

_causes: dict[tuple[str, str], Causes] = {}


def effects_of(model: type[Stateful], *steps: str) -> Callable[[Causes], Causes]:
    """Register a function that tells what a step causes, without doing any of it."""

    def wrap(causes: Causes) -> Causes:
        for step in steps:
            _causes[model.subject_type, step] = causes
        return causes

    return wrap


def effects_for(subject: Stateful, step: str, ask: Ask) -> list[Effect]:
    causes = _causes.get((subject.subject_type, step))
    return list(causes(subject, ask)) if causes else []
