"""The queue's life: what waits, runs and failed, what runs by itself, and the worker's pulse."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.paginator import Paginator
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path
from django.utils import timezone
from django.views.decorators.http import require_POST
from django_q.models import OrmQ, Schedule, Task
from django_q.signing import BadSignature, SignedPackage
from django_q.status import Stat

from backoffice.access import holds, require
from backoffice.admin.page import PER_PAGE, page, whole_number
from domain.common.jobs import enqueue
from domain.common.staff_actions import StaffAction, log_action
from domain.staff.roles import holders

VIEW, RETRY = "domain.view_job", "domain.retry_job"
RUNNER = "domain.common.jobs.run"
RETRIED = "retry job"
MOST_SHOWN = 100
# What each job is called by people; ids of what it is about follow.
NAMES = {
    "seal": "Seal the audit trail",
    "roll_up": "Sum up the ledger",
    "sweep": "Ring again for lost jobs",
    "poll_payments": "Ask Stripe about open payments",
    "expire_bookings": "Expire unpaid bookings",
    "deliver_waiting": "Ring again for waiting messages",
    "deliver": "Deliver message",
    "send_refund": "Send refund",
    "process_event": "Process webhook event",
    "close_intents": "Close the open card payment of booking",
    "run_plan": "Run batch",
}
# A worker says so every second; its word lapses soon after.
LATE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Job:
    """A job by its own name: the queue itself only knows that it runs something."""

    name: str
    args: str
    since: datetime | None = None
    running: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    task: Task
    job: Job
    why: str
    retried: StaffAction | None


@dataclass(frozen=True, slots=True)
class Pulse:
    """The workers as they last said they were; none means that nobody works."""

    workers: int
    clusters: int
    age_seconds: int
    last_done: datetime | None

    @property
    def alive(self) -> bool:
        return self.clusters > 0


def pages(site: AdminSite) -> list[URLPattern]:
    return [
        path("jobs/", site.admin_view(overview), name="jobs"),
        path("jobs/<str:task_id>/retry/", site.admin_view(retry), name="job_retry"),
    ]


def overview(request: HttpRequest) -> HttpResponse:
    require(request, VIEW)
    now = timezone.now()
    failed = Task.objects.filter(success=False).order_by("-stopped")
    shown = Paginator(failed, PER_PAGE).get_page(whole_number(request.GET.get("p")))
    waiting = OrmQ.objects.order_by("pk")
    jobs = [_waiting_job(row, now) for row in waiting[:MOST_SHOWN]]
    return page(
        request,
        "admin/jobs/jobs.html",
        "Jobs",
        pulse=pulse(now),
        depth=waiting.count(),
        jobs=jobs,
        running=[job for job in jobs if job.running],
        failures=_failures(list(shown)),
        shown=shown,
        schedules=[_scheduled(each, now) for each in Schedule.objects.order_by("name")],
        done_today=Task.objects.filter(success=True, stopped__gte=now - timedelta(days=1)).count(),
        may_retry=holds(request, RETRY),
        retriers=holders(RETRY),
    )


def pulse(now: datetime) -> Pulse:
    found = Stat.get_all()
    newest = max((each.timestamp for each in found), default=None)
    last = Task.objects.order_by("-stopped").values_list("stopped", flat=True).first()
    return Pulse(
        workers=sum(len(each.workers) for each in found),
        clusters=len(found),
        age_seconds=max(int((now - newest).total_seconds()), 0) if newest else 0,
        last_done=last,
    )


def _waiting_job(row: OrmQ, now: datetime) -> Job:
    """A queued row; locked ahead of now, a worker has taken it."""
    running = bool(row.lock and row.lock > now)
    try:
        package = SignedPackage.loads(row.payload)
    except BadSignature:
        return Job("A job that this installation did not sign", "", row.lock, running)
    name, args = job_name(package["func"], package["args"])
    retry = timedelta(seconds=settings.Q_CLUSTER["retry"])
    return Job(name, args, row.lock - retry if running and row.lock else row.lock, running)


def job_name(function: Any, args: Any) -> tuple[str, str]:
    """What a job is called, with its ids: ``Send refund``, ``12``."""
    path_, rest = str(function), list(args or ())
    if path_ == RUNNER and rest:
        path_, rest = str(rest[0]), list(rest[1]) if len(rest) > 1 else []
    return _named(path_), ", ".join(map(str, rest))


def _named(function: str) -> str:
    name = function.rpartition(".")[2]
    return NAMES.get(name, name.replace("_", " ").capitalize())


def _failures(tasks: list[Task]) -> list[Failure]:
    keys = [f"job {task.pk}" for task in tasks]
    again = {
        each.subject: each
        for each in StaffAction.objects.filter(action=RETRIED, subject__in=keys)
        .select_related("staff")
        .order_by("at")
    }
    return [
        Failure(
            task,
            Job(*job_name(task.func, task.args), since=task.stopped),
            _why(task.result),
            again.get(f"job {task.pk}"),
        )
        for task in tasks
    ]


def _why(result: Any) -> str:
    """The last line of what went wrong; the rest is in the log."""
    lines = [line.strip() for line in str(result or "").splitlines() if line.strip()]
    sentence = lines[0].partition(" : ")[0] if lines else ""
    return sentence[:300] or "No reason was left behind; the log has it."


@dataclass(frozen=True, slots=True)
class Scheduled:
    schedule: Schedule
    name: str
    every: str
    late: bool


def _scheduled(schedule: Schedule, now: datetime) -> Scheduled:
    name = _named(str(schedule.func))
    minutes = schedule.minutes or 0
    every = "every minute" if minutes == 1 else f"every {minutes} minutes"
    if schedule.schedule_type != Schedule.MINUTES:
        every = str(schedule.get_schedule_type_display()).lower()
    if minutes >= 60 and minutes % 60 == 0:
        every = "every hour" if minutes == 60 else f"every {minutes // 60} hours"
    late = schedule.next_run is not None and schedule.next_run < now - LATE
    return Scheduled(schedule, name, every, late)


@require_POST
def retry(request: HttpRequest, task_id: str) -> HttpResponseBase:
    """Queue a failed job once more. Each of our jobs may run twice and must not mind."""
    staff = require(request, RETRY)
    task = Task.objects.filter(pk=task_id, success=False).first()
    if task is None:
        raise Http404("There is no such failed job.")
    args = list(task.args or ())
    if task.func != RUNNER or not args:
        messages.error(request, "This job is of the schedule: it runs again by itself.")
        return redirect("admin:jobs")
    name, shown = job_name(task.func, args)
    with transaction.atomic():
        enqueue(str(args[0]), *(args[1] if len(args) > 1 else ()))
        log_action(
            action=RETRIED,
            staff=staff,
            at=timezone.now(),
            subject=f"job {task.pk}",
            facts={"job": name, "args": shown},
        )
    messages.success(request, f"“{name} {shown}” is queued again.".replace(" ”", "”"))
    return redirect("admin:jobs")
