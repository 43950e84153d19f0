from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from domain.common.errors import InvalidInput, NotPermitted, Refused
from domain.common.settings.definitions import DEFINITIONS
from domain.common.settings.models import DatedSetting
from domain.common.settings.operations import approve_setting, deny_setting, propose_setting
from domain.common.settings.queries import (
    NoSettingInForce,
    choice_at,
    setting_at,
    snapshot,
    values_at,
)
from domain.staff.models import Staff
from tests.factories import NOON, assert_sound
from tests.vectors import Case, network_cases

EXPIRY = "booking.delivery_expiry_hours"


def propose(actor: Staff, value: int = 48, **changes: object) -> DatedSetting:
    asked = {
        "name": EXPIRY,
        "value": value,
        "valid_from": NOON,
        "reason": "guests are slow",
        "actor": actor,
        "at": NOON,
    } | changes
    return propose_setting(**asked)  # type: ignore[arg-type]


def in_force(moment: datetime = NOON) -> int:
    return setting_at(EXPIRY, moment)


@pytest.mark.django_db
class TestASetting:
    def test_counts_from_its_moment_once_approved(self, finance: Staff, manager: Staff) -> None:
        row = propose(finance)
        assert in_force() == 24

        approve_setting(setting_id=row.pk, actor=manager, at=NOON)

        assert in_force() == 48
        assert in_force(NOON - timedelta(seconds=1)) == 24
        assert_sound()

    def test_is_the_newest_in_force(self, finance: Staff, manager: Staff) -> None:
        for value, hours in ((36, 0), (72, 10), (48, 0)):
            later = NOON + timedelta(hours=hours)
            row = propose(finance, value, valid_from=later)
            approve_setting(setting_id=row.pk, actor=manager, at=NOON)
        assert in_force() == 48
        assert in_force(NOON + timedelta(hours=10)) == 72

    def test_is_not_approved_by_who_proposed_it(self, manager: Staff) -> None:
        row = propose(manager)
        with pytest.raises(Refused, match="somebody else"):
            approve_setting(setting_id=row.pk, actor=manager, at=NOON)
        with pytest.raises(Refused, match="somebody else"):
            deny_setting(setting_id=row.pk, reason="no", actor=manager, at=NOON)
        with pytest.raises(IntegrityError), transaction.atomic():
            DatedSetting.objects.filter(pk=row.pk).update(decided_by=manager)

    def test_that_was_denied_never_counts(self, finance: Staff, manager: Staff) -> None:
        row = propose(finance)
        deny_setting(setting_id=row.pk, reason="too long", actor=manager, at=NOON)
        assert in_force() == 24
        with pytest.raises(Refused):
            approve_setting(setting_id=row.pk, actor=manager, at=NOON)

    def test_names_every_problem(self, finance: Staff) -> None:
        with pytest.raises(InvalidInput) as refusal:
            propose(finance, -1, valid_from=NOON - timedelta(hours=1), reason=" ")
        assert set(refusal.value.field_errors) == {"value", "valid_from", "reason"}
        with pytest.raises(InvalidInput, match="There is no setting"):
            propose(finance, name="booking.colour")

    def test_needs_the_right(self, clerk: Staff, staff_with: Callable[..., Staff]) -> None:
        with pytest.raises(NotPermitted):
            propose(clerk)

    def test_has_a_default_that_is_allowed(self) -> None:
        found = values_at(list(DEFINITIONS), NOON)
        assert [name for name, value in found.items() if value is None] == ["pair.amount"]
        for name, value in found.items():
            definition = DEFINITIONS[name]
            assert value == definition.default
            assert value is None or definition.least <= value <= definition.most

    def test_refuses_where_nothing_is_in_force(self) -> None:
        with pytest.raises(NoSettingInForce, match=r"pair\.amount"):
            setting_at("pair.amount", NOON)
        before = datetime(2024, 3, 31, 18, 29, 59, tzinfo=UTC)
        with pytest.raises(NoSettingInForce):
            setting_at("tds.rate_bps", before)
        assert setting_at("tds.rate_bps", before + timedelta(seconds=1)) == 500

    def test_is_kept_on_a_record_with_its_choices_by_name(self) -> None:
        kept = snapshot(["pair.cap_overflow", "pair.monthly_cap"], NOON)
        assert kept == {"pair.cap_overflow": "CARRY", "pair.monthly_cap": 10}
        assert choice_at("tds.ceiling_scope", NOON) == "REQUEST"

    @pytest.mark.parametrize("case", network_cases("settings"), ids=lambda case: case.id)
    def test_gives_the_vectors(self, case: Case, finance: Staff, manager: Staff) -> None:
        zone = ZoneInfo("Asia/Kolkata")
        rows, day = case.input["rows"], date.fromisoformat(case.input["on"])
        for row in rows:
            begins = datetime.combine(date.fromisoformat(row["from"]), time(), zone)
            made = propose(finance, row["value"], name="pair.amount", valid_from=begins, at=begins)
            approve_setting(setting_id=made.pk, actor=manager, at=begins)
        at = datetime.combine(day, time(12), zone)
        assert values_at(["pair.amount"], at)["pair.amount"] == case.expected

    def test_must_be_known(self) -> None:
        with pytest.raises(KeyError):
            setting_at("booking.colour", NOON)
