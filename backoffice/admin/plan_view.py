"""A stored plan as its page shows it: rows in words, totals, and what may be done with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.http import HttpRequest

from backoffice.access import holds, person
from backoffice.admin.doors import door, may_see, types_label
from backoffice.resources.cells import Cell
from domain.common.effects import Move, Preview
from domain.common.money import to_amount, without_amounts
from domain.common.workflow.drafts import Totals, add_up
from domain.common.workflow.models import Outcome, Plan, PlanRow, PlanState
from domain.common.workflow.stateful import REGISTERED, Stateful, model_of
from domain.ledger.chart import CHART

ROWS_PER_PAGE = 200
HEADER = ("Record", "From", "To", "Outcome", "Cash out", "Fee kept", "Currency", "What", "Why")


@dataclass(frozen=True, slots=True)
class Amount:
    cents: int
    currency: str
    what: str


@dataclass(frozen=True, slots=True)
class Account:
    code: str
    name: str
    cents: int
    currency: str


@dataclass(frozen=True, slots=True)
class Row:
    """A record of the plan. ``changed`` says that it is no longer as it was shown."""

    row: PlanRow
    url: str
    entry_url: str
    from_label: str
    to_label: str
    sentences: list[str]
    amounts: list[Amount]
    message_to: str
    outcome_text: str
    changed: bool

    @property
    def included(self) -> bool:
        return self.row.outcome != Outcome.SKIPPED


def may_see_plan(request: HttpRequest, plan: Plan) -> bool:
    return visible_plans(request, Plan.objects.filter(pk=plan.pk)).exists()


def visible_plans(request: HttpRequest, plans: QuerySet[Plan]) -> QuerySet[Plan]:
    """One's own and those one could decide, about records one may see; all of them for who reads
    the audit trail.
    """
    staff = person(request)
    if staff.has_perm("domain.view_auditentry"):
        return plans
    seen = [name for name in REGISTERED if may_see(request, name)]
    mine = Q(prepared_by=staff) | Q(permission__in=staff.get_all_permissions())
    return plans.filter(mine, subject_type_name__in=seen)


def undoing(plan: Plan) -> list[Plan]:
    """The batches that take this one back, unless they were given up."""
    if plan.state != PlanState.DONE:
        return []
    given_up = (PlanState.DENIED, PlanState.WITHDRAWN)
    return list(plan.undone_by.exclude(state__in=given_up).order_by("pk"))


def title_of(plan: Plan, count: int) -> str:
    """Say what a plan does: ``Cancel 12 bookings``."""
    return f"{plan.label} {count:,} {types_label(plan.subject_type_name, count)}"


def in_order(plan: Plan) -> QuerySet[PlanRow]:
    """A plan's rows: what changes first, then what is left alone."""
    skipped = ExpressionWrapper(Q(outcome=Outcome.SKIPPED), output_field=BooleanField())
    return plan.rows.annotate(left_alone=skipped).order_by("left_alone", "pk")


def rows_of(request: HttpRequest, plan: Plan, rows: list[PlanRow]) -> list[Row]:
    model = model_of(plan.subject_type_name)
    labels = dict(model._meta.get_field("state").flatchoices)
    now = _versions(model, rows) if plan.state in {PlanState.PREPARED, PlanState.REQUESTED} else {}
    priced = holds(request, "domain.view_prices")
    return [_row(request, plan, row, labels, now, priced=priced) for row in rows]


def _versions(model: type[Stateful], rows: list[PlanRow]) -> dict[int, int]:
    ids = [row.subject_id for row in rows]
    return dict(model._default_manager.filter(pk__in=ids).values_list("pk", "version"))


def _row(
    request: HttpRequest,
    plan: Plan,
    row: PlanRow,
    labels: Mapping[Any, Any],
    versions: Mapping[int, int],
    *,
    priced: bool,
) -> Row:
    previews = previews_of(row)
    told = [preview.message_to for preview in previews if preview.message_to]
    return Row(
        row=row,
        url=door(request, plan.subject_type_name, row.subject_id),
        entry_url=door(request, "auditentry", row.entry_id),
        from_label=str(labels.get(row.from_state, row.from_state)),
        to_label=str(labels.get(row.to_state, row.to_state)),
        # Who is told has a column of its own.
        sentences=[each.sentence for each in previews if not each.message_to] if priced else [],
        amounts=_amounts(previews) if priced else [],
        message_to=", ".join(dict.fromkeys(told)),
        # Kept as said to who planned or ran it, who may have seen prices.
        outcome_text=row.outcome_text if priced else without_amounts(row.outcome_text),
        changed=versions.get(row.subject_id, row.subject_version) != row.subject_version,
    )


def previews_of(row: PlanRow) -> list[Preview]:
    return [
        Preview(**{**told, "moves": tuple(Move(**move) for move in told["moves"])})
        for told in row.previews
    ]


def _amounts(previews: Iterable[Preview]) -> list[Amount]:
    totals = add_up([list(previews)])
    return [
        Amount(cents, currency, what)
        for what, sums in _named(totals)
        for currency, cents in sums.items()
        if cents
    ]


def _named(totals: Totals) -> list[tuple[str, Mapping[str, int]]]:
    return [
        ("cash out", totals.cash_out_cents),
        ("cash in", totals.cash_in_cents),
        ("fee kept", totals.fee_cents),
        ("tax", totals.tax_cents),
    ]


@dataclass(frozen=True, slots=True)
class Summary:
    """A plan's totals: of what would be done, or was done once it is over."""

    changing: int
    skipped: int
    done: int
    refused: int
    waiting: int
    messages: int
    amounts: list[Amount]
    accounts: list[Account]

    @property
    def finished(self) -> int:
        return self.done + self.refused

    @property
    def percent(self) -> int:
        return round(100 * self.finished / self.changing) if self.changing else 100


def summary_of(request: HttpRequest, plan: Plan) -> Summary:
    counts = Counter[str](plan.rows.values_list("outcome", flat=True))
    counted = (
        [Outcome.DONE]
        if plan.state == PlanState.DONE
        else [Outcome.WAITING, Outcome.DONE, Outcome.REFUSED]
    )
    rows = plan.rows.filter(outcome__in=counted).only("plan", "previews")
    totals = add_up([previews_of(row) for row in rows.iterator(chunk_size=1_000)])
    priced = holds(request, "domain.view_prices")
    return Summary(
        changing=sum(counts[each] for each in (Outcome.WAITING, Outcome.DONE, Outcome.REFUSED)),
        skipped=counts[Outcome.SKIPPED],
        done=counts[Outcome.DONE],
        refused=counts[Outcome.REFUSED],
        waiting=counts[Outcome.WAITING],
        messages=totals.messages,
        amounts=_total_amounts(totals) if priced else [],
        accounts=_accounts(totals) if priced else [],
    )


def _total_amounts(totals: Totals) -> list[Amount]:
    """Cash and fees are always told, also when they are nothing; cash in and tax if any."""
    shown = []
    for what, sums in _named(totals):
        always = what in {"cash out", "fee kept"}
        known = {each for each, cents in sums.items() if cents}
        shown += [Amount(sums[each], each, what) for each in sorted(known)]
        if always and not known:
            shown.append(Amount(0, "USD", what))
    return shown


def _accounts(totals: Totals) -> list[Account]:
    """What moves on each account, with the sign people expect of that account."""
    found = []
    for (code, currency), debit in sorted(totals.accounts.items()):
        chart = CHART[code]
        found.append(
            Account(code, chart.name, debit if chart.kind.grows_by_debit else -debit, currency)
        )
    return found


def export_rows(plan: Plan) -> Iterator[tuple[Cell, ...]]:
    """The plan's rows for a file; sentences hold amounts, so who exports may see prices."""
    for row in plan.rows.order_by("pk").iterator(chunk_size=500):
        previews = previews_of(row)
        currency = next((each.currency for each in previews if each.currency), "USD")
        yield (
            row.subject_label,
            row.from_state,
            row.to_state,
            row.get_outcome_display(),
            to_amount(sum(each.cash_out_cents for each in previews), currency),
            to_amount(sum(each.fee_cents for each in previews), currency),
            currency,
            "; ".join(each.sentence for each in previews),
            row.outcome_text,
        )
