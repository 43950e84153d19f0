"""What happened to a record, from its lines in the audit trail; for every page that shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.http import HttpRequest

from backoffice.access import holds
from backoffice.admin.doors import door, type_label
from domain.common.audit.models import AuditEntry
from domain.common.workflow.stateful import REGISTERED, Stateful
from domain.common.workflow.steps import step_info

# Changes that are no steps, as people say them: by themselves or after what was changed.
CHANGES = {
    "begin": "begun",
    "take": "taken on",
    "edit": "edited",
    "assign": "assigned",
    "amend": "price amended",
    "place": "placed",
    "correct_place": "place corrected",
    "change_sponsor": "sponsor corrected",
    "sign_agreement": "agreement signed",
    "hold": "put on hold",
    "let_go": "taken off hold",
    "attach_intent": "known to Stripe",
    "attach_refund": "known to Stripe",
    "waive": "instalment waived",
    "remind": "reminded",
    "refer": "referrer noted",
    "convert_guest": "guest became a customer",
    "draft_entry": "entry drafted",
    "figures": "figures kept",
    "withhold": "tax withheld",
    "erase": "person erased",
    "add_document": "document added",
    "remove_document": "document removed",
}
# What a new record is, for whoever reads of it in a sentence.
BEGUN = {
    "booking": "booked",
    "payment": "begun",
    "refund": "requested",
    "instalmentwaiver": "requested",
    "moneycase": "opened",
    "dispute": "opened",
    "changeset": "prepared",
    "plan": "prepared",
    "datedsetting": "proposed",
}
LONGEST = 200


@dataclass(frozen=True, slots=True)
class Moved:
    """A transfer of an audit line: ``2300 → 1010``."""

    debit: str
    credit: str
    amount_cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class Line:
    entry: AuditEntry
    label: str
    from_label: str
    to_label: str
    reason: str
    moves: list[Moved]
    url: str

    @property
    def about(self) -> str:
        return f"{type_label(self.entry.subject_type)} {self.entry.subject_id}"

    @property
    def changed_state(self) -> bool:
        return self.entry.from_state != self.entry.to_state


def step_label(subject_type: str, step: str) -> str:
    model = REGISTERED.get(subject_type)
    try:
        return step_info(model, step).label if model else step
    except LookupError:
        said = change_words(step)
        return said[:1].upper() + said[1:]


def change_words(step: str) -> str:
    """A change that is no step, to go on with after what was changed."""
    return CHANGES.get(step) or step.replace("_", " ")


def state_label(subject_type: str, state: str) -> str:
    model = REGISTERED.get(subject_type)
    if model is None or not state:
        return state or "new"
    return str(dict(model._meta.get_field("state").flatchoices).get(state, state))


def moves_of(entry: AuditEntry) -> list[Moved]:
    return [
        Moved(each["debit"], each["credit"], each["amount_cents"], each["currency"])
        for each in entry.money.get("moves", ())
    ]


def line_of(request: HttpRequest, entry: AuditEntry) -> Line:
    detail = getattr(entry, "detail", None)
    return Line(
        entry=entry,
        label=step_label(entry.subject_type, entry.step),
        from_label=state_label(entry.subject_type, entry.from_state),
        to_label=state_label(entry.subject_type, entry.to_state),
        reason=detail.reason if detail else "",
        moves=moves_of(entry),
        url=door(request, "auditentry", entry.pk),
    )


def trail_of(request: HttpRequest, records: Sequence[Stateful]) -> list[Line]:
    """The newest lines about some records, the newest first."""
    about = Q()
    for record in records:
        about |= Q(subject_type=record.subject_type, subject_id=record.pk)
    if not records:
        return []
    entries = AuditEntry.objects.filter(about).select_related("actor", "detail")
    return [line_of(request, entry) for entry in entries.order_by("-at", "-id")[:LONGEST]]


def masked(text: str | None, request: HttpRequest) -> str:
    """A payment reference, in full for those who may see it."""
    if not text or holds(request, "domain.view_payment_ids"):
        return text or ""
    return f"{text.partition('_')[0]}_…{text[-4:]}" if "_" in text else f"…{text[-4:]}"
