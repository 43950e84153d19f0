"""Business settings: the value in force on a day, what it was, what is proposed, who decides."""

from __future__ import annotations

from datetime import date, datetime, time
from functools import partial
from typing import Any, ClassVar, override
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.admin import AdminSite
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextInputWidget

from backoffice.access import holds, require
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import DialogForm, choice_field, dialog, reason_field, text_field
from backoffice.admin.filters import StateFilter
from backoffice.admin.page import page
from backoffice.admin.plain_forms import LocalMoment
from domain.common.errors import InvalidInput
from domain.common.money import show, to_cents
from domain.common.settings import operations
from domain.common.settings.definitions import DEFINITIONS, Definition, Kind
from domain.common.settings.models import DatedSetting, SettingState
from domain.common.settings.queries import settings_at

VIEW = "domain.view_setting"
UNITS = {Kind.HOURS: "h", Kind.DAYS: "days", Kind.MONTHS: "months"}


def said(definition: Definition, value: int) -> str:
    """A setting's value as people say it."""
    if definition.kind == Kind.CENTS:
        return show(value, "USD")
    if definition.kind == Kind.BPS:
        return f"{value // 100}.{value % 100:02d} %"
    if definition.kind == Kind.HOUR_OF_DAY:
        return f"{value}:00"
    if definition.kind == Kind.YES_NO:
        return "yes" if value else "no"
    return f"{value:,} {UNITS.get(definition.kind, '')}".strip()


def understood(definition: Definition, text: str) -> int:
    """Read a value as people type it: dollars, percent, hours.

    :raises InvalidInput: it is no such value
    """
    text = text.strip().replace(",", "").removesuffix("%").removeprefix("$").strip()
    if definition.kind in {Kind.CENTS, Kind.BPS}:
        return to_cents(text, "USD")
    if definition.kind == Kind.YES_NO and text.lower() in {"yes", "no"}:
        return int(text.lower() == "yes")
    if not text.removesuffix(":00").isdigit():
        raise InvalidInput.of(
            {"value": [f"Give a {definition.kind}, such as {definition.default}."]}
        )
    return int(text.removesuffix(":00"))


def pages(site: AdminSite) -> list[URLPattern]:
    return [path("settings/", site.admin_view(overview), name="settings")]


def overview(request: HttpRequest) -> TemplateResponse:
    require(request, VIEW)
    now = timezone.now()
    asked = _day(request.GET.get("on", ""))
    at = _end_of(asked) if asked else now
    values = settings_at(list(DEFINITIONS), at)
    open_now = DatedSetting.objects.filter(state=SettingState.PROPOSED).order_by("proposed_at")
    return page(
        request,
        "backoffice/settings/overview.html",
        "Business settings",
        on=asked or timezone.localdate(now),
        rows=[_row(definition, values[name], at) for name, definition in DEFINITIONS.items()],
        proposed=[
            {"row": each, "value": said(DEFINITIONS[each.name], each.value)}
            for each in open_now.select_related("proposed_by")
            if each.name in DEFINITIONS
        ],
        propose_url=reverse("admin:domain_datedsetting_propose")
        if holds(request, "domain.propose_setting")
        else "",
        history_url=reverse("admin:domain_datedsetting_changelist"),
    )


def _row(definition: Definition, value: int, at: datetime) -> dict[str, Any]:
    approved = DatedSetting.objects.filter(name=definition.name, state=SettingState.APPROVED)
    in_force = approved.filter(valid_from__lte=at).order_by("-valid_from", "-id").first()
    planned = approved.filter(valid_from__gt=at).order_by("valid_from").first()
    return {
        "definition": definition,
        "value": said(definition, value),
        "default": said(definition, definition.default),
        "is_default": in_force is None,
        "since": in_force.valid_from if in_force else None,
        "planned": said(definition, planned.value) if planned else "",
        "planned_from": planned.valid_from if planned else None,
        "history_url": columns.list_url("datedsetting", name__exact=definition.name),
    }


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _end_of(day: date) -> datetime:
    zone = ZoneInfo(django_settings.DELIVERIES_TIME_ZONE)
    return datetime.combine(day, time(23, 59, 59), tzinfo=zone)


class ProposeForm(DialogForm):
    title = "Propose a setting"
    lead = "It counts once another person has approved it, from the moment you choose."
    submit = "Propose"
    name = choice_field(
        "Setting", [(name, definition.means) for name, definition in DEFINITIONS.items()]
    )
    value = text_field("Value", most=30, help_text="In dollars, percent, hours or a number.")
    valid_from = LocalMoment(
        label="From",
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
        help_text="New York time.",
    )
    reason = reason_field()

    @override
    def prepare(self) -> None:
        self.fields["valid_from"].widget.input_type = "datetime-local"

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        definition = DEFINITIONS.get(data.get("name", ""))
        if definition is not None and "value" in data:
            try:
                data["value"] = understood(definition, data["value"])
            except InvalidInput as refusal:
                self.add_error("value", forms.ValidationError(str(refusal)))
        return data


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
    list_display_links = ("setting",)
    list_select_related = ("proposed_by", "decided_by")
    list_filter: ClassVar[list[Any]] = [("state", StateFilter)]
    search_fields = ("name", "reason")
    ordering = ("-proposed_at", "-id")
    empty_sentence = "Every setting has its default: nothing was ever proposed."

    @override
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return holds(request, VIEW)

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        return holds(request, VIEW)

    @override
    def require_view(self, request: HttpRequest) -> None:
        require(request, VIEW)

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
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.require_view(request)
        row = self.subject(request, object_id) if object_id else None
        if row is None:
            raise Http404
        now = timezone.now()
        in_force = settings_at([row.name], now)[row.name] if row.name in DEFINITIONS else None
        known = DEFINITIONS.get(row.name)
        context = self.page_context(
            request,
            title=self.setting(row),
            row=row,
            value=self.shown_value(row),
            today=said(known, in_force) if known and in_force is not None else "–",
            buttons=self.buttons(request, row),
        )
        return TemplateResponse(request, "backoffice/settings/proposal.html", context)

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
