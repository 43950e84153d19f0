"""Records with a life: a protected state, a version, and the database watching both."""

from __future__ import annotations

from typing import Any, ClassVar

import pgtrigger
from django.db import models

from domain.common.workflow.steps import steps_of


class Stateful(models.Model):
    """Base of every record that has a state machine. Subclasses add ``state``.

    ``version`` grows by one with each audited change: a form or plan that saw an older
    one is refused.
    """

    state: models.Field[str, str]
    version = models.PositiveIntegerField(default=0, editable=False)

    subject_type: ClassVar[str]
    # Foreign keys whose rows are locked first, so that every step takes locks in one order.
    locks_first: ClassVar[tuple[str, ...]] = ()
    # Whether the record is itself the booking in whose timeline its changes belong.
    is_the_booking: ClassVar[bool] = False
    # What the row held when the door last read or wrote it: only what differs is written.
    as_read: dict[str, Any] | None = None

    class Meta:
        abstract = True

    def audit_booking_id(self) -> int | None:
        """The booking in whose timeline this record's changes belong."""
        return getattr(self, "booking_id", None)

    def keep_as_read(self) -> None:
        self.as_read = None
        self.as_read = dict(self.__dict__)

    def state_label(self) -> str:
        return str(self.get_state_display())  # type: ignore[attr-defined]


REGISTERED: dict[str, type[Stateful]] = {}


def stateful[M: Stateful](model: type[M]) -> type[M]:
    """Register a model's machine and let the database refuse every other change of state."""
    model.subject_type = str(model._meta.model_name)
    pairs = {(source, info.target) for info in steps_of(model) for source in info.sources}
    pgtrigger.FSM(name="state_machine", field="state", transitions=sorted(pairs)).register(
        model  # type: ignore[arg-type]  # it takes classes; its annotation says instances
    )
    REGISTERED[model.subject_type] = model
    return model


def model_of(subject_type: str) -> type[Stateful]:
    return REGISTERED[subject_type]
