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

# Changes that are no steps, in the words of the people who make them.
WORDS = {
    "begin": "Begun",
    "take": "Taken",
    "edit": "Edited",
    "assign": "Assigned",
    "amend": "Amended",
    "place": "Placed",
    "correct_place": "Place corrected",
    "change_sponsor": "Sponsor corrected",
    "sign_agreement": "Agreement signed",
    "hold": "Put on hold",
    "let_go": "Taken off hold",
    "attach_intent": "Joined to its payment at Stripe",
    "attach_refund": "Joined to its refund at Stripe",
    "waive": "Instalment waived",
    "remind": "Reminded",
    "refer": "Referrer noted",
    "convert_guest": "Guest became a customer",
    "draft_entry": "Entry drafted",
    "figures": "Figures kept",
    "withhold": "Tax withheld",
    "erase": "Person erased",
    "add_document": "Document added",
    "remove_document": "Document removed",
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
        return WORDS.get(step, step.replace("_", " ").capitalize())


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
