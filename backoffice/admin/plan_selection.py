"""What a plan is asked for: a step, the records chosen or all that match, and why."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.http import HttpRequest, QueryDict

from backoffice.access import MissingRight
from backoffice.admin.doors import may_see
from domain.common.errors import InvalidInput
from domain.common.workflow import Stateful, StepInfo, step_info
from domain.common.workflow.models import Plan
from domain.common.workflow.plans import MAX_ROWS
from domain.common.workflow.stateful import model_of

MATCHING = "matching"
# The steps that need nothing but a reason. Others ask for more and have dialogs of their own.
PLANNABLE = {
    "booking": frozenset({"cancel", "dispatch", "complete", "reactivate"}),
    "refund": frozenset({"approve", "deny", "withdraw"}),
    "payment": frozenset({"approve", "reject"}),
    "message": frozenset({"retry", "release", "hold"}),
    "webhookevent": frozenset({"replay"}),
    "manualentry": frozenset({"approve", "deny"}),
    "datedsetting": frozenset({"approve", "deny", "withdraw"}),
}


@dataclass(frozen=True, slots=True)
class Selection:
    model: type[Stateful]
    info: StepInfo
    ids: list[int]
    reason: str
    undoes_id: int | None = None

    @property
    def lacks_reason(self) -> bool:
        return self.info.needs_reason and not self.reason


def selection_of(request: HttpRequest) -> Selection:
    """Read what the form asks for.

    :raises InvalidInput: no such step, nothing chosen, or a filter that is not understood
    :raises MissingRight: the person may not see such records
    """
    subject_type, step = request.POST.get("subject_type", ""), request.POST.get("step", "")
    if step not in PLANNABLE.get(subject_type, ()):
        raise InvalidInput("This step cannot be planned for several records.")
    if not may_see(request, subject_type):
        raise MissingRight(f"domain.view_{subject_type}")
    model = model_of(subject_type)
    chosen = _ids(request, model)
    left_out = set(_numbers(request.POST.getlist("leave_out")))
    ids = [pk for pk in chosen if pk not in left_out]
    if not ids:
        raise InvalidInput("Choose at least one record first.")
    if len(ids) > MAX_ROWS:
        raise InvalidInput(
            f"More than {MAX_ROWS:,} records match; narrow the filter and do them in parts."
        )
    again = _worked_out_before(request)
    reason = request.POST.get("reason", "").strip()
    return Selection(model, step_info(model, step), ids, reason, again.undoes_id if again else None)


def _worked_out_before(request: HttpRequest) -> Plan | None:
    number = request.POST.get("again", "")
    return Plan.objects.filter(pk=int(number)).first() if number.isdecimal() else None


def _ids(request: HttpRequest, model: type[Stateful]) -> list[int]:
    if request.POST.get("again", ""):
        plan = _worked_out_before(request)
        return list(plan.rows.values_list("subject_id", flat=True)) if plan else []
    given = request.POST.getlist("ids")
    if given == [MATCHING]:
        return _matching(request, model, request.POST.get("query", ""))
    asked = _numbers(given)
    return list(
        model._default_manager.filter(pk__in=asked).order_by("pk").values_list("pk", flat=True)
    )


def _numbers(given: list[str]) -> list[int]:
    words = [word for each in given for word in each.replace(",", " ").split()]
    return [int(word) for word in words if word.isascii() and word.isdigit()]


def _matching(request: HttpRequest, model: type[Stateful], query: str) -> list[int]:
    """Every record of the list as it is filtered, on all of its pages."""
    listed = copy(request)
    listed.GET = QueryDict(query.removeprefix("?"))
    listed.method = "GET"
    try:
        changelist = admin.site.get_model_admin(model).get_changelist_instance(listed)
    except IncorrectLookupParameters as error:
        raise InvalidInput("This filter is not understood; set it again.") from error
    found = changelist.queryset.order_by("pk").values_list("pk", flat=True)
    return list(found[: MAX_ROWS + 1])
