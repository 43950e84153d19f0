"""Who works here and what they may do. Every change stands in the staff action log.

:source: docs/policies/access.md, "People"
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.auth.models import Group

from domain.common.actors import may
from domain.common.errors import InvalidInput, NotFound, NotPermitted, Refused
from domain.common.staff_actions import log_action
from domain.common.transactions import in_transaction
from domain.customers.models import Customer
from domain.customers.operations import DELIVERIES_REGION, hold_email
from domain.customers.rules import EMAIL, normal_phone
from domain.staff.models import Staff
from domain.staff.roles import Role

USERNAME = re.compile(r"^[a-z0-9][a-z0-9._-]{1,39}$")
NAME_FIELDS = ("first_name", "last_name")
LENGTHS = {"first_name": 80, "last_name": 80, "employee_id": 20, "department": 60, "email": 254}


@in_transaction
def create_staff(
    *,
    username: str,
    values: Mapping[str, Any],
    roles: Collection[Role],
    actor: Staff,
    at: datetime,
) -> Staff:
    """Add a member of staff, who sets a password by a link given to them.

    :param values: first_name, last_name, email, phone, employee_id, department, hired_on
    :raises InvalidInput: with every field that is wrong, an e-mail address of a customer too
    """
    _require(actor)
    _refuse_admin_by_others(actor, roles)
    username = username.strip().lower()
    person = Staff(username=username, is_staff=True, date_joined=at)
    errors = _take(person, values)
    if not USERNAME.match(username):
        errors["username"] = ["2 to 40 of a–z, 0–9, dot, dash and underscore."]
    elif Staff.objects.filter(username__iexact=username).exists():
        errors["username"] = ["Somebody has this user name already."]
    if errors:
        raise InvalidInput.of(errors)
    person.set_unusable_password()
    person.save(force_insert=True)
    person.groups.set(_groups(roles))
    _log("created staff", person, actor, at, roles=sorted(roles))
    return person


@in_transaction
def edit_staff(*, staff_id: int, values: Mapping[str, Any], actor: Staff, at: datetime) -> Staff:
    """Change somebody's profile; ``values`` as in ``create_staff``, those left out stay."""
    _require(actor)
    person = _locked(staff_id)
    _refuse_admin_by_others(actor, _roles_of(person))
    if errors := _take(person, values):
        raise InvalidInput.of(errors)
    person.save()
    _log("edited staff", person, actor, at, fields=sorted(values))
    return person


@in_transaction
def change_roles(
    *, staff_id: int, roles: Collection[Role], reason: str, actor: Staff, at: datetime
) -> Staff:
    """Give somebody other roles; counts from their next click on.

    :raises Refused: they are one's own, only an admin may, or no admin would be left
    """
    _require(actor)
    person = _locked(staff_id)
    _refuse_oneself(actor, person, "change your own roles")
    before = _roles_of(person)
    _refuse_admin_by_others(actor, before ^ set(roles))
    if Role.ADMIN in before and Role.ADMIN not in roles:
        _refuse_last_admin(person)
    _need_reason(reason)
    person.groups.set(_groups(roles))
    _log("changed roles", person, actor, at, before=sorted(before), after=sorted(roles))
    return person


@in_transaction
def deactivate_staff(*, staff_id: int, reason: str, actor: Staff, at: datetime) -> Staff:
    """End somebody's access from their next click on; what they did stays theirs.

    :raises Refused: it is oneself, only an admin may, or no admin would be left
    """
    _require(actor)
    person = _locked(staff_id)
    _refuse_oneself(actor, person, "deactivate yourself")
    _refuse_admin_by_others(actor, _roles_of(person))
    if Role.ADMIN in _roles_of(person):
        _refuse_last_admin(person)
    _need_reason(reason)
    person.is_active = False
    person.save(update_fields=["is_active"])
    _log("deactivated staff", person, actor, at, reason=reason)
    return person


@in_transaction
def reactivate_staff(*, staff_id: int, reason: str, actor: Staff, at: datetime) -> Staff:
    """Give somebody who left access again, with a new password."""
    _require(actor)
    person = _locked(staff_id)
    _refuse_oneself(actor, person, "reactivate yourself")
    _refuse_admin_by_others(actor, _roles_of(person))
    _need_reason(reason)
    person.is_active = True
    person.set_unusable_password()
    person.save(update_fields=["is_active", "password"])
    _log("reactivated staff", person, actor, at, reason=reason)
    return person


@in_transaction
def allow_new_password(*, staff_id: int, actor: Staff, at: datetime) -> Staff:
    """Note that a link for a new password is given to somebody.

    :raises Refused: they are not active, or only an admin may
    """
    _require(actor)
    person = _locked(staff_id)
    _refuse_admin_by_others(actor, _roles_of(person))
    if not person.is_active:
        raise Refused(f"{person} is not active; reactivate them first.")
    _log("gave a password link", person, actor, at)
    return person


@in_transaction
def set_password(*, staff_id: int, password: str, actor: Staff, at: datetime) -> Staff:
    """Set one's own password, already checked against the validators."""
    person = _locked(staff_id)
    if actor.pk != person.pk or not person.is_active:
        raise NotPermitted("A password is set by the person whose it is.")
    person.set_password(password)
    person.save(update_fields=["password"])
    _log("set a password", person, person, at)
    return person


def _take(person: Staff, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """Put checked values on the row; returns what is wrong with them."""
    errors: dict[str, list[str]] = {}
    for name, most in LENGTHS.items():
        value = str(values.get(name, getattr(person, name)) or "").strip()
        if len(value) > most:
            errors[name] = [f"At most {most} characters."]
        elif name in NAME_FIELDS and not value:
            errors[name] = ["Give a name."]
        setattr(person, name, value)
    errors |= _email_errors(person) | _phone_errors(person, values)
    known = Staff.objects.exclude(pk=person.pk)
    if person.employee_id and known.filter(employee_id=person.employee_id).exists():
        errors["employee_id"] = ["Somebody has this number already."]
    if "hired_on" in values:
        hired_on: date | None = values["hired_on"] or None
        person.hired_on = hired_on
    return errors


def _email_errors(person: Staff) -> dict[str, list[str]]:
    if not EMAIL.match(person.email):
        return {"email": ["Give an e-mail address such as ada@example.com."]}
    hold_email(person.email)
    if Staff.objects.filter(email__iexact=person.email).exclude(pk=person.pk).exists():
        return {"email": ["A colleague has this e-mail address."]}
    if Customer.objects.filter(email__iexact=person.email).exists():
        sentence = "This is a customer's address. One person is either staff or customer."
        return {"email": [sentence]}
    return {}


def _phone_errors(person: Staff, values: Mapping[str, Any]) -> dict[str, list[str]]:
    phone = str(values.get("phone", person.phone) or "").strip()
    try:
        person.phone = normal_phone(phone, region=DELIVERIES_REGION) if phone else ""
    except ValueError as error:
        return {"phone": [str(error)]}
    return {}


def _locked(staff_id: int) -> Staff:
    found = Staff.objects.select_for_update(of=("self",)).filter(pk=staff_id).first()
    if found is None:
        raise NotFound(f"There is no member of staff {staff_id}.")
    return found


def _groups(roles: Collection[Role]) -> list[Group]:
    return list(Group.objects.filter(name__in=[role.value for role in roles]))


def _roles_of(person: Staff) -> set[Role]:
    known = {role.value: role for role in Role}
    names = person.groups.values_list("name", flat=True)
    return {known[name] for name in names if name in known}


def _require(actor: Staff) -> None:
    if not may(actor, "domain.manage_staff"):
        raise NotPermitted("You may not manage staff; operations managers and admins may.")


def _refuse_oneself(actor: Staff, person: Staff, what: str) -> None:
    if actor.pk == person.pk:
        raise Refused(f"You cannot {what}; a colleague who manages staff can.")


def _refuse_admin_by_others(actor: Staff, roles: Collection[Role]) -> None:
    """Without this an operations manager could make a second self who approves everything."""
    if Role.ADMIN in roles and not (actor.is_superuser or Role.ADMIN in _roles_of(actor)):
        raise Refused("Only an admin may do this to an admin, or make somebody one.")


def _refuse_last_admin(person: Staff) -> None:
    others = Staff.objects.filter(groups__name=Role.ADMIN.value, is_active=True)
    if not others.exclude(pk=person.pk).exists():
        raise Refused(f"{person} is the last active admin; make somebody else one first.")


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise InvalidInput.of({"reason": ["Say why."]})


def _log(action: str, person: Staff, actor: Staff, at: datetime, **facts: Any) -> None:
    log_action(
        action=action,
        staff=actor,
        at=at,
        subject=f"staff {person.pk}",
        facts={"staff_id": person.pk, **facts},
    )
