"""The steps of a record's life as buttons, dialogs and bulk plans.

Nothing here knows a rule: what a step needs, causes and costs is asked of the one door.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import NoReverseMatch, reverse
from unfold.decorators import action
from unfold.enums import ActionVariant

from backoffice.access import MissingRight, holds, person
from backoffice.admin.step_forms import StepForm
from domain.common import workflow
from domain.common.workflow import StepInfo
from domain.common.workflow.plans import MAX_ROWS

if TYPE_CHECKING:
    from backoffice.admin.base import BackofficeAdmin


@dataclass(frozen=True, slots=True)
class Button:
    """A step or dialog as a record's page offers it. ``how``: open, ask or closed."""

    name: str
    label: str
    url: str
    how: str = "open"
    primary: bool = False
    danger: bool = False
    icon: str = ""
    sentence: str = ""


def buttons_for(
    admin: BackofficeAdmin, request: HttpRequest, subject: Any, at: datetime
) -> list[Button]:
    """Every step that staff may ever take, open or not; the first open one is primary."""
    found: list[Button] = []
    for info in admin.steps_of(subject):
        answer = workflow.why_not(
            subject,
            info.name,
            actor=person(request),
            at=at,
            params=admin.step_params(info.name, subject, at),
        )
        how = "open" if answer.allowed else "closed"
        if how == "closed" and answer.may_request and answer.open_but_for_right:
            how = "ask"
        taken = any(button.primary for button in found)
        found.append(
            Button(
                name=info.name,
                label=info.label if how != "ask" else f"Ask: {info.label.lower()}",
                url=admin.step_url(subject, info.name, why=how == "closed"),
                how=how,
                primary=how == "open" and not info.danger and not taken,
                danger=info.danger,
                sentence=answer.sentence(),
            )
        )
    return found


def step_action(info: StepInfo, form: type[StepForm]) -> Callable[..., HttpResponse]:
    """The Unfold action of a step: dialog, permission hook, POST."""
    name = f"step_{info.name}"

    def run(
        self: BackofficeAdmin, request: HttpRequest, form: StepForm, **_object_id: str
    ) -> HttpResponse:
        return self.perform_step(request, form)

    run.__name__ = name
    inner = action(
        description=info.label,
        permissions=[name],
        url_path=f"step/{info.name.replace('_', '-')}",
        variant=ActionVariant.DANGER if info.danger else ActionVariant.PRIMARY,
        dialog={"title": info.label, "form_class": form},
    )(run)

    @wraps(inner)
    def guarded(self: BackofficeAdmin, request: HttpRequest, object_id: str) -> HttpResponse:
        self.require_view(request)
        subject = self.subject(request, object_id)
        if subject is None:
            raise Http404
        rights = rights_of(info, subject)
        if not any(holds(request, right) for right in rights):
            raise MissingRight(rights[0])
        answer: HttpResponse = inner(self, request, object_id=object_id)
        return answer

    return guarded


def rights_of(info: StepInfo, subject: object | None) -> list[str]:
    """The rights to take a step or to ask for it; a right may depend on the record."""
    if subject is None and callable(info.permission):
        return []
    return [
        right
        for right in (info.permission_for(subject), info.request_permission)
        if right is not None
    ]


def step_hook(info: StepInfo) -> Callable[..., bool]:
    def allowed(self: BackofficeAdmin, request: HttpRequest, object_id: str | None = None) -> bool:
        subject = None
        if callable(info.permission) and object_id is not None:
            subject = self.subject(request, object_id)
        return self.has_view_permission(request) and any(
            holds(request, right) for right in rights_of(info, subject)
        )

    return allowed


def right_hook(right: str) -> Callable[..., bool]:
    def allowed(self: BackofficeAdmin, request: HttpRequest, *_object_id: object) -> bool:
        return self.has_view_permission(request) and holds(request, right)

    return allowed


def bulk_action(info: StepInfo) -> Callable[..., HttpResponse | None]:
    """A list action that leads to the plan page with the chosen records; it runs nothing."""

    def choose(
        self: BackofficeAdmin, request: HttpRequest, chosen: QuerySet[Any]
    ) -> HttpResponse | None:
        ids = list(chosen.order_by("pk").values_list("pk", flat=True)[: MAX_ROWS + 1])
        return TemplateResponse(
            request,
            "admin/parts/bulk_step.html",
            {
                **self.page_context(request, title=f"{info.label}: {len(ids):,} chosen"),
                "info": info,
                "ids": ",".join(map(str, ids)),
                "count": len(ids),
                "most": MAX_ROWS,
                "subject_type": self.model.subject_type,
                "prepare_url": _reverse("admin:plan_prepare"),
                "return_to": request.get_full_path(),
            },
        )

    choose.__name__ = f"bulk_{info.name}"
    choose.short_description = f"{info.label} the selected…"  # type: ignore[attr-defined]
    choose.allowed_permissions = [f"step_{info.name}"]  # type: ignore[attr-defined]
    return choose


def form_for(info: StepInfo, chosen: Mapping[str, type[StepForm]]) -> type[StepForm]:
    base = chosen.get(info.name, StepForm)
    name = f"{info.name.title().replace('_', '')}{base.__name__}"
    return type(name, (base,), {"step": info.name, "__module__": base.__module__})


def _reverse(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
