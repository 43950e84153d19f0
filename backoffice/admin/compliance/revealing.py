"""A number in full for those who may see it; that they looked is written down."""

from __future__ import annotations

from typing import ClassVar, override

from django.utils import timezone

from backoffice.access import person
from backoffice.admin.dialogs import DialogForm
from domain.common.staff_actions import log_action

UNMASK = "domain.unmask_identity"


class RevealForm(DialogForm):
    """Shows a record's ``column``, which people call ``what``."""

    what: ClassVar[str]
    column: ClassVar[str]
    can_submit = False

    @override
    def prepare(self) -> None:
        if self.subject is None:
            return
        self.title = f"{self.what} of {self.subject.customer.full_name()}"
        self.lead = getattr(self.subject, self.column) or "It was erased."
        log_action(
            action="viewed number",
            staff=person(self.request),
            at=timezone.now(),
            subject=f"{self.what} of customer {self.subject.customer_id}",
            facts={self.subject.subject_type: self.subject.pk},
        )
