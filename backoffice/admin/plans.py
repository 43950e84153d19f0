"""Plans: a step over many records, shown first, run as shown. Also the list of batches."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST
from unfold.decorators import display

from backoffice.access import MissingRight, holds, person, require
from backoffice.admin import columns, plan_view
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.doors import types_label
from backoffice.admin.page import fragment, page, way_back, whole_number
from backoffice.admin.plan_selection import Selection, selection_of
from backoffice.resources.files import csv_response
from domain.common.errors import DomainError, NotPermitted
from domain.common.staff_actions import log_action
from domain.common.workflow import plans, why_not
from domain.common.workflow.models import Outcome, Plan, PlanState
from domain.common.workflow.stateful import model_of
from domain.common.workflow.steps import step_info
from domain.staff.roles import holders

BATCHES = "admin:domain_plan_changelist"


@admin.register(Plan)
class PlanAdmin(BackofficeAdmin):
    view_right = "domain.view_booking"  # every role; each sees what is theirs
    list_display = ("what", "state_badge", "rows_done", "rows_refused", "prepared", "when_prepared")
    list_filter = ("state", "subject_type_name", "step_name")
    list_select_related = ("prepared_by",)
    ordering = ("-prepared_at", "-pk")
    search_fields = ("label", "reason")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        mine = obj is None or plan_view.may_see_plan(request, obj)
        return mine and bool(super().has_view_permission(request))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Plan]:
        found: QuerySet[Plan] = super().get_queryset(request)
        rows = {
            "row_count": Count("rows", filter=~Q(rows__outcome=Outcome.SKIPPED)),
            "done_count": Count("rows", filter=Q(rows__outcome=Outcome.DONE)),
            "refused_count": Count("rows", filter=Q(rows__outcome=Outcome.REFUSED)),
        }
        return plan_view.visible_plans(request, found).annotate(**rows)

    def change_view(self, request: HttpRequest, object_id: str, *args: Any, **kwargs: Any) -> Any:
        return plan_page(request, whole_number(object_id, 0))

    @display(description="Batch")
    def what(self, plan: Any) -> str:
        return plan_view.title_of(plan, plan.row_count)

    @display(description="State", ordering="state")
    def state_badge(self, plan: Plan) -> SafeString:
        return columns.state_badge(plan)

    @display(description="Done")
    def rows_done(self, plan: Any) -> int:
        return int(plan.done_count)

    @display(description="Refused")
    def rows_refused(self, plan: Any) -> int:
        return int(plan.refused_count)

    @display(description="Prepared by", ordering="prepared_by")
    def prepared(self, plan: Plan) -> SafeString:
        return columns.person(plan.prepared_by, role=False)

    @display(description="Prepared", ordering="prepared_at")
    def when_prepared(self, plan: Plan) -> SafeString:
        return columns.when(plan.prepared_at)


def pages(site: AdminSite) -> list[URLPattern]:
    return [
        path("plan/prepare/", site.admin_view(prepare), name="plan_prepare"),
        path("plan/<int:plan_id>/run/", site.admin_view(run), name="plan_run"),
        path("plan/<int:plan_id>/request/", site.admin_view(ask), name="plan_request"),
        path("plan/<int:plan_id>/deny/", site.admin_view(deny), name="plan_deny"),
        path("plan/<int:plan_id>/withdraw/", site.admin_view(withdraw), name="plan_withdraw"),
        path("plan/<int:plan_id>/undo/", site.admin_view(undo), name="plan_undo"),
        path("plan/<int:plan_id>/export/", site.admin_view(export), name="plan_export"),
        path("plan/<int:plan_id>/progress/", site.admin_view(progress), name="plan_progress"),
    ]


def plan_url(plan_id: int) -> str:
    return reverse("admin:domain_plan_change", args=[plan_id])


def found(request: HttpRequest, plan_id: int) -> Plan:
    """:raises Http404: there is none; :raises PermissionDenied: it is not for this person"""
    plan = Plan.objects.select_related("prepared_by", "decided_by", "undoes").filter(pk=plan_id)
    if (one := plan.first()) is None:
        raise Http404("There is no such batch.")
    if not plan_view.may_see_plan(request, one):
        raise MissingRight(one.permission) if one.permission else PermissionDenied
    return one


@require_POST
def prepare(request: HttpRequest) -> HttpResponseBase:
    """Store what a step would do and show it; ask for the reason first where one is needed."""
    back = way_back(request, reverse("admin:index"))
    try:
        asked = selection_of(request)
        if asked.lacks_reason:
            return _ask_reason(request, asked, back)
        plan = plans.prepare_plan(
            model=asked.model,
            subject_ids=asked.ids,
            step=asked.info.name,
            actor=person(request),
            at=timezone.now(),
            reason=asked.reason,
            undoes_id=asked.undoes_id,
        )
    except NotPermitted as refusal:
        permission = asked.info.permission
        if isinstance(permission, str):
            raise MissingRight(permission) from refusal
        messages.error(request, str(refusal))
        return redirect(back)
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    return redirect(plan_url(plan.pk))


def _ask_reason(request: HttpRequest, asked: Selection, back: str) -> HttpResponse:
    kept = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name not in {"csrfmiddlewaretoken", "reason"}
    ]
    return page(
        request,
        "admin/plans/reason.html",
        f"{asked.info.label}: why?",
        kept=kept,
        label=asked.info.label,
        count=len(asked.ids),
        nouns=types_label(asked.model.subject_type, len(asked.ids)),
        back=back,
    )


def plan_page(request: HttpRequest, plan_id: int) -> HttpResponse:
    plan = found(request, plan_id)
    staff, now = person(request), timezone.now()
    summary = plan_view.summary_of(request, plan)
    pager = Paginator(plan_view.in_order(plan), plan_view.ROWS_PER_PAGE)
    shown = pager.get_page(whole_number(request.GET.get("p")))
    model = model_of(plan.subject_type_name)
    info = step_info(model, plan.step_name)
    answers = {
        name: why_not(plan, name, actor=staff, at=now)
        for name in ("run", "request", "deny", "withdraw")
    }
    return page(
        request,
        "admin/plans/plan.html",
        plan_view.title_of(plan, summary.changing),
        plan=plan,
        info=info,
        undo_label=step_info(model, info.undo).label if info.undo else "",
        summary=summary,
        rows=plan_view.rows_of(request, plan, list(shown)),
        shown=shown,
        answers=answers,
        running=plan.state == PlanState.RUNNING,
        over=plan.state == PlanState.DONE,
        open=plan.state in {PlanState.PREPARED, PlanState.REQUESTED},
        deciders=holders(plan.permission),
        may_export=holds(request, "domain.export_data"),
        exporters=holders("domain.export_data"),
        undone_by=plan_view.undoing(plan),
        back_url=reverse(BATCHES),
    )


def progress(request: HttpRequest, plan_id: int) -> HttpResponse:
    """How far a running plan is; tells the page to load anew once it is over."""
    plan = found(request, plan_id)
    summary = plan_view.summary_of(request, plan)
    response = fragment(request, "admin/plans/progress.html", plan=plan, summary=summary)
    if plan.state != PlanState.RUNNING:
        response["HX-Refresh"] = "true"
    return response


@require_POST
def run(request: HttpRequest, plan_id: int) -> HttpResponseBase:
    plan = found(request, plan_id)
    staff = require(request, plan.permission)
    try:
        done = plans.execute_plan(
            plan_id=plan_id,
            digest=request.POST.get("digest", ""),
            actor=staff,
            at=timezone.now(),
            hold_messages=bool(request.POST.get("hold_messages")),
        )
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(plan_url(plan_id))
    if done.state == PlanState.DONE:
        _tell_result(request, done)
    else:
        messages.info(request, "It runs in the background; this page shows how far it is.")
    return redirect(plan_url(plan_id))


def _tell_result(request: HttpRequest, plan: Plan) -> None:
    summary = plan_view.summary_of(request, plan)
    text = f"{plan.label}: {summary.done:,} done"
    if summary.refused:
        text += f", {summary.refused:,} refused; each says why below"
    (messages.warning if summary.refused else messages.success)(request, f"{text}.")


@require_POST
def ask(request: HttpRequest, plan_id: int) -> HttpResponseBase:
    plan = found(request, plan_id)
    who = ", ".join(holders(plan.permission))
    return _decide(
        request,
        plan,
        lambda: plans.request_plan(plan_id=plan_id, actor=person(request), at=timezone.now()),
        f"Asked for approval: {who} may decide it.",
    )


@require_POST
def deny(request: HttpRequest, plan_id: int) -> HttpResponseBase:
    plan = found(request, plan_id)
    staff = require(request, plan.permission)
    reason = request.POST.get("reason", "")
    return _decide(
        request,
        plan,
        lambda: plans.deny_plan(plan_id=plan_id, reason=reason, actor=staff, at=timezone.now()),
        "Denied; nothing was changed.",
    )


@require_POST
def withdraw(request: HttpRequest, plan_id: int) -> HttpResponseBase:
    return _decide(
        request,
        found(request, plan_id),
        lambda: plans.withdraw_plan(plan_id=plan_id, actor=person(request), at=timezone.now()),
        "Withdrawn; nothing was changed.",
    )


def _decide(request: HttpRequest, plan: Plan, work: Any, done: str) -> HttpResponseBase:
    try:
        work()
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, done)
    return redirect(plan_url(plan.pk))


@require_POST
def undo(request: HttpRequest, plan_id: int) -> HttpResponseBase:
    """Prepare the plan that takes an executed one back; it is run like any other."""
    found(request, plan_id)
    try:
        back = plans.undo_plan(plan_id=plan_id, actor=person(request), at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(plan_url(plan_id))
    return redirect(plan_url(back.pk))


@require_POST
def export(request: HttpRequest, plan_id: int) -> HttpResponseBase:
    plan = found(request, plan_id)
    staff = require(request, "domain.export_data")
    now = timezone.now()
    log_action(action="export", staff=staff, at=now, subject=f"{plan}, CSV")
    return csv_response(f"batch-{plan_id}", plan_view.HEADER, plan_view.export_rows(plan))
