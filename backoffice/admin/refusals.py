"""Where a form says what the domain refused."""

from __future__ import annotations

from typing import Any

from domain.common.errors import DomainError


class PlacesRefusals:
    """Makes a form put a refusal where the person looks: at its field, else above the form."""

    fields: Any
    add_error: Any

    def refuse(self, refusal: DomainError) -> None:
        if not refusal.field_errors:
            self.add_error(None, str(refusal))
        for name, sentences in refusal.field_errors.items():
            at = self.field_of(name)
            for sentence in sentences:
                self.add_error(at, sentence if at else self.unplaced(name, sentence))

    def field_of(self, name: str) -> str | None:
        return name if name in self.fields else None

    def unplaced(self, name: str, sentence: str) -> str:
        return f"{name}: {sentence}"
