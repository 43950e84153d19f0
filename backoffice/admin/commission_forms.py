"""The dialog that begins a run, and the settings that a what-if changes."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.utils import timezone

from backoffice.admin.dialogs import AmountField, DialogForm, date_field
from backoffice.admin.plain_forms import PlainForm
from domain.common.money import percent, to_amount
from domain.compliance.days import day_of


class NewRunForm(DialogForm):
    title = "New commission run"
    lead = "Pairs of all members are worked out and proposed. Nothing is paid until it is posted."
    submit = "Compute"
    as_of = date_field("Units up to and with", help_text="A day in India; it names the month")

    @override
    def prepare(self) -> None:
        self.initial["as_of"] = day_of(timezone.now())


NAMES = {
    "amount": "pair.amount",
    "monthly_cap": "pair.monthly_cap",
    "cap_overflow": "pair.cap_overflow",
    "full_count": "pair.full_count",
    "deduction": "pair.emi_deduction_bps",
}


class WhatIfForm(PlainForm):
    amount = AmountField(label="Amount of a pair", widget=forms.NumberInput(), min_value=0)
    monthly_cap = forms.IntegerField(label="Pairs a month", min_value=0, max_value=10_000)
    cap_overflow = forms.ChoiceField(
        label="Over the cap", choices=[("CARRY", "Waits"), ("FLUSH", "Is burned")]
    )
    full_count = forms.IntegerField(label="First pairs in full", min_value=0, max_value=10_000)
    deduction = forms.DecimalField(
        label="To the reserve, %", min_value=0, max_value=100, decimal_places=2
    )

    def __init__(self, *args: Any, rules: dict[str, Any], **kwargs: Any) -> None:
        kwargs["initial"] = {field: rules[name] for field, name in NAMES.items()} | {
            "amount": str(to_amount(rules["pair.amount"], "INR")),
            "deduction": percent(rules["pair.emi_deduction_bps"]).removesuffix(" %"),
        }
        super().__init__(*args, **kwargs)

    def settings(self) -> dict[str, Any]:
        found = {name: self.cleaned_data[field] for field, name in NAMES.items()}
        return found | {NAMES["deduction"]: int(self.cleaned_data["deduction"] * 100)}
