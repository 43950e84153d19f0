"""The webhook inbox: what Stripe told us, what came of it, and processing it again."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, override

from django.contrib import admin
from django.db import transaction
from django.http import HttpRequest
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import DropdownFilter
from unfold.decorators import display

from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.doors import numbered
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.step_forms import StepForm
from backoffice.admin.trail import masked, trail_of
from domain.common.jobs import enqueue
from domain.common.workflow import Done
from domain.payments.models import WebhookEvent
from domain.payments.operations.inbox import PROCESS

HIDDEN = "•••"
# Neither secrets nor what identifies a person is needed to understand an event.
SECRET = frozenset(
    {
        *("client_secret", "secret", "signature", "api_key", "token", "fingerprint", "iin"),
        *("email", "receipt_email", "phone", "name", "address", "billing_details", "shipping"),
        *("receipt_url", "ip", "line1", "line2", "number", "cvc", "customer_email"),
    }
)
SECRET_PREFIXES = ("sk_", "rk_", "whsec_")


# Stripe's own ids, by how they begin.
IDS = ("pi_", "ch_", "py_", "re_", "txn_", "evt_", "pm_", "cus_", "du_", "dp_")


def without_secrets(value: Any, key: str = "", *, mask: Callable[[str], str] = str) -> Any:
    """A copy of an event fit to be shown: the shape stays, secrets and persons are hidden.

    ``mask`` is what becomes of Stripe's ids.
    """
    if key in SECRET and value not in (None, "", [], {}):
        return HIDDEN
    if isinstance(value, dict):
        return {name: without_secrets(each, name, mask=mask) for name, each in value.items()}
    if isinstance(value, list):
        return [without_secrets(each, key, mask=mask) for each in value]
    if isinstance(value, str) and (value.startswith(SECRET_PREFIXES) or "_secret_" in value):
        return HIDDEN
    return mask(value) if isinstance(value, str) and value.startswith(IDS) else value


class FamilyFilter(DropdownFilter):
    title = "about"
    parameter_name = "about"
    FAMILIES = ("payment_intent", "charge", "refund", "dispute", "payout", "customer")

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(each, each.replace("_", " ").capitalize()) for each in self.FAMILIES]

    @override
    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        if value == "dispute":
            return queryset.filter(type__startswith="charge.dispute")
        return queryset.filter(type__startswith=f"{value}.") if value else queryset


@admin.register(WebhookEvent)
class WebhookEventAdmin(BackofficeAdmin):
    list_display = (
        "kind",
        "state_column",
        "outcome",
        "attempts",
        "booking_link",
        "received",
        "took",
    )
    list_filter = (("state", StateFilter), FamilyFilter, ("received_at", MomentRangeFilter))
    list_select_related = ("booking",)
    page_related = ("booking",)
    ordering = ("-received_at", "-pk")
    search_fields = ("=stripe_id", "=object_id", "=booking__number")
    search_help_text = "Stripe's event or object id, or a booking number"
    bulk_steps = ("replay",)
    record_template = "admin/inbox/event.html"
    empty_sentence = "Stripe has told us nothing yet: the first payment brings the first event."

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        shown = without_secrets(record.payload, mask=lambda text: masked(text, request))
        about = WebhookEvent.objects.filter(object_id=record.object_id).exclude(pk=record.pk)
        return {
            "title": record.type,
            "buttons": self.buttons(request, record),
            "stripe_id": masked(record.stripe_id, request),
            "object_ref": masked(record.object_id, request),
            "payload": json.dumps(shown, indent=2, ensure_ascii=False, sort_keys=True),
            "same_object": list(about.order_by("-received_at")[:20]) if record.object_id else [],
            "lines": trail_of(request, [record]),
        }

    @override
    def take_step(self, step: str, record: Any, **how: Any) -> Done[Any]:
        """Ring for the processing with the step, so that it need not wait for the sweep."""
        with transaction.atomic():
            done = super().take_step(step, record, **how)
            enqueue(PROCESS, record.pk)
        return done

    @override
    def done_sentence(self, form: StepForm, done: Done[Any]) -> str:
        return "It is processed again: Stripe is asked for the object as it is now."

    @display(description="Event", ordering="type")
    def kind(self, event: WebhookEvent) -> str:
        return event.type

    @display(description="Booking")
    def booking_link(self, event: WebhookEvent) -> SafeString:
        return numbered(event.booking)

    @display(description="Received", ordering="received_at")
    def received(self, event: WebhookEvent) -> SafeString:
        return columns.when(event.received_at)

    @display(description="Waited")
    def took(self, event: WebhookEvent) -> str:
        if event.processed_at is None:
            return ""
        return f"{max((event.processed_at - event.received_at).total_seconds(), 0):.0f} s"
