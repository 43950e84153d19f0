"""Members: who referred whom, where they sit, whether they buy; placing, correcting, ending."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, override

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.access import person
from backoffice.admin import columns, member_page, tree
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import dialog
from backoffice.admin.filters import MomentRangeFilter, StateFilter
from backoffice.admin.member_filters import BuyerFilter, PlaceFilter
from backoffice.admin.member_forms import (
    AgreementForm,
    CorrectionForm,
    DeathForm,
    EnrolForm,
    PlaceForm,
    SponsorForm,
    TransmissionForm,
    one_customer,
    one_member,
)
from backoffice.admin.page import page, whole_number
from backoffice.admin.releases import ReleasingMixin
from backoffice.resources.network import MemberResource
from domain.common.errors import InvalidInput
from domain.common.staff_actions import log_action
from domain.compliance.days import day_of
from domain.network.models import Member
from domain.network.operations import corrections, members, placement, transmissions
from domain.network.queries.members import active_buyers_on, find_members
from domain.network.queries.tree import legs_of
from domain.network.rules.paths import spelled


@admin.register(Member)
class MemberAdmin(ReleasingMixin, BackofficeAdmin):
    resource_class = MemberResource
    list_display = (
        "name",
        "code_column",
        "state_column",
        "buyer",
        "sponsor",
        "place",
        "left",
        "right",
        "joined",
    )
    list_display_links = ("name",)
    list_filter: ClassVar[list[Any]] = [
        ("state", StateFilter),
        PlaceFilter,
        BuyerFilter,
        ("joined_at", MomentRangeFilter),
    ]
    list_select_related = ("customer", "referred_by__customer", "node")
    page_related = ("customer", "referred_by__customer", "node__parent__member__customer")
    search_fields = ("code",)
    search_help_text = "Referral code, name, e-mail or phone"
    ordering = ("-joined_at", "-customer")
    steps = ("terminate", "clear_wallet", "report_death")
    step_forms: ClassVar[dict[str, Any]] = {"report_death": DeathForm}
    record_template = "admin/members/member.html"
    empty_sentence = (
        "Nobody is a member yet. A booking with a referral code makes one, or Enrol a customer."
    )

    # --- The list ---------------------------------------------------------------------------------

    @override
    def find(self, rows: QuerySet[Any], text: str) -> QuerySet[Any]:
        return find_members(text, rows)

    @override
    def prepare_rows(self, request: HttpRequest, rows: Sequence[Any]) -> None:
        ids = [row.pk for row in rows]
        buyers, legs = active_buyers_on(ids, day_of(timezone.now())), legs_of(ids)
        for row in rows:
            row.is_buyer, row.legs = row.pk in buyers, legs.get(row.pk, (0, 0))

    @display(description="Name", ordering="customer__last_name")
    def name(self, member: Member) -> str:
        return member.customer.full_name()

    @display(description="Code", ordering="code")
    def code_column(self, member: Member) -> SafeString:
        return columns.copyable(member.code)

    @display(description="Active Buyer")
    def buyer(self, member: Any) -> SafeString:
        return columns.badge("Active Buyer", "good") if member.is_buyer else columns.NOTHING

    @display(description="Sponsor")
    def sponsor(self, member: Member) -> SafeString:
        above = member.referred_by
        if above is None:
            return columns.NOTHING
        return columns.page_link(above, above.customer.full_name())

    @display(description="Place", ordering="node__depth")
    def place(self, member: Member) -> SafeString:
        node = getattr(member, "node", None)
        if node is None:
            waits = member.state == "active"
            return columns.badge("holding list", "needs") if waits else columns.NOTHING
        words = f"level {node.depth}" if node.depth else "root"
        return format_html('<span title="{}">{}</span>', spelled(node.path), words)

    @display(description="Left")
    def left(self, member: Any) -> str:
        return f"{member.legs[0]:,}"

    @display(description="Right")
    def right(self, member: Any) -> str:
        return f"{member.legs[1]:,}"

    @display(description="Joined", ordering="joined_at")
    def joined(self, member: Member) -> SafeString:
        return columns.when(member.joined_at)

    # --- Pages ------------------------------------------------------------------------------------

    @override
    def own_urls(self) -> list[URLPattern]:
        return [
            path("holding/", self.page(self.holding_view), name="holding_list"),
            *tree.urls(self),
        ]

    @override
    def record_context(self, request: HttpRequest, record: Any) -> dict[str, Any]:
        if request.method == "GET":
            # Whom staff looked up is noted, as for customers.
            log_action(
                action="viewed member",
                staff=person(request),
                at=timezone.now(),
                subject=f"member {record.pk}",
            )
        self.prepare_rows(request, [record])
        return member_page.about(request, record) | {
            "title": record.customer.full_name(),
            "buttons": self.buttons(request, record),
        }

    def holding_view(self, request: HttpRequest) -> HttpResponse:
        """Who waits for a place, the longest waiting first."""
        self.require_view(request)
        asked = whole_number(request.GET.get("page"))
        return page(
            request,
            "admin/members/holding.html",
            **self.page_context(request, title="Holding list"),
            **member_page.holding(request, self, asked),
        )

    @override
    def step_params(self, step: str, record: Any, at: datetime) -> dict[str, Any]:
        """A death is of today until its dialog names the day."""
        return {"died_on": day_of(at).isoformat()} if step == "report_death" else {}

    # --- Dialogs ----------------------------------------------------------------------------------

    @dialog(
        label="Enrol a customer…", right=members.ENROL, form=EnrolForm, icon="person_add",
        place="list",
    )  # fmt: skip
    def enrol(self, request: HttpRequest, form: EnrolForm) -> HttpResponse:
        def run(**how: Any) -> Member:
            sponsor = one_member(form.cleaned_data["sponsor"], "sponsor")
            return members.enrol(
                customer_id=one_customer(form.cleaned_data["customer"]).pk,
                sponsor_id=sponsor.pk if sponsor else None,
                agreement_signed_on=form.cleaned_data["agreement_signed_on"],
                **how,
            )

        return self.perform(
            request,
            form,
            run,
            done=lambda made: f"{made.customer} is a member; the code is {made.code}.",
            go_to=columns.page_url,
        )

    @dialog(label="Place…", right=placement.PLACE, form=PlaceForm)
    def put(self, request: HttpRequest, form: PlaceForm, object_id: str) -> HttpResponse:
        run = partial(
            placement.place_member,
            member_id=form.subject.pk,
            side=form.cleaned_data["side"],
            seen_version=form.cleaned_data["seen_version"],
        )
        return self.perform(request, form, run, done=_landed)

    @dialog(label="Correct the sponsor…", right=members.ENROL, form=SponsorForm)
    def correct_sponsor(
        self, request: HttpRequest, form: SponsorForm, object_id: str
    ) -> HttpResponse:
        def run(**how: Any) -> Member:
            sponsor = one_member(form.cleaned_data["sponsor"], "sponsor")
            return members.change_sponsor(
                member_id=form.subject.pk,
                sponsor_id=sponsor.pk if sponsor else None,
                reason=form.cleaned_data["reason"],
                **how,
            )

        return self.perform(request, form, run, done="The sponsor was corrected.")

    @dialog(label="Agreement signed…", right=members.ENROL, form=AgreementForm)
    def agreement(self, request: HttpRequest, form: AgreementForm, object_id: str) -> HttpResponse:
        run = partial(
            members.sign_agreement,
            member_id=form.subject.pk,
            signed_on=form.cleaned_data["signed_on"],
        )
        return self.perform(request, form, run, done="Saved.")

    @dialog(label="Correct the place…", right=corrections.REQUEST, form=CorrectionForm)
    def correct_place(
        self, request: HttpRequest, form: CorrectionForm, object_id: str
    ) -> HttpResponse:
        def run(**how: Any) -> Any:
            under = one_member(form.cleaned_data["under"], "under")
            if under is None:
                raise InvalidInput.of({"under": ["Name who is above."]})
            return corrections.request_correction(
                member_id=form.subject.pk,
                under_id=under.pk,
                side=form.cleaned_data["side"],
                reason=form.cleaned_data["reason"],
                **how,
            )

        return self.perform(request, form, run, done="Asked for. Somebody else has to approve it.")

    @dialog(label="Wallet to the nominee…", right=transmissions.REQUEST, form=TransmissionForm)
    def transmit(
        self, request: HttpRequest, form: TransmissionForm, object_id: str
    ) -> HttpResponse:
        run = partial(
            transmissions.request_transmission,
            member_id=form.subject.pk,
            reason=form.cleaned_data["reason"],
        )
        return self.perform(request, form, run, done="Asked for. Somebody else has to approve it.")

    @override
    def dialog_buttons(self, request: HttpRequest, record: Any) -> list[Any]:
        """Only what fits: nobody is placed twice, and only the dead leave a wallet."""
        unfit = {
            "put": record.placed_at is not None or record.state != "active",
            "correct_place": record.placed_at is None,
            "transmit": record.state != "deceased",
            "correct_sponsor": record.state != "active",
            "release_reserve": True,  # it stands on the wallet's page
        }
        found = super().dialog_buttons(request, record)
        return [each for each in found if not unfit.get(each.name)]


def _landed(placed: placement.Placement) -> str:
    where = f"level {len(placed.path)}, {spelled(placed.path)}" if placed.path else "a root"
    return f"{placed.member} sits in the tree: {where}."
