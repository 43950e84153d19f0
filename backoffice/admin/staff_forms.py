"""The dialogs about colleagues."""

from __future__ import annotations

from typing import Any, override

from django import forms
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from backoffice.admin.dialogs import DialogForm, date_field, reason_field, text_field
from domain.staff.roles import Role

PROFILE = ("first_name", "last_name", "email", "phone", "employee_id", "department", "hired_on")
ROLES = [(role.value, role.label) for role in Role]


def roles_field() -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label="Roles",
        choices=ROLES,
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget(),
    )


class StaffForm(DialogForm):
    title = "Edit this profile"
    wide = True
    first_name = text_field("First name", most=80)
    last_name = text_field("Last name", most=80)
    email = text_field("E-mail", most=254)
    phone = text_field("Phone", required=False, most=30)
    employee_id = text_field("Employee number", required=False, most=20)
    department = text_field("Department", required=False, most=60)
    hired_on = date_field("Hired on", required=False)

    @override
    def prepare(self) -> None:
        for name in PROFILE if self.subject is not None else ():
            self.initial[name] = getattr(self.subject, name)

    def profile(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in PROFILE}


class NewStaffForm(StaffForm):
    title = "New colleague"
    lead = "They set their own password by a link that you give them."
    submit = "Add"
    username = text_field("User name", most=40, help_text="For signing in; so does the e-mail.")
    roles = roles_field()

    def chosen_roles(self) -> list[Role]:
        return [Role(name) for name in self.cleaned_data["roles"]]


class RolesForm(DialogForm):
    title = "Change roles"
    lead = "Counts from their next click on."
    submit = "Give these roles"
    roles = roles_field()
    reason = reason_field()

    @override
    def prepare(self) -> None:
        if self.subject is not None:
            self.initial["roles"] = [group.name for group in self.subject.groups.all()]

    def chosen_roles(self) -> list[Role]:
        return [Role(name) for name in self.cleaned_data["roles"]]


class LinkForm(DialogForm):
    title = "A link for a new password"
    lead = "It works once and for three days. The old password counts until then."
    submit = "Make the link"


class EndForm(DialogForm):
    title = "End this person's access"
    lead = "From their next click on. What they did stays under their name."
    submit = "Deactivate"
    is_danger = True
    reason = reason_field()


class ReturnForm(DialogForm):
    title = "Give access again"
    lead = "They set a new password by a link."
    submit = "Reactivate"
    reason = reason_field()
