"""What every screen does with steps and dialogs; ``base.py`` says how to use it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, override

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.admin import ModelAdmin
from unfold.dataclasses import UnfoldAction

from backoffice.access import MissingRight, holds, person
from backoffice.admin import columns, steps
from backoffice.admin.dialogs import DialogForm, draw
from backoffice.admin.step_forms import StepForm, ask_for_approval, take
from backoffice.admin.steps import Button
from domain.common import workflow
from domain.common.errors import DomainError, Stale
from domain.common.workflow import Done, Stateful, StepInfo


class ActingAdmin(ModelAdmin):
    # The right to see these records, where it is not that of their own table.
    view_right: ClassVar[str] = ""
    steps: ClassVar[Sequence[str] | None] = None
    bulk_steps: ClassVar[Sequence[str]] = ()
    step_forms: ClassVar[Mapping[str, type[StepForm]]] = {}
    page_related: ClassVar[Sequence[str]] = ()

    def __init__(self, model: type[Model], admin_site: Any) -> None:
        cls = type(self)
        if "dialog_forms" not in vars(cls):
            equip(cls, model)
        super().__init__(model, admin_site)
        for form in cls.dialog_forms:
            form.admin = self

    @override
    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        if self.view_right:
            return holds(request, self.view_right)
        return bool(super().has_view_permission(request, obj))

    @override
    def has_module_permission(self, request: HttpRequest) -> bool:
        if self.view_right:
            return holds(request, self.view_right)
        return bool(super().has_module_permission(request))

    def require_view(self, request: HttpRequest) -> None:
        """:raises MissingRight: the person may not see these records"""
        if not self.has_view_permission(request):
            own = f"{self.opts.app_label}.view_{self.opts.model_name}"
            raise MissingRight(self.view_right or own)

    def subject(self, request: HttpRequest, object_id: str | int) -> Any:
        """The record with what its page shows of others, or None."""
        rows = self.get_queryset(request).select_related(*self.page_related)
        text = str(object_id)
        return rows.filter(pk=text).first() if text.isascii() and text.isdigit() else None

    def url_of(self, name: str, *args: object) -> str:
        """The address of one of this screen's pages: ``changelist``, ``change``, …"""
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{name}", args=args)

    @override
    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[UnfoldAction]:
        """Nothing in the header: the page shows every button itself, closed ones too."""
        return []

    # --- Buttons ----------------------------------------------------------------------------------

    def buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        found = steps.buttons_for(self, request, record, timezone.now())
        return [*found, *self.dialog_buttons(request, record)]

    def dialog_buttons(self, request: HttpRequest, record: Any) -> list[Button]:
        """The dialogs that are no steps, for those who have the right."""
        return [
            Button(
                name=name,
                label=method.short_description,
                url=self.url_of(name, record.pk),
                icon=getattr(method, "icon", ""),
            )
            for name, method in dialogs_of(type(self))
            if method.place == "detail" and holds(request, method.right)
        ]

    # --- Steps ------------------------------------------------------------------------------------

    def step_infos(self) -> list[StepInfo]:
        return infos(self.model, self.steps)

    def steps_of(self, record: Any) -> list[StepInfo]:
        """The steps that a record's own page shows: all of the screen's, unless told otherwise."""
        del record
        return self.step_infos()

    def step_url(self, record: Any, step: str, *, why: bool = False) -> str:
        if why:
            return self.url_of("why_not", record.pk, step)
        return self.url_of(f"step_{step}", record.pk)

    def step_params(self, step: str, record: Any, at: datetime) -> dict[str, Any]:
        """What a step is told beyond who, when and why."""
        del step, record, at
        return {}

    def take_step(self, step: str, record: Any, **how: Any) -> Done[Any]:
        """Take a step. ``how``: actor, at, params, reason, seen_version, expected."""
        return workflow.transit(type(record), record.pk, step, **how)

    def done_sentence(self, form: StepForm, done: Done[Any]) -> str:
        return f"{done.subject} is {done.subject.state_label().lower()} now."

    def perform_step(self, request: HttpRequest, form: StepForm) -> HttpResponse:
        try:
            another = form.asking or form.cleaned_data.get("ask_instead")
            said = ask_for_approval(form) if another else take(form)
        except Stale as stale:
            form.look_again(str(stale))
            return draw(request, form)
        except DomainError as refusal:
            form.refuse(refusal)
            return draw(request, form)
        messages.success(request, said)
        return self.leave(request, form.subject)

    def why_not_view(self, request: HttpRequest, object_id: int, step: str) -> HttpResponse:
        """Each condition of a step: met or not, why, and who could take it. Reads only."""
        self.require_view(request)
        record = self.subject(request, object_id)
        if record is None or step not in {info.name for info in self.step_infos()}:
            raise Http404
        now = timezone.now()
        params = self.step_params(step, record, now)
        answer = workflow.why_not(record, step, actor=person(request), at=now, params=params)
        context = {"answer": answer, "record": record}
        return TemplateResponse(request, "admin/parts/why_not.html", context)

    # --- Dialogs ----------------------------------------------------------------------------------

    def perform(
        self,
        request: HttpRequest,
        form: DialogForm,
        operation: Callable[..., Any],
        *,
        done: str | Callable[[Any], str],
        go_to: Callable[[Any], str] | None = None,
    ) -> HttpResponse:
        """Run one operation with actor and moment; a refusal goes back into the dialog."""
        try:
            result = operation(actor=person(request), at=timezone.now())
        except DomainError as refusal:
            form.refuse(refusal)
            return draw(request, form)
        messages.success(request, done(result) if callable(done) else done)
        if go_to is not None:
            return HttpResponse(headers={"HX-Redirect": go_to(result)})
        return self.leave(request, form.subject)

    def leave(self, request: HttpRequest, record: Any) -> HttpResponse:
        """Close the dialog: back to the page on which it was opened."""
        here = request.headers.get("HX-Current-URL", "")
        if not url_has_allowed_host_and_scheme(
            here, {request.get_host()}, require_https=request.is_secure()
        ):
            here = columns.page_url(record) if record is not None else ""
        return HttpResponse(headers={"HX-Redirect": here or self.url_of("changelist")})


def equip(cls: Any, model: type[Model]) -> None:
    """Give a screen an action and a permission hook for each of its steps and dialogs."""
    forms: list[type[DialogForm]] = []
    places = {
        "detail": list(cls.actions_detail),
        "list": list(cls.actions_list),
        "bulk": list(cls.actions or ()),
    }
    for info in infos(model, cls.steps):
        form = steps.form_for(info, cls.step_forms)
        forms.append(form)
        name = f"step_{info.name}"
        setattr(cls, name, steps.step_action(info, form))
        setattr(cls, f"has_{name}_permission", steps.step_hook(info))
        places["detail"].append(name)
        if info.name in cls.bulk_steps:
            setattr(cls, f"bulk_{info.name}", steps.bulk_action(info))
            places["bulk"].append(f"bulk_{info.name}")
    for name, method in dialogs_of(cls):
        forms.append(method.form)
        setattr(cls, f"has_{name}_permission", steps.right_hook(method.right))
        places[method.place].append(name)
    cls.dialog_forms = forms
    cls.actions_detail, cls.actions_list = places["detail"], places["list"]
    cls.actions = places["bulk"]


def infos(model: type[Model], names: Sequence[str] | None) -> list[StepInfo]:
    """The steps that a screen offers: those named, else all that staff may ever take."""
    if not issubclass(model, Stateful):
        return []
    found = workflow.steps_of(model)
    if names is None:
        return [info for info in found if info.permission is not None]
    by_name = {info.name: info for info in found}
    return [by_name[name] for name in names]


def dialogs_of(cls: type[Any]) -> list[tuple[str, Any]]:
    found: dict[str, Any] = {}
    for base in reversed(cls.__mro__):
        found |= {
            name: member
            for name, member in vars(base).items()
            if hasattr(member, "right") and hasattr(member, "place")
        }
    return list(found.items())
