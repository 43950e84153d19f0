"""Every invariant, checked on demand, one after the other; nothing is repaired silently."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from time import monotonic
from typing import Any

from django.contrib.admin import AdminSite
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from backoffice.access import holds, person, require
from backoffice.admin.doors import door_by_words
from backoffice.admin.page import fragment, page
from domain.common.integrity import Breach
from domain.flows.integrity import checks

VIEW = "domain.view_integrity"
KEPT = "integrity_results"
# A broken rule can break in every row: so many are named, and that there are more is said.
MOST_NAMED = 100


@dataclass(frozen=True, slots=True)
class Broken:
    subject: str
    sentence: str
    url: str


@dataclass(frozen=True, slots=True)
class Invariant:
    """A rule with its last answer; ``breaches`` is None while it was not asked."""

    index: int
    code: str
    name: str
    breaches: list[Broken] | None
    more: bool
    trouble: str
    seconds: float

    @property
    def holds(self) -> bool:
        return self.breaches == [] and not self.trouble


def pages(site: AdminSite) -> list[URLPattern]:
    return [
        path("integrity/", site.admin_view(overview), name="integrity"),
        path("integrity/run/", site.admin_view(run_all), name="integrity_run"),
        path("integrity/check/<int:index>/", site.admin_view(run_one), name="integrity_check"),
    ]


def overview(request: HttpRequest) -> HttpResponse:
    require(request, VIEW)
    kept = request.session.get(KEPT, {})
    rows = [
        shown(request, index, code, name, kept.get("answers", {}).get(str(index)))
        for index, (code, name, _) in enumerate(checks(timezone.now()))
    ]
    asked = [row for row in rows if row.breaches is not None or row.trouble]
    return page(
        request,
        "admin/integrity/integrity.html",
        "Integrity",
        rows=rows,
        asked=len(asked),
        broken=sum(not row.holds for row in asked),
        checked_at=parse_datetime(kept["at"]) if kept.get("at") else None,
        first_url=reverse("admin:integrity_check", args=[0]),
        may_draft=holds(request, "domain.request_manual_entry"),
    )


@require_POST
def run_one(request: HttpRequest, index: int) -> HttpResponse:
    """Check one invariant and, when all are asked for, lead on to the next."""
    require(request, VIEW)
    named = checks(timezone.now())
    if index >= len(named):
        raise Http404("There is no such invariant.")
    code, name, _ = named[index]
    answer = _answer(named[index][2])
    _keep(request, index, answer, anew=index == 0 and "all" in request.GET)
    following = index + 1 if "all" in request.GET and index + 1 < len(named) else None
    response = fragment(
        request,
        "admin/integrity/row.html",
        row=shown(request, index, code, name, answer),
        next_url=_next_url(following) if following is not None else "",
        next_index=following,
    )
    if "all" in request.GET and following is None:
        # The page's head sums up all of them, so it is drawn anew.
        response["HX-Refresh"] = "true"
    return response


def _next_url(index: int) -> str:
    return f"{reverse('admin:integrity_check', args=[index])}?all=1"


@require_POST
def run_all(request: HttpRequest) -> HttpResponseBase:
    """Check everything in one go, for who works without scripts."""
    require(request, VIEW)
    for index, (_, _, check) in enumerate(checks(timezone.now())):
        _keep(request, index, _answer(check), anew=index == 0)
    return redirect("admin:integrity")


def _answer(check: Any) -> dict[str, Any]:
    begun = monotonic()
    try:
        found: list[Breach] = list(islice(check(), MOST_NAMED + 1))
    except DatabaseError:
        return {"trouble": "The check could not be run; the log says why.", "seconds": 0.0}
    return {
        "breaches": [[each.subject, each.sentence] for each in found[:MOST_NAMED]],
        "more": len(found) > MOST_NAMED,
        "seconds": round(monotonic() - begun, 2),
    }


def _keep(request: HttpRequest, index: int, answer: dict[str, Any], *, anew: bool) -> None:
    """Keep the answers in the person's session: they are theirs, and of this moment."""
    kept = {} if anew else request.session.get(KEPT, {})
    answers = {**kept.get("answers", {}), str(index): answer}
    request.session[KEPT] = {
        "at": timezone.now().isoformat(),
        "by": person(request).pk,
        "answers": answers,
    }


def shown(
    request: HttpRequest, index: int, code: str, name: str, answer: dict[str, Any] | None
) -> Invariant:
    if answer is None:
        return Invariant(index, code, name, None, more=False, trouble="", seconds=0)
    broken = [
        Broken(subject, sentence, door_by_words(request, subject) if place < 10 else "")
        for place, (subject, sentence) in enumerate(answer.get("breaches", []))
    ]
    return Invariant(
        index,
        code,
        name,
        None if answer.get("trouble") else broken,
        more=bool(answer.get("more")),
        trouble=str(answer.get("trouble", "")),
        seconds=float(answer["seconds"]),
    )
