"""Four eyes: what one person begins, another decides. The step says so, and the database too."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from domain.common.actors import staff_id
from domain.common.workflow.conditions import Ask, Condition, condition
from domain.common.workflow.stateful import Stateful


class Request(Stateful):
    """Base of what is asked for by one person and decided by a second."""

    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", db_index=False
    )
    requested_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def decided(self, ask: Ask) -> None:
        self.decided_by_id, self.decided_at = staff_id(ask.actor), ask.at


def another_person(sentence: str, *, than: str = "requested_by") -> Condition:
    """Refuse the person in the column ``than`` with a sentence."""

    def test(subject: Stateful, ask: Ask) -> str:
        return sentence if staff_id(ask.actor) == getattr(subject, f"{than}_id") else ""

    return Condition("Another person", test)


@condition("Own request")
def the_requester(request: Request, ask: Ask) -> str:
    if staff_id(ask.actor) == request.requested_by_id:
        return ""
    return f"{request.requested_by} asked for this; only they can take it back."


def four_eyes(
    name: str, *, unless: Q, asked: str = "requested_by", decided: str = "decided_by"
) -> models.CheckConstraint:
    """Hold a table to it: whoever decided is there and is not who asked, save for ``unless``."""
    another = Q((f"{decided}__isnull", False)) & ~Q((decided, F(asked)))
    return models.CheckConstraint(name=f"{name}_four_eyes", condition=unless | another)
