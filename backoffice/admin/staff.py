"""Staff: who works here, in which roles, and what they did that changed no record."""

from __future__ import annotations

from functools import partial
from typing import Any, ClassVar, override

from django.contrib import admin, messages
from django.contrib.auth.models import Group
from django.contrib.auth.tokens import default_token_generator
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.safestring import SafeString
from unfold.decorators import display

from backoffice.access import holds, person
from backoffice.admin import columns
from backoffice.admin.base import BackofficeAdmin
from backoffice.admin.dialogs import dialog
from backoffice.admin.filters import DropdownFilter, MomentRangeFilter
from backoffice.admin.staff_forms import (
    EndForm,
    LinkForm,
    NewStaffForm,
    ReturnForm,
    RolesForm,
    StaffForm,
)
from backoffice.admin.steps import Button
from backoffice.resources.people import StaffResource
from domain.common.staff_actions import StaffAction
from domain.flows import staffing
from domain.staff.models import Staff
from domain.staff.roles import Role

MANAGE = "domain.manage_staff"
SHOWN = 30


def password_link(request: HttpRequest, staff: Staff) -> str:
    """A link by which somebody sets a password, once; it says nothing of what it was before."""
    uid = urlsafe_base64_encode(force_bytes(staff.pk))
    token = default_token_generator.make_token(staff)
    return request.build_absolute_uri(reverse("admin:set_password", args=[uid, token]))


class RoleFilter(DropdownFilter):
    title = "role"
    parameter_name = "role"

    @override
    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(role.value, str(role.label)) for role in Role]

    @override
    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(groups__name=self.value()) if self.value() else queryset


@admin.register(Staff)
class StaffAdmin(BackofficeAdmin):
    resource_class = StaffResource
    list_display = ("name", "username", "email", "roles", "department", "active", "last_seen")
    list_display_links = ("name",)
    list_filter: ClassVar[list[Any]] = [RoleFilter, "is_active"]
    search_fields = ("first_name", "last_name", "username", "email", "employee_id")
    search_help_text = "Name, user name, e-mail or employee number"
    ordering = ("-is_active", "first_name", "last_name")
    record_template = "backoffice/staff/person.html"
    empty_sentence = "Nobody works here yet."

    @override
    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        groups = Prefetch("groups", Group.objects.order_by("name"))
        found: QuerySet[Any] = super().get_queryset(request).prefetch_related(groups)
        return found

    # --- The list ---------------------------------------------------------------------------------

    @display(description="Name", ordering="first_name")
    def name(self, staff: Staff) -> str:
        return staff.display_name()

    @display(description="Roles")
    def roles(self, staff: Staff) -> str:
        names = [group.name.replace("_", " ") for group in staff.groups.all()]
        return ", ".join(names) + (" superuser" if staff.is_superuser else "") or "none"

    @display(description="Active", ordering="is_active")
    def active(self, staff: Staff) -> SafeString:
        return columns.badge("active", "good") if staff.is_active else columns.badge("left")

    @display(description="Last sign-in", ordering="last_login")
    def last_seen(self, staff: Staff) -> SafeString:
        return columns.when(staff.last_login)

    # --- One person -------------------------------------------------------------------------------

    @override
    def record_context(self, request: HttpRequest, record: Staff) -> dict[str, Any]:
        sees_log = holds(request, "domain.view_staffaction")
        actions = StaffAction.objects.filter(staff=record)[:SHOWN] if sees_log else []
        return {
            "title": record.display_name(),
            "staff": record,
            "roles": self.roles(record),
            "buttons": self.dialog_buttons(request, record),
            "has_password": record.has_usable_password(),
            "is_me": record.pk == person(request).pk,
            "actions": list(actions),
            "actions_url": columns.list_url("staffaction", staff__id__exact=record.pk),
            "sees_log": sees_log,
        }

    @override
    def dialog_buttons(self, request: HttpRequest, record: Staff) -> list[Button]:
        """What fits: who left comes back, and nobody does these things to themselves."""
        hidden = {"reactivate"} if record.is_active else {"deactivate", "give_link", "change_roles"}
        if record.pk == person(request).pk:
            hidden |= {"reactivate", "deactivate", "change_roles"}
        return [each for each in super().dialog_buttons(request, record) if each.name not in hidden]

    # --- Dialogs ----------------------------------------------------------------------------------

    @dialog(
        label="New colleague…", right=MANAGE, form=NewStaffForm, icon="person_add", place="list"
    )
    def new_colleague(self, request: HttpRequest, form: NewStaffForm) -> HttpResponse:
        run = partial(
            staffing.create_staff,
            username=form.cleaned_data["username"],
            values=form.profile(),
            roles=form.chosen_roles(),
        )
        return self.perform(
            request,
            form,
            run,
            done=lambda made: _handed_over(request, made),
            go_to=columns.page_url,
        )

    @dialog(label="Edit…", right=MANAGE, form=StaffForm)
    def edit(self, request: HttpRequest, form: StaffForm, object_id: str) -> HttpResponse:
        run = partial(staffing.edit_staff, staff_id=form.subject.pk, values=form.profile())
        return self.perform(request, form, run, done="Saved.")

    @dialog(label="Roles…", right=MANAGE, form=RolesForm)
    def change_roles(self, request: HttpRequest, form: RolesForm, object_id: str) -> HttpResponse:
        run = partial(
            staffing.change_roles,
            staff_id=form.subject.pk,
            roles=form.chosen_roles(),
            reason=form.cleaned_data["reason"],
        )
        return self.perform(request, form, run, done="The new roles count from the next click on.")

    @dialog(label="Password link…", right=MANAGE, form=LinkForm)
    def give_link(self, request: HttpRequest, form: LinkForm, object_id: str) -> HttpResponse:
        run = partial(staffing.allow_new_password, staff_id=form.subject.pk)
        return self.perform(request, form, run, done=lambda made: _handed_over(request, made))

    @dialog(label="Deactivate…", right=MANAGE, form=EndForm, danger=True)
    def deactivate(self, request: HttpRequest, form: EndForm, object_id: str) -> HttpResponse:
        run = partial(
            staffing.deactivate_staff,
            staff_id=form.subject.pk,
            reason=form.cleaned_data["reason"],
        )
        return self.perform(request, form, run, done=f"{form.subject} can no longer sign in.")

    @dialog(label="Reactivate…", right=MANAGE, form=ReturnForm)
    def reactivate(self, request: HttpRequest, form: ReturnForm, object_id: str) -> HttpResponse:
        run = partial(
            staffing.reactivate_staff,
            staff_id=form.subject.pk,
            reason=form.cleaned_data["reason"],
        )
        return self.perform(request, form, run, done=lambda made: _handed_over(request, made))


def _handed_over(request: HttpRequest, staff: Staff) -> str:
    link = password_link(request, staff)
    messages.info(request, f"Give {staff} this link; it works once, for three days: {link}")
    return f"{staff} sets a password by a link of their own."


@admin.register(StaffAction)
class StaffActionAdmin(BackofficeAdmin):
    list_display = ("moment", "who", "action", "about", "more", "address")
    list_display_links = None
    list_select_related = ("staff",)
    linked_lookups = ("staff",)
    list_filter: ClassVar[list[Any]] = ["action", ("at", MomentRangeFilter)]
    search_fields = ("subject", "staff__username", "staff__first_name", "staff__last_name")
    ordering = ("-at", "-id")
    empty_sentence = "Nobody has done anything yet that is noted here."

    @display(description="When", ordering="at")
    def moment(self, action: StaffAction) -> SafeString:
        return columns.when(action.at)

    @display(description="Who", ordering="staff")
    def who(self, action: StaffAction) -> SafeString:
        return columns.person(action.staff, role=False)

    @display(description="About")
    def about(self, action: StaffAction) -> SafeString | str:
        kind, _, number = action.subject.partition(" ")
        if kind in {"customer", "staff"} and number.isdigit():
            url = reverse(f"admin:domain_{kind}_change", args=[int(number)])
            return columns.link(url, action.subject)
        return action.subject

    @display(description="From address")
    def address(self, action: StaffAction) -> str:
        return action.client_ip or ""

    @display(description="More")
    def more(self, action: StaffAction) -> str:
        shown = {key: value for key, value in action.facts.items() if value not in ("", [], {})}
        return "; ".join(f"{key.replace('_', ' ')}: {_said(value)}" for key, value in shown.items())

    @override
    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The list says all there is; a line has no page of its own."""
        self.require_view(request)
        raise Http404


def _said(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_said(each)}" for key, each in value.items())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


# Roles are made from the table of rights; a form for groups would go round it.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)
