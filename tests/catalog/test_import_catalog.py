"""The ``import_catalog`` command."""

from __future__ import annotations

from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from domain.catalog.models import ChangeSet, ChangeSetState, MiniMovePackage
from domain.catalog.queries import catalog_at, export_workbook
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.catalog.support import WORKBOOK, changed, set_cell

pytestmark = pytest.mark.django_db


def run(path: Path, *options: str) -> str:
    out = StringIO()
    call_command("import_catalog", str(path), *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.fixture
def dearer(tmp_path: Path) -> Path:
    path = tmp_path / "dearer.xlsx"
    path.write_bytes(changed(set_cell("mini_move_packages", 2, "base_price", "1044.75")))
    return path


class TestImportCatalog:
    def test_fills_an_empty_catalog_without_a_second_person(self) -> None:
        told = run(WORKBOOK)

        assert "35/35" in told
        assert "applied, in force from" in told
        assert len(catalog_at(timezone.now()).packages) == 3

    def test_changes_nothing_the_second_time(self) -> None:
        run(WORKBOOK)

        told = run(WORKBOOK)

        assert "35 unchanged" in told
        assert "Nothing was changed." in told
        assert ChangeSet.objects.count() == 1

    def test_shows_the_differences_and_makes_none_in_a_dry_run(self, dearer: Path) -> None:
        run(WORKBOOK)

        told = run(dearer, "--dry-run")

        assert "base price: $995.00 → $1,044.75 (+5 %)" in told
        assert ChangeSet.objects.count() == 1

    def test_applies_a_small_change_in_the_name_of_a_person(
        self, dearer: Path, role: Callable[..., Staff]
    ) -> None:
        run(WORKBOOK)
        manager = role(Role.OPERATIONS_MANAGER, "mona")

        run(dearer, "--by", "mona")

        assert MiniMovePackage.objects.latest("id").recorded_by == manager

    def test_leaves_a_leap_for_somebody_else_to_approve(self, tmp_path: Path) -> None:
        run(WORKBOOK)
        path = tmp_path / "leap.xlsx"
        path.write_bytes(changed(set_cell("mini_move_packages", 2, "base_price", "1500.00")))

        told = run(path)

        assert "waits for the approval of somebody else" in told
        assert ChangeSet.objects.latest("id").state == ChangeSetState.SUBMITTED
        assert catalog_at(timezone.now()).packages["petite"].base_price_cents == 99_500

    def test_puts_it_in_force_on_the_day_asked_for(self, dearer: Path) -> None:
        run(WORKBOOK)

        run(dearer, "--effective", "2999-01-01")

        begins = MiniMovePackage.objects.latest("id").effective_from
        assert begins.isoformat() == "2999-01-01T05:00:00+00:00"

    def test_refuses_the_past_of_a_filled_catalog(self, dearer: Path) -> None:
        run(WORKBOOK)

        with pytest.raises(CommandError, match="past cannot be changed"):
            run(dearer, "--effective", "2020-01-01")

    def test_may_date_the_first_filling_back(self) -> None:
        run(WORKBOOK, "--effective", "2020-01-01")

        assert len(catalog_at(timezone.now().replace(year=2021, day=1)).packages) == 3

    def test_tells_every_error_and_changes_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "broken.xlsx"
        path.write_bytes(
            changed(
                lambda book: [set_cell("vehicles", row, "price", "lots")(book) for row in (2, 3, 4)]
            )
        )
        out = StringIO()

        with pytest.raises(CommandError, match="3 problems"):
            call_command("import_catalog", str(path), stdout=out, stderr=out)

        assert out.getvalue().count("vehicles, row") == 3
        assert not ChangeSet.objects.exists()

    def test_refuses_a_person_without_the_right(
        self, dearer: Path, role: Callable[..., Staff]
    ) -> None:
        role(Role.CUSTOMER_SERVICE, "carl")

        with pytest.raises(CommandError, match="may not change the catalog"):
            run(dearer, "--by", "carl")

    def test_names_a_person_or_file_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="no active colleague nobody"):
            run(WORKBOOK, "--by", "nobody")
        with pytest.raises(CommandError, match="cannot be read"):
            run(tmp_path / "none.xlsx")

    def test_takes_back_its_own_export(self, tmp_path: Path) -> None:
        run(WORKBOOK)
        path = tmp_path / "export.xlsx"
        path.write_bytes(export_workbook(timezone.now()))

        assert "Nothing was changed." in run(path)
