"""Prices that move far need somebody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction

from domain.catalog.models import ChangeSet, ChangeSetState
from domain.catalog.operations import (
    change_row,
    submit_change_set,
)
from domain.catalog.queries import catalog_at
from domain.catalog.rules import Kind
from domain.common.actors import System
from domain.common.errors import NotPermitted, Refused
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.catalog.changes import NOON, apply, reprice, upload
from tests.catalog.support import changed, set_cell

pytestmark = pytest.mark.usefixtures("filled")


class TestSecondPerson:
    def test_is_not_needed_up_to_the_limit(self, manager: Staff) -> None:
        assert not reprice(manager, "1094.50").needs_approval

    def test_is_needed_above_the_limit(self, manager: Staff, second: Staff) -> None:
        draft = reprice(manager, "1094.60")
        assert draft.approval_because == (
            "Petite Move (petite): base price $995.00 → $1,094.60 moves more than 10 %."
        )
        with pytest.raises(Refused, match="Ask for approval first"):
            apply(draft, second)

        submit_change_set(change_set_id=draft.pk, actor=manager, at=NOON)
        with pytest.raises(Refused, match="Somebody else"):
            apply(draft, manager)
        done = apply(draft, second)

        assert (done.state, done.decided_by) == (ChangeSetState.APPLIED, second)

    def test_cannot_be_the_system(self, manager: Staff) -> None:
        draft = reprice(manager, "2000.00")
        submit_change_set(change_set_id=draft.pk, actor=manager, at=NOON)

        with pytest.raises(Refused, match="Somebody else"):
            apply(draft, System("import_catalog"))

    def test_cannot_be_a_superuser_who_prepared_it(self, manager: Staff) -> None:
        manager.is_superuser = True
        manager.save()
        draft = reprice(manager, "2000.00")
        submit_change_set(change_set_id=draft.pk, actor=manager, at=NOON)

        with pytest.raises(Refused, match="Somebody else"):
            apply(draft, manager)

    def test_needs_the_right_to_approve(self, manager: Staff, role: Callable[..., Staff]) -> None:
        draft = reprice(manager, "2000.00")
        submit_change_set(change_set_id=draft.pk, actor=manager, at=NOON)

        with pytest.raises(NotPermitted):
            apply(draft, role(Role.FINANCE_MANAGER))

    def test_is_demanded_by_the_database_too(self, manager: Staff) -> None:
        draft = reprice(manager, "2000.00")
        submit_change_set(change_set_id=draft.pk, actor=manager, at=NOON)

        with pytest.raises(IntegrityError, match="changeset_four_eyes"), transaction.atomic():
            ChangeSet.objects.filter(pk=draft.pk).update(
                state="applied", decided_by=manager, applied_at=NOON, in_force_from=NOON
            )

    @pytest.mark.parametrize(
        ("row", "column", "value"),
        [
            (5, "is_active", "yes"),
            (2, "is_active", "no"),
            (4, "percentage", "14"),
            (11, "fixed_amount", "10.00"),
        ],
    )
    def test_is_needed_when_a_charge_starts_stops_or_leaps(
        self, manager: Staff, row: int, column: str, value: str
    ) -> None:
        assert upload(
            manager, changed(set_cell("surcharge_rules", row, column, value))
        ).needs_approval

    def test_is_not_needed_for_a_new_product(self, manager: Staff) -> None:
        draft = change_row(
            kind=Kind.SPECIALTY,
            key="",
            values={
                "item_type": "piano",
                "name": "Piano",
                "price": "900.00",
                "requires_van_schedule": "yes",
                "special_handling": "yes",
                "max_quantity_per_booking": 1,
                "is_active": "yes",
            },
            effective_from=None,
            reason="asked for often",
            actor=manager,
            at=NOON,
        )

        assert not draft.needs_approval
        apply(draft, manager)
        assert catalog_at(NOON).specialty_items["piano"].price_cents == 90_000

    def test_is_not_asked_for_what_needs_none(self, manager: Staff) -> None:
        draft = reprice(manager, "1000.00")

        with pytest.raises(Refused, match="no second person"):
            submit_change_set(change_set_id=draft.pk, actor=manager, at=NOON)
