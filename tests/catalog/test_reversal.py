"""An applied change is taken back by another change."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from domain.catalog.models import ChangeSet, ChangeSetState
from domain.catalog.operations import (
    prepare_reversal,
    submit_change_set,
)
from domain.catalog.queries import catalog_at, versions_of
from domain.catalog.rules import Kind
from domain.common.errors import Refused, Stale
from domain.staff.models import Staff
from tests.catalog.changes import LATER, NOON, apply, price_of, reprice, upload
from tests.catalog.support import OPENING, changed

pytestmark = pytest.mark.usefixtures("filled")


class TestReversal:
    def take_back(self, change_set: ChangeSet, actor: Staff, at: datetime) -> ChangeSet:
        return prepare_reversal(change_set_id=change_set.pk, reason="a slip", actor=actor, at=at)

    def test_restores_the_former_values_as_new_versions(self, manager: Staff) -> None:
        done = apply(reprice(manager, "1044.75"), manager)
        then = NOON + timedelta(hours=1)

        apply(self.take_back(done, manager, then), manager, then)

        assert [price_of("petite", at) for at in (OPENING, NOON, then)] == [
            99_500,
            104_475,
            99_500,
        ]
        assert ChangeSet.objects.get(pk=done.pk).state == ChangeSetState.REVERTED
        assert versions_of(Kind.PACKAGES, "petite").count() == 3

    def test_switches_a_new_row_off(self, manager: Staff) -> None:
        draft = upload(
            manager,
            changed(
                lambda book: book["service_zones"].append(
                    ["albany", "Albany", "NY", "Albany", None, "no"]
                )
            ),
        )
        done = apply(draft, manager)
        assert "albany" in catalog_at(NOON).zones

        apply(self.take_back(done, manager, NOON), manager)

        assert "albany" not in catalog_at(NOON).zones

    def test_cancels_a_change_that_is_still_to_come(self, manager: Staff) -> None:
        done = apply(reprice(manager, "1044.75", effective_from=LATER), manager)

        apply(self.take_back(done, manager, NOON), manager)

        assert price_of("petite", LATER + timedelta(days=1)) == 99_500

    def test_needs_a_second_person_like_any_leap(self, manager: Staff, second: Staff) -> None:
        draft = reprice(manager, "2000.00")
        submit_change_set(change_set_id=draft.pk, actor=manager, at=NOON)
        done = apply(draft, second)

        assert self.take_back(done, manager, NOON).needs_approval

    def test_refuses_rows_that_were_changed_again(self, manager: Staff) -> None:
        done = apply(reprice(manager, "1044.75"), manager)
        apply(reprice(manager, "1050.00"), manager)

        with pytest.raises(Stale, match="Changed again since"):
            self.take_back(done, manager, NOON)

    def test_refuses_what_was_not_applied(self, manager: Staff) -> None:
        with pytest.raises(Refused, match="only an applied one"):
            self.take_back(reprice(manager, "1000.00"), manager, NOON)
