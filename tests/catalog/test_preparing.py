"""A change of the catalog is worked out and shown before anything happens."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from openpyxl import Workbook

from domain.catalog.models import ChangeSetState
from domain.catalog.operations import (
    change_row,
    discard_change_set,
    review_import,
    submit_change_set,
)
from domain.catalog.rules import Kind
from domain.common.errors import InvalidInput, NotFound, NotPermitted, Refused
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.catalog.changes import NOON, apply, price_of, reprice, upload
from tests.catalog.support import changed, set_cell

pytestmark = pytest.mark.usefixtures("filled")


class TestPrepare:
    def test_shows_each_row_old_and_new_and_changes_nothing(self, manager: Staff) -> None:
        draft = reprice(manager, "1044.75")

        row = draft.rows.get()
        assert row.label == "Petite Move (petite)"
        assert row.fields == [
            {
                "name": "base_price_cents",
                "label": "base price",
                "old": "$995.00",
                "new": "$1,044.75",
                "is_price": True,
                "move": "+5 %",
            }
        ]
        assert draft.effect_text == (
            "1 price on average +5 %; 1 row changed, 0 unchanged. "
            "Quotes and bookings already made keep their price."
        )
        assert draft.state == ChangeSetState.DRAFT
        assert price_of("petite", NOON) == 99_500

    def test_tells_the_effect_of_a_whole_workbook(self, manager: Staff) -> None:
        def dearer(book: Workbook) -> None:
            set_cell("specialty_items", 2, "price", "510.00")(book)
            set_cell("specialty_items", 3, "price", "343.00")(book)
            set_cell("vehicles", 4, "is_active", "no")(book)

        draft = upload(manager, changed(dearer))

        assert draft.summary == {
            "new": 0,
            "changed": 3,
            "switched_on": 0,
            "switched_off": 1,
            "unchanged": 32,
            "prices": 2,
            "average_bps": 0,
            "largest_bps": 200,
            "absent": [],
            "first_filling": False,
        }

    def test_refuses_a_file_that_changes_nothing(
        self, manager: Staff, shipped_workbook: bytes
    ) -> None:
        with pytest.raises(InvalidInput, match="Nothing changes"):
            upload(manager, shipped_workbook)

    def test_leaves_rows_that_the_file_does_not_name_as_they_are(self) -> None:
        content = changed(lambda book: book["vehicles"].delete_rows(2, 3))

        found = review_import(content=content, effective_from=None, at=NOON)

        assert found.changes_nothing

    def test_refuses_the_past(self, manager: Staff) -> None:
        with pytest.raises(InvalidInput) as refused:
            reprice(manager, "1000.00", effective_from=NOON - timedelta(seconds=1))

        assert "effective_from" in refused.value.field_errors

    def test_refuses_staff_without_the_right(self, role: Callable[..., Staff]) -> None:
        with pytest.raises(NotPermitted):
            reprice(role(Role.FINANCE_MANAGER), "1000.00")

    def test_names_the_columns_of_a_form_that_cannot_be_taken(self, manager: Staff) -> None:
        with pytest.raises(InvalidInput) as refused:
            change_row(
                kind=Kind.PACKAGES,
                key="petite",
                values={"base_price": "a lot", "max_items": "-1"},
                effective_from=None,
                reason="",
                actor=manager,
                at=NOON,
            )

        assert set(refused.value.field_errors) == {"base_price", "max_items"}

    def test_refuses_a_new_key_an_unknown_row_and_an_unknown_column(self, manager: Staff) -> None:
        with pytest.raises(NotFound):
            reprice(manager, "1.00", key="gigantic")
        for values in ({"package_type": "full"}, {"colour": "red"}):
            with pytest.raises(InvalidInput):
                change_row(
                    kind=Kind.PACKAGES,
                    key="petite",
                    values=values,
                    effective_from=None,
                    reason="",
                    actor=manager,
                    at=NOON,
                )

    def test_refuses_a_rule_for_a_zone_that_is_not_there(self, manager: Staff) -> None:
        with pytest.raises(InvalidInput, match="there is no zone 'nowhere'"):
            upload(manager, changed(set_cell("surcharge_rules", 6, "zone", "nowhere")))

    def test_refuses_two_tax_rates_from_the_same_day(self, manager: Staff) -> None:
        content = changed(set_cell("tax_rates", 3, "effective_from", "2020-01-01"))

        with pytest.raises(InvalidInput, match="starts on the same day"):
            upload(manager, content)


class TestDiscard:
    def test_drops_a_draft(self, manager: Staff) -> None:
        draft = reprice(manager, "1000.00")

        discard_change_set(change_set_id=draft.pk, actor=manager, at=NOON)

        with pytest.raises(Refused, match="is discarded"):
            apply(draft, manager)

    def test_leaves_the_drafts_of_others_alone(self, manager: Staff, second: Staff) -> None:
        with pytest.raises(Refused, match="only they can"):
            discard_change_set(change_set_id=reprice(manager, "1000.00").pk, actor=second, at=NOON)

    def test_turns_down_what_waits_for_approval(self, manager: Staff, second: Staff) -> None:
        draft = reprice(manager, "2000.00")
        submit_change_set(change_set_id=draft.pk, actor=manager, at=NOON)

        done = discard_change_set(change_set_id=draft.pk, actor=second, at=NOON)

        assert done.state == ChangeSetState.DISCARDED
