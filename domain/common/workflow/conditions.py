"""Conditions that explain themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.common.actors import Actor


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks for a step, when, and with which figures."""

    actor: Actor
    at: datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One condition's answer. ``sentence`` says why not, with the value that failed."""

    name: str
    passed: bool
    sentence: str = ""
    who: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """A named requirement; ``test`` returns "" when it holds, else the sentence why not."""

    name: str
    test: Callable[[Any, Ask], str]

    def check(self, subject: object, ask: Ask) -> Check:
        sentence = self.test(subject, ask)
        return Check(self.name, passed=not sentence, sentence=sentence)


def condition(name: str) -> Callable[[Callable[[Any, Ask], str]], Condition]:
    def wrap(test: Callable[[Any, Ask], str]) -> Condition:
        return Condition(name, test)

    return wrap
