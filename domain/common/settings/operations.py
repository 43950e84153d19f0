from __future__ import annotations

from datetime import datetime

from domain.common.actors import may
from domain.common.errors import InvalidInput, NotPermitted
from domain.common.settings.definitions import DEFINITIONS, PROFILES
from domain.common.settings.limits import why_not_from
from domain.common.settings.models import DatedSetting
from domain.common.settings.queries import values_at
from domain.common.settings.words import refusal_of
from domain.common.transactions import in_transaction
from domain.common.workflow.door import begin, transit
from domain.staff.models import Staff


@in_transaction
def propose_setting(
    *, name: str, value: int, valid_from: datetime, reason: str, actor: Staff, at: datetime
) -> DatedSetting:
    """Propose a value from a moment on; it counts once another person has approved it.

    :raises InvalidInput: no such setting, out of bounds, not from that moment on, or no reason
    """
    if not may(actor, "domain.propose_setting"):
        raise NotPermitted("You may not propose business settings.")
    errors: dict[str, list[str]] = {}
    definition = DEFINITIONS.get(name)
    if definition is None:
        errors["name"] = [f"There is no setting {name}."]
    elif refusal := refusal_of(definition, value):
        errors["value"] = [refusal]
    if valid_from < at:
        errors["valid_from"] = ["A setting cannot change the past; choose now or later."]
    elif sentence := why_not_from(name, value, valid_from, at):
        errors["valid_from"] = [sentence]
    if not reason.strip():
        errors["reason"] = ["Say why."]
    if errors:
        raise InvalidInput.of(errors)
    row = DatedSetting(
        name=name,
        value=value,
        valid_from=valid_from,
        reason=reason,
        proposed_by=actor,
        proposed_at=at,
    )
    return begin(row, actor=actor, at=at, reason=reason).subject


@in_transaction
def propose_profile(
    *, profile: str, valid_from: datetime, reason: str, actor: Staff, at: datetime
) -> list[DatedSetting]:
    """Propose what differs between a named profile and what will be in force then.

    :raises InvalidInput: there is no such profile, nothing differs, or as ``propose_setting``
    """
    wanted = PROFILES.get(profile)
    if wanted is None:
        raise InvalidInput.of({"profile": [f"There is no profile {profile}."]})
    then = values_at(wanted, valid_from)
    proposed = [
        propose_setting(
            name=name, value=value, valid_from=valid_from, reason=reason, actor=actor, at=at
        )
        for name, value in wanted.items()
        if then[name] != value
    ]
    if not proposed:
        raise InvalidInput.of({"profile": [f"All of {profile} is in force then already."]})
    return proposed


def approve_setting(*, setting_id: int, actor: Staff, at: datetime) -> DatedSetting:
    return transit(DatedSetting, setting_id, "approve", actor=actor, at=at).subject


def deny_setting(*, setting_id: int, reason: str, actor: Staff, at: datetime) -> DatedSetting:
    return transit(DatedSetting, setting_id, "deny", actor=actor, at=at, reason=reason).subject
