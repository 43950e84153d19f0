"""All that somebody needs to decide a payout: its figures with their doors, checks, the queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.http import HttpRequest
from django.urls import reverse

from backoffice.access import holds, person
from backoffice.admin.approving import QUEUE_LENGTH, Waiting
from backoffice.admin.doors import door
from domain.common.money import percent, show
from domain.common.workflow import Check, why_not
from domain.compliance.rules import mask_pan
from domain.ledger.models import Entry
from domain.payouts.models import Payout, PayoutState
from domain.payouts.queries.balances import account_balance
from domain.payouts.queries.gates import gates_for, risks_of
from domain.payouts.queries.worksheets import worksheet_of
from domain.payouts.rules.calendar import Quarter, fy_name, quarter_of


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the worksheet: what it is, how much, why, and where it is posted or ruled."""

    sign: str
    label: str
    cents: int
    why: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    figures: Sequence[Figure]
    is_draft: bool
    after_cents: int
    shortfall_cents: int
    gates: Sequence[Check]
    risks: Sequence[Check]
    entries: Sequence[tuple[Entry, str]]


def queue_for(request: HttpRequest, at: datetime) -> list[Waiting]:
    rows = Payout.objects.filter(state=PayoutState.REQUESTED).order_by("requested_at", "pk")
    rows = rows.select_related("member__customer", "bank_account", "requested_by")
    return [
        Waiting(payout, payout.member.customer, payout.note, _why(request, payout, at))
        for payout in rows[:QUEUE_LENGTH]
    ]


def _why(request: HttpRequest, payout: Payout, at: datetime) -> str:
    actor = person(request)
    steps = ("approve", "endorse")
    answers = [why_not(payout, step, actor=actor, at=at) for step in steps]
    if any(answer.allowed for answer in answers):
        return ""
    return answers[0].sentence()


def case_of(request: HttpRequest, payout: Payout, at: datetime) -> Case:
    entries = list(Entry.objects.filter(source_type="payout", source_id=payout.pk).order_by("pk"))
    shown = [(entry, door(request, "entry", entry.pk)) for entry in entries]
    draft = payout.approved_at is None
    figures = (
        _draft_figures(request, payout, at) if draft else _kept_figures(request, payout, shown)
    )
    shortfall = (
        worksheet_of(payout, at).figures.tax.shortfall_cents
        if draft
        else payout.shortfall_cents or 0
    )
    return Case(
        figures=figures,
        is_draft=draft,
        after_cents=account_balance("2000", payout.member_id),
        shortfall_cents=shortfall,
        gates=gates_for(payout.member, at),
        risks=risks_of(payout, at),
        entries=shown,
    )


def _rule_url(request: HttpRequest) -> str:
    return reverse("admin:settings") if holds(request, "domain.view_setting") else ""


def _draft_figures(request: HttpRequest, payout: Payout, at: datetime) -> list[Figure]:
    sheet, rule = worksheet_of(payout, at), _rule_url(request)
    figures, tax = sheet.figures, sheet.figures.tax
    taxable = f"of {show(figures.gross_cents, 'INR')} asked for"
    year = f"the tax year brought {show(sheet.year.paid_cents, 'INR')} before this"
    why_tax = "; ".join(_rate(part.rate_bps, part.liable_cents) for part in tax.parts)
    why_tax += f"; {_pan(sheet.identity.pan, sheet.identity.status)}"
    if tax.ceiling_cents is not None:
        reached = "reached" if tax.capped else "not reached"
        why_tax += f"; ceiling {show(tax.ceiling_cents, 'INR')} {reached}"
    if sheet.certificate is not None:
        why_tax += f"; {sheet.certificate}"
    return [
        Figure("", "Gross", figures.gross_cents, "held since it was asked for"),
        Figure("", "Taxable", figures.taxable_cents, taxable),
        Figure("", "Liable", tax.liable_cents, f"{year}; {_threshold(sheet.rules)}", rule),
        Figure("−", "Tax withheld", figures.tds_cents, why_tax, rule),
        Figure("−", "Instalments", figures.emi_cents, "what is due on own bookings"),
        Figure("=", "To the bank", figures.bank_cents, _to(payout)),
    ]


def _threshold(rules: object) -> str:
    cents = int(getattr(rules, "threshold_cents", 0))
    return f"threshold {show(cents, 'INR')}" if cents else "no threshold"


def _rate(rate_bps: int, liable_cents: int) -> str:
    return f"{percent(rate_bps)} of {show(liable_cents, 'INR')}"


def _pan(pan: str, status: str) -> str:
    return f"PAN {mask_pan(pan)}" if status == "VALID" else "no valid PAN"


def _to(payout: Payout) -> str:
    account = payout.bank_account
    return f"{account} of {account.holder}"


def _kept_figures(
    request: HttpRequest, payout: Payout, entries: Sequence[tuple[Entry, str]]
) -> list[Figure]:
    urls = {entry.event: url for entry, url in entries}
    records = list(payout.tax_records.filter(reverses=None).order_by("part"))
    first = records[0] if records else None
    approved = urls.get("payout.approved", "")
    why = "; ".join(_rate(row.rate_bps, row.liable_cents) for row in records)
    if first is not None:
        why += f"; {_pan(first.pan, first.pan_status)}; {_quarter(payout)}"
    liable = sum(row.liable_cents for row in records)
    prior = first.prior_cents if first else 0
    year = f"the tax year brought {show(prior, 'INR')} before this"
    record_url = door(request, "taxrecord", first.pk) if first else ""
    return [
        Figure("", "Gross", payout.amount_cents, "held", urls.get("payout.requested", "")),
        Figure("", "Taxable", payout.taxable_cents or 0, "of the gross", record_url),
        Figure("", "Liable", liable, year, record_url),
        Figure("−", "Tax withheld", payout.tds_cents or 0, why, approved),
        Figure("−", "Instalments", payout.emi_cents or 0, "due on own bookings", approved),
        Figure(
            "=",
            "To the bank",
            payout.bank_cents or 0,
            _to(payout),
            urls.get("payout.completed", approved),
        ),
    ]


def _quarter(payout: Payout) -> str:
    assert payout.deducted_on is not None  # fixed by the approval
    quarter: Quarter = quarter_of(payout.deducted_on)
    return f"{quarter.name} of {fy_name(quarter.year)}"
