"""What a page of the admin may offer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.core.checks import CheckMessage, Error, register
from django.test import RequestFactory

from domain.staff.models import Staff

# Written by the domain alone: a form would go round the door and its audit trail.
OWNED_BY_THE_DOMAIN = {
    "domain.Account",
    "domain.AuditDetail",
    "domain.AuditEntry",
    "domain.AuditSeal",
    "domain.BankAccount",
    "domain.BankAnswer",
    "domain.BankAnswerLine",
    "domain.BookingLine",
    "domain.Challan",
    "domain.ChallanAllocation",
    "domain.CommissionRun",
    "domain.ComplianceDocument",
    "domain.Dispute",
    "domain.Entry",
    "domain.IdempotencyKey",
    "domain.Instalment",
    "domain.InstalmentWaiver",
    "domain.KycCase",
    "domain.LedgerDay",
    "domain.LedgerMonth",
    "domain.LedgerPeriod",
    "domain.Message",
    "domain.LowerDeductionCertificate",
    "domain.Member",
    "domain.MoneyCase",
    "domain.Pair",
    "domain.Payment",
    "domain.Payout",
    "domain.PayoutBatch",
    "domain.PayoutBatchItem",
    "domain.PlacementCorrection",
    "domain.Plan",
    "domain.PlanRow",
    "domain.Refund",
    "domain.RefundPart",
    "domain.StaffAction",
    "domain.StockMove",
    "domain.TaxIdentity",
    "domain.TaxQuarter",
    "domain.TaxRecord",
    "domain.TaxStatement",
    "domain.Transfer",
    "domain.VehicleStock",
    "domain.Transmission",
    "domain.WebhookEvent",
    # Whoever may write here may run any function.
    "django_q.Failure",
    "django_q.OrmQ",
    "django_q.Schedule",
    "django_q.Success",
    "axes.AccessAttempt",
    "axes.AccessFailureLog",
    "axes.AccessLog",
}
# Unfold runs these on a plain link unless they have a dialog; a submit button posts by itself.
LINKS = ("actions_list", "actions_row", "actions_detail")


@register("admin")
def admin_is_read_only_where_it_must(**kwargs: Any) -> list[CheckMessage]:
    return [
        error
        for model_admin in admin.site._registry.values()  # noqa: SLF001
        for error in (*actions(model_admin), *writing(model_admin))
    ]


def actions(model_admin: ModelAdmin[Any]) -> Iterator[CheckMessage]:
    for place in (*LINKS, "actions_submit_line"):
        for name in _names(getattr(model_admin, place, None) or ()):
            method = getattr(model_admin, name, None)
            # A link that only leads to another page says so.
            if (getattr(method, "extra_options", None) or {}).get("reads_only"):
                continue
            if not getattr(method, "allowed_permissions", None):
                yield Error(
                    f"{place}: {name!r} names no permission.", obj=model_admin, id="backoffice.E040"
                )
            if place in LINKS and not getattr(method, "dialog", None):
                yield Error(
                    f"{place}: {name!r} has no dialog, so it runs on a plain link.",
                    obj=model_admin,
                    id="backoffice.E041",
                )
    for name in _names(model_admin.actions or ()):
        bulk = getattr(model_admin, name, None)
        if not getattr(bulk, "allowed_permissions", None):
            yield Error(
                f"actions: {name!r} names no permission.", obj=model_admin, id="backoffice.E040"
            )


def writing(model_admin: ModelAdmin[Any]) -> Iterator[CheckMessage]:
    if model_admin.model._meta.label not in OWNED_BY_THE_DOMAIN:
        return
    request = RequestFactory().get("/")
    # The most powerful person there can be, who exists in no table.
    request.user = Staff(username="anybody", is_staff=True, is_superuser=True)
    for verb in ("add", "change", "delete"):
        allows = getattr(model_admin, f"has_{verb}_permission")
        if allows(request):
            yield Error(
                f"The admin can {verb} rows that only the domain may write.",
                obj=model_admin,
                id="backoffice.E042",
            )


def _names(entries: Iterable[Any]) -> Iterator[str]:
    """Flatten Unfold's list, in which a group of actions is a dictionary with ``items``."""
    for entry in entries:
        if isinstance(entry, dict):
            yield from _names(entry["items"])
        elif callable(entry):
            yield entry.__name__
        else:
            yield str(entry)
