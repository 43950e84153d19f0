"""The dialogs in which business settings are proposed."""

from __future__ import annotations

from typing import Any, override

from django import forms
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from backoffice.admin.dialogs import DialogForm, choice_field, reason_field, text_field
from backoffice.admin.plain_forms import LocalMoment
from backoffice.admin.settings_overview import by_area
from domain.common.errors import InvalidInput
from domain.common.settings.definitions import DEFINITIONS, PROFILES, Definition, Kind
from domain.common.settings.kinds import NO_MOST
from domain.common.settings.queries import values_at
from domain.common.settings.words import allowed, choice_words, said, typed, understood

# What is typed already goes along when the dialog is drawn for another setting.
KEPT = ("name", "valid_from", "reason")


def moment_field() -> LocalMoment:
    return LocalMoment(
        label="From",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text="New York time.",
    )


class MomentForm(DialogForm):
    @override
    def prepare(self) -> None:
        self.fields["valid_from"].widget.input_type = "datetime-local"


class ProposeForm(MomentForm):
    title = "Propose a setting"
    lead = "It counts once another person has approved it, from the moment you choose."
    submit = "Propose"
    name = choice_field(
        "Setting",
        [
            (area, [(each.name, each.means) for each in definitions])
            for area, definitions in by_area().items()
        ],
    )
    value = text_field("Value", most=200)
    valid_from = moment_field()
    reason = reason_field()

    @override
    def prepare(self) -> None:
        super().prepare()
        asked = self.data if self.is_bound else self.request.GET
        self.initial |= {name: asked[name] for name in KEPT if name in asked}
        self.fields["name"].widget.attrs |= {
            "hx-get": self.admin.url_of("propose"),
            "hx-trigger": "change",
            "hx-target": "#dialog",
            "hx-select": "#dialog",
            "hx-swap": "outerHTML",
            "hx-include": "#dialog [name=valid_from], #dialog [name=reason]",
        }
        name = asked.get("name", "")
        self._offer(DEFINITIONS.get(name) or DEFINITIONS[self.first_name()])

    def first_name(self) -> str:
        (_, ((first, _), *_)), *_ = self.fields["name"].choices
        return str(first)

    def _offer(self, definition: Definition) -> None:
        """Say which values there are, and take no other where the field can see to that."""
        in_force = values_at([definition.name], timezone.now())[definition.name]
        field = self.fields["value"]
        field.widget = _widget(definition)
        field.help_text = f"{allowed(definition)} In force today: {said(definition, in_force)}."
        if in_force is not None:
            self.initial["value"] = typed(definition, in_force)

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        definition = DEFINITIONS.get(data.get("name", ""))
        if definition is not None and "value" in data:
            try:
                data["value"] = understood(definition, data["value"])
            except InvalidInput as refusal:
                self.add_error("value", forms.ValidationError(str(refusal)))
        return data


def _widget(definition: Definition) -> Any:
    words = {
        Kind.CHOICE: [choice_words(each) for each in definition.choices],
        Kind.YES_NO: ["yes", "no"],
    }.get(definition.kind)
    if words:
        return UnfoldAdminSelectWidget(choices=[(word, word) for word in words])
    if definition.kind == Kind.WORDS:
        return UnfoldAdminTextInputWidget()
    if definition.kind == Kind.CENTS:
        # As people write and copy amounts, with separators: a field for numbers takes none.
        return UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal"})
    widget = UnfoldAdminTextInputWidget(attrs={"min": typed(definition, definition.least)})
    widget.input_type = "number"
    widget.attrs["step"] = "0.01" if definition.kind == Kind.BPS else "1"
    if definition.most < NO_MOST:
        widget.attrs["max"] = typed(definition, definition.most)
    return widget


class ProfileForm(MomentForm):
    title = "Propose a profile"
    lead = (
        "A profile is a set of values that belong together. Each that differs from what is in "
        "force then is proposed, for another person to approve. No legal or tax advice."
    )
    submit = "Propose all"
    profile = choice_field("Profile", [(name, name) for name in PROFILES])
    valid_from = moment_field()
    reason = reason_field()
