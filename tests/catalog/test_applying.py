"""What was shown is applied, all of it or nothing, once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from domain.catalog.models import ChangeSet, ChangeSetState, MiniMovePackage, SurchargeRule
from domain.catalog.operations import (
    apply_change_set,
)
from domain.catalog.queries import versions_of
from domain.catalog.rules import Kind
from domain.common.audit.models import AuditEntry
from domain.common.errors import Refused, Stale
from domain.staff.models import Staff
from tests.catalog.changes import LATER, NOON, apply, price_of, reprice, upload
from tests.catalog.support import changed, set_cell

pytestmark = pytest.mark.usefixtures("filled")


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
