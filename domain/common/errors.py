"""Refusals of the domain. ``str(error)`` is a sentence for the person who asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from domain.common.workflow.conditions import Check


class DomainError(Exception):
    """The business refuses; nothing was changed."""

    code = "refused"

    def __init__(
        self, message: str, *, field_errors: Mapping[str, Sequence[str]] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.field_errors = {name: list(texts) for name, texts in (field_errors or {}).items()}


class InvalidInput(DomainError):
    """What was asked cannot be understood; ``field_errors`` names each field."""

    code = "invalid"

    @classmethod
    def of(cls, field_errors: Mapping[str, Sequence[str]]) -> InvalidInput:
        first = next((texts[0] for texts in field_errors.values() if texts), "Check the fields.")
        more = sum(len(texts) for texts in field_errors.values()) - 1
        message = first if more < 1 else f"{first} ({more} more to mend.)"
        return cls(message, field_errors=field_errors)


class NotFound(DomainError):
    code = "not_found"


class Conflict(DomainError):
    code = "conflict"


class Stale(Conflict):
    """The record changed since the caller looked at it."""

    code = "stale"


class NotPermitted(DomainError):
    """The actor lacks the right; the sentence says which and who has it."""

    code = "not_permitted"


class Refused(DomainError):
    """A step's conditions do not hold; ``checks`` says which and why."""

    code = "step_refused"

    def __init__(self, message: str, *, checks: Sequence[Check] = ()) -> None:
        super().__init__(message)
        self.checks = tuple(checks)
