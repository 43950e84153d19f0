"""Changing the catalog: prepared, looked at, applied all or nothing, taken back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from openpyxl import Workbook

from domain.catalog.models import ChangeSet, ChangeSetState, MiniMovePackage, SurchargeRule
from domain.catalog.operations import (
    apply_change_set,
    change_row,
    discard_change_set,
    prepare_import,
    prepare_reversal,
    review_import,
    submit_change_set,
)
from domain.catalog.queries import catalog_at, versions_of
from domain.catalog.rules import Kind
from domain.common.actors import Actor, System
from domain.common.audit.models import AuditEntry
from domain.common.errors import InvalidInput, NotFound, NotPermitted, Refused, Stale
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.catalog.support import OPENING, changed, set_cell

NOON = OPENING + timedelta(hours=3)
LATER = NOON + timedelta(days=30)

pytestmark = pytest.mark.usefixtures("filled")


@pytest.fixture
def manager(role: Callable[..., Staff]) -> Staff:
    return role(Role.OPERATIONS_MANAGER)


@pytest.fixture
def second(role: Callable[..., Staff]) -> Staff:
    return role(Role.OPERATIONS_MANAGER)


def reprice(
    actor: Actor,
    amount: object,
    *,
    key: str = "petite",
    at: datetime = NOON,
    effective_from: datetime | None = None,
) -> ChangeSet:
    return change_row(
        kind=Kind.PACKAGES,
        key=key,
        values={"base_price": amount},
        effective_from=effective_from,
        reason="new season",
        actor=actor,
        at=at,
    )


def upload(actor: Actor, content: bytes, at: datetime = NOON) -> ChangeSet:
    return prepare_import(
        content=content, file_name="prices.xlsx", effective_from=None, actor=actor, at=at
    )


def apply(change_set: ChangeSet, actor: Actor, at: datetime = NOON) -> ChangeSet:
    return apply_change_set(
        change_set_id=change_set.pk, digest=change_set.digest, actor=actor, at=at
    )


def price_of(package: str, at: datetime) -> int:
    return catalog_at(at).packages[package].base_price_cents


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
                "move": "+5%",
            }
        ]
        assert draft.effect_text == (
            "1 price on average +5%; 1 row changed, 0 unchanged. "
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


class TestApply:
    def test_writes_new_versions_from_now_and_keeps_the_old(self, manager: Staff) -> None:
        done = apply(reprice(manager, "1044.75"), manager)

        assert done.state == ChangeSetState.APPLIED
        assert price_of("petite", NOON) == 104_475
        assert price_of("petite", NOON - timedelta(microseconds=1)) == 99_500
        versions = list(versions_of(Kind.PACKAGES, "petite"))
        assert [each.recorded_by for each in versions] == [manager, None]
        assert versions[0].item_id == versions[1].item_id

    def test_puts_a_later_change_in_force_on_its_day(self, manager: Staff) -> None:
        apply(reprice(manager, "1044.75", effective_from=LATER), manager)

        assert price_of("petite", LATER - timedelta(seconds=1)) == 99_500
        assert price_of("petite", LATER) == 104_475

    def test_notes_a_planned_version_that_takes_over(self, manager: Staff) -> None:
        apply(reprice(manager, "1044.75", effective_from=LATER), manager)

        draft = reprice(manager, "1000.00")

        assert "takes over from 2026-12-31" in draft.rows.get().note

    def test_leaves_one_audit_row_a_step(self, manager: Staff) -> None:
        done = apply(reprice(manager, "1044.75"), manager)

        steps = AuditEntry.objects.filter(subject_type="changeset", subject_id=done.pk)
        assert list(steps.order_by("id").values_list("step", "to_state")) == [
            ("begin", "draft"),
            ("apply", "applied"),
        ]

    def test_happens_once(self, manager: Staff) -> None:
        done = apply(reprice(manager, "1044.75"), manager)

        with pytest.raises(Refused, match="is applied"):
            apply(done, manager)
        assert MiniMovePackage.objects.filter(key="petite").count() == 2

    def test_is_for_the_preparer_only(self, manager: Staff, second: Staff) -> None:
        with pytest.raises(Refused, match="only they can"):
            apply(reprice(manager, "1044.75"), second)

    def test_refuses_another_digest(self, manager: Staff) -> None:
        draft = reprice(manager, "1044.75")

        with pytest.raises(Stale, match="not the change you looked at"):
            apply_change_set(change_set_id=draft.pk, digest="0" * 64, actor=manager, at=NOON)

    def test_refuses_an_expired_preview(self, manager: Staff) -> None:
        with pytest.raises(Refused, match="expired"):
            apply(reprice(manager, "1044.75"), manager, at=NOON + timedelta(hours=1))

    def test_refuses_a_date_that_has_passed(self, manager: Staff) -> None:
        draft = reprice(manager, "1044.75", effective_from=NOON + timedelta(minutes=5))

        with pytest.raises(Refused, match="has passed"):
            apply(draft, manager, at=NOON + timedelta(minutes=6))

    def test_refuses_when_the_catalog_changed_since(self, manager: Staff, second: Staff) -> None:
        first, other = reprice(manager, "1044.75"), reprice(second, "950.00")
        apply(first, manager)

        with pytest.raises(Refused, match=r"Petite Move \(petite\) was changed by"):
            apply(other, second, at=NOON + timedelta(minutes=1))
        assert price_of("petite", NOON + timedelta(minutes=2)) == 104_475

    def test_refuses_when_its_clock_is_behind_the_other_change(
        self, manager: Staff, second: Staff
    ) -> None:
        first, other = reprice(manager, "1044.75"), reprice(second, "950.00")
        apply(first, manager, at=NOON + timedelta(minutes=1))

        with pytest.raises(Refused, match="was changed by"):
            apply(other, second, at=NOON)

    def test_does_not_mind_a_change_elsewhere(self, manager: Staff, second: Staff) -> None:
        first, other = reprice(manager, "1044.75"), reprice(second, "1800.00", key="standard")
        apply(first, manager)

        assert apply(other, second).state == ChangeSetState.APPLIED

    def test_writes_a_workbook_all_or_nothing(
        self, manager: Staff, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        draft = upload(manager, changed(set_cell("vehicles", 2, "stock", 39)))
        monkeypatch.setattr("domain.catalog.effects.insert_versions", _fail)

        with pytest.raises(RuntimeError):
            apply(draft, manager)
        draft.refresh_from_db(fields=["version"])
        assert ChangeSet.objects.get(pk=draft.pk).state == ChangeSetState.DRAFT


def _fail(*args: object, **kwargs: object) -> int:
    raise RuntimeError("the disk is full")


class TestSecondPerson:
    def test_is_not_needed_up_to_the_limit(self, manager: Staff) -> None:
        assert not reprice(manager, "1094.50").needs_approval

    def test_is_needed_above_the_limit(self, manager: Staff, second: Staff) -> None:
        draft = reprice(manager, "1094.60")
        assert draft.approval_because == (
            "Petite Move (petite): base price $995.00 → $1,094.60 moves more than 10%."
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


class TestHistory:
    @pytest.mark.parametrize("statement", ["UPDATE {} SET name = 'x'", "DELETE FROM {}"])
    def test_cannot_be_rewritten(self, statement: str) -> None:
        table = SurchargeRule._meta.db_table
        with pytest.raises(DatabaseError, match="Cannot"), transaction.atomic():
            _execute(statement.format(table))

    def test_cannot_be_truncated(self) -> None:
        # Checks that wait for the end of the transaction would be the first to refuse.
        _execute("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="Cannot truncate"), transaction.atomic():
            _execute(f"TRUNCATE {SurchargeRule._meta.db_table} CASCADE")

    def test_refuses_impossible_amounts(self) -> None:
        row = SurchargeRule.objects.get(key="geo-montauk")
        row.pk, row.fixed_amount_cents = None, -1

        with pytest.raises(IntegrityError, match="surcharge_one_amount"), transaction.atomic():
            row.save(force_insert=True)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)
