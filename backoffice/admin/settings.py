"""Business settings: what each was, what is proposed, who decides."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, override

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import dialog
from backoffice.admin.filters import StateFilter
from backoffice.admin.settings_forms import ProfileForm, ProposeForm
from backoffice.admin.settings_overview import VIEW
from domain.common.settings import operations
from domain.common.settings.definitions import DEFINITIONS
from domain.common.settings.models import DatedSetting
from domain.common.settings.queries import values_at
from domain.common.settings.words import said


@admin.register(DatedSetting)
class DatedSettingAdmin(BackofficeAdmin):
    steps: ClassVar[tuple[str, ...]] = ("approve", "deny", "withdraw")
    page_related = ("proposed_by", "decided_by")
    list_display = (
        "setting",
        "shown_value",
        "state_column",
        "since",
        "proposer",
        "decider",
        "reason",
    )
    view_right = VIEW
    list_display_links = ("setting",)
    list_select_related = ("proposed_by", "decided_by")
    linked_lookups = ("name",)
    list_filter: ClassVar[list[Any]] = [("state", StateFilter)]
    search_fields = ("name", "reason")
    ordering = ("-proposed_at", "-id")
    record_template = "backoffice/settings/proposal.html"
    empty_sentence = "Every setting has its default: nothing was ever proposed."

    @display(description="Setting", ordering="name")
    def setting(self, row: DatedSetting) -> str:
        return DEFINITIONS[row.name].means if row.name in DEFINITIONS else row.name

    @display(description="Value")
    def shown_value(self, row: DatedSetting) -> str:
        known = DEFINITIONS.get(row.name)
        return said(known, row.value) if known else str(row.value)

    @display(description="From", ordering="valid_from")
    def since(self, row: DatedSetting) -> SafeString:
        return columns.when(row.valid_from)

    @display(description="Proposed by")
    def proposer(self, row: DatedSetting) -> SafeString:
        return columns.person(row.proposed_by, role=False)

    @display(description="Decided by")
    def decider(self, row: DatedSetting) -> SafeString:
        return columns.person(row.decided_by, role=False)

    @override
    def record_context(self, request: HttpRequest, record: DatedSetting) -> dict[str, Any]:
        known = DEFINITIONS.get(record.name)
        in_force = values_at([record.name], timezone.now())[record.name] if known else None
        return {
            "title": self.setting(record),
            "row": record,
            "value": self.shown_value(record),
            "today": said(known, in_force) if known else "–",
            "buttons": self.buttons(request, record),
        }

    @dialog(
        label="Propose a profile…",
        right="domain.propose_setting",
        form=ProfileForm,
        place="list",
    )
    def profile(self, request: HttpRequest, form: ProfileForm) -> HttpResponse:
        run = partial(
            operations.propose_profile,
            profile=form.cleaned_data["profile"],
            valid_from=form.cleaned_data["valid_from"],
            reason=form.cleaned_data["reason"],
        )
        return self.perform(
            request,
            form,
            run,
            done="Proposed, a row for each setting that differs. Another person decides.",
        )

    @dialog(
        label="Propose a setting…", right="domain.propose_setting", form=ProposeForm, place="list"
    )
    def propose(self, request: HttpRequest, form: ProposeForm) -> HttpResponse:
        run = partial(
            operations.propose_setting,
            name=form.cleaned_data["name"],
            value=form.cleaned_data["value"],
            valid_from=form.cleaned_data["valid_from"],
            reason=form.cleaned_data["reason"],
        )
        return self.perform(
            request,
            form,
            run,
            done="Proposed. Another person decides.",
            go_to=columns.page_url,
        )
