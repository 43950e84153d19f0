from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from time import perf_counter

import pytest
from django.db import transaction
from pytest_django import DjangoAssertNumQueries

from domain.catalog import queries
from domain.catalog.models import CatalogGeneration, ChangeSet, MiniMovePackage
from domain.catalog.operations import (
    apply_change_set,
    change_row,
    review_import,
)
from domain.catalog.queries import (
    catalog_at,
    etag_at,
    export_workbook,
    organizing_by_tier,
    quote,
    rows_at,
)
from domain.catalog.rules import CatalogSnapshot, Kind, Purpose, QuoteRequest, SpecialtyChoice
from domain.common.errors import InvalidInput
from domain.staff.models import Staff
from domain.staff.roles import Role
from tests.catalog.support import MONTAUK, OPENING, shipped_snapshot

NOON = OPENING + timedelta(hours=3)
HOUR = timedelta(hours=1)
REQUEST = QuoteRequest(
    service_type="mini_move",
    package_type="petite",
    include_packing=True,
    pickup_date=date(2027, 6, 19),
    pickup_address=MONTAUK,
)

pytestmark = pytest.mark.usefixtures("filled")


@pytest.fixture
def reprice(role: Callable[..., Staff]) -> Callable[..., ChangeSet]:
    manager = role(Role.OPERATIONS_MANAGER)

    def change(amount: str, **options: object) -> ChangeSet:
        at = options.pop("at", NOON)
        draft = change_row(
            kind=Kind.PACKAGES,
            key="petite",
            values={"base_price": amount},
            effective_from=options.pop("effective_from", None),  # type: ignore[arg-type]
            reason="",
            actor=manager,
            at=at,  # type: ignore[arg-type]
        )
        return apply_change_set(
            change_set_id=draft.pk,
            digest=draft.digest,
            actor=manager,
            at=at,  # type: ignore[arg-type]
        )

    return change


class TestQuote:
    def test_prices_from_the_catalog_in_force(self) -> None:
        found = quote(REQUEST, at=NOON)

        assert found.total_price_cents == 99_500 + 140_000 + 12_250 + 12_000
        assert found.quoted_on == date(2026, 12, 1)

    def test_reproduces_past_prices_after_changes(self, reprice: Callable[..., ChangeSet]) -> None:
        before = quote(REQUEST, at=NOON)
        reprice("1044.75", at=NOON + HOUR)
        reprice("1090.00", at=NOON + 2 * HOUR)

        now = quote(REQUEST, at=NOON + 3 * HOUR)

        assert now.base_price_cents == 109_000
        assert quote(REQUEST, at=NOON + 3 * HOUR, as_of=NOON) == before
        assert quote(REQUEST, at=NOON + 3 * HOUR, as_of=NOON + HOUR).base_price_cents == 104_475

    def test_says_so_when_there_was_no_catalog(self) -> None:
        with pytest.raises(InvalidInput, match="There was no catalog on 2026-11-30"):
            quote(REQUEST, at=NOON, as_of=OPENING - timedelta(days=1))

    def test_raises_every_problem_by_field(self) -> None:
        request = QuoteRequest(
            service_type="specialty_item", specialty_items=(SpecialtyChoice("peloton", 6),)
        )

        with pytest.raises(InvalidInput) as refused:
            quote(request, at=NOON, purpose=Purpose.BOOKING)

        assert set(refused.value.field_errors) == {
            "specialty_items",
            "pickup_date",
            "pickup_time",
            "pickup_address",
            "delivery_address",
        }

    def test_uses_the_local_day_and_hour(self) -> None:
        same_day = QuoteRequest(
            service_type="standard_delivery",
            standard_delivery_item_count=2,
            is_same_day_delivery=True,
            pickup_date=date(2026, 12, 1),
        )
        before_eleven = OPENING.replace(hour=15, minute=59)

        assert quote(same_day, at=before_eleven).base_price_cents == 39_500
        with pytest.raises(InvalidInput, match="until 11 AM"):
            quote(same_day, at=before_eleven + timedelta(minutes=1))

    def test_costs_one_small_query_and_little_time(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        quote(REQUEST, at=NOON)

        with django_assert_num_queries(1):
            quote(REQUEST, at=NOON)
        begun = perf_counter()
        for _ in range(50):
            quote(REQUEST, at=NOON)
        assert (perf_counter() - begun) / 50 < 0.02


class TestCatalogAt:
    def test_holds_the_shipped_rows(self) -> None:
        found, wanted = catalog_at(NOON), shipped_snapshot()

        assert list(found.packages) == ["petite", "standard", "full"]
        assert list(found.surcharges) == list(wanted.surcharges)
        assert [each.item_id for each in found.packages.values()] == [
            each.item_id for each in wanted.packages.values()
        ]
        assert "EV-SWIFT" not in found.vehicles
        assert "memorial-2027-off" not in found.surcharges

    def test_takes_one_query_while_nothing_changes(
        self, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        first = catalog_at(NOON)

        with django_assert_num_queries(1):
            assert catalog_at(NOON + HOUR) is first

    def test_sees_a_change_at_once(self, reprice: Callable[..., ChangeSet]) -> None:
        catalog_at(NOON)

        reprice("1044.75")

        assert catalog_at(NOON).packages["petite"].base_price_cents == 104_475

    def test_forgets_a_change_that_was_rolled_back(self, reprice: Callable[..., ChangeSet]) -> None:
        before = catalog_at(NOON)
        with transaction.atomic():
            reprice("1044.75")
            assert catalog_at(NOON).packages["petite"].base_price_cents == 104_475
            transaction.set_rollback(True)

        assert catalog_at(NOON) == before
        reprice("1050.00")
        assert catalog_at(NOON).packages["petite"].base_price_cents == 105_000

    def test_changes_by_itself_when_a_planned_version_begins(
        self, reprice: Callable[..., ChangeSet]
    ) -> None:
        later = NOON + timedelta(days=9)
        reprice("1044.75", effective_from=later)

        prices = [
            catalog_at(at).packages["petite"].base_price_cents
            for at in (NOON, later - timedelta(microseconds=1), later, NOON)
        ]

        assert prices == [99_500, 99_500, 104_475, 99_500]

    def test_never_shows_a_change_in_part(
        self, reprice: Callable[..., ChangeSet], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        load, waiting = queries._load, ["1044.75"]

        def load_and_be_overtaken(at: datetime, token: str) -> CatalogSnapshot:
            snapshot = load(at, token)
            if waiting:
                reprice(waiting.pop())
            return snapshot

        monkeypatch.setattr(queries, "_load", load_and_be_overtaken)
        queries._snapshots.clear()

        found = catalog_at(NOON)

        assert found.packages["petite"].base_price_cents == 104_475
        assert found.generation == queries.generation()


class TestEtag:
    def test_is_the_same_while_nothing_changes(self) -> None:
        assert etag_at(NOON) == etag_at(NOON + HOUR)

    def test_changes_with_the_catalog_and_with_what_is_in_force(
        self, reprice: Callable[..., ChangeSet]
    ) -> None:
        later = NOON + timedelta(days=9)
        tags = {etag_at(NOON)}
        reprice("1044.75", effective_from=later)
        tags |= {etag_at(NOON), etag_at(later)}

        assert len(tags) == 3
        assert all(tag.startswith('"') and tag.endswith('"') for tag in tags)


class TestGeneration:
    def test_moves_with_any_insert_however_it_is_made(self) -> None:
        before = CatalogGeneration.objects.get()
        row = MiniMovePackage.objects.get(key="petite")
        row.pk = None

        row.save(force_insert=True)

        after = CatalogGeneration.objects.get()
        assert after.number == before.number + 1
        assert after.token != before.token


class TestExportWorkbook:
    def test_changes_nothing_when_it_is_imported_again(self) -> None:
        content = export_workbook(NOON)

        found = review_import(content=content, effective_from=None, at=NOON)

        assert found.changes_nothing
        assert found.diff.unchanged == 35

    def test_gives_the_catalog_of_the_moment(self, reprice: Callable[..., ChangeSet]) -> None:
        reprice("1044.75")

        found = review_import(content=export_workbook(NOON - HOUR), effective_from=None, at=NOON)

        assert [change.key for change in found.diff.changes] == ["petite"]


def test_organizing_by_tier_has_every_tier_packing_first() -> None:
    found = organizing_by_tier(catalog_at(NOON))

    assert {tier: [each.service_type for each in services] for tier, services in found.items()} == {
        tier: ["packing", "unpacking"] for tier in ("petite", "standard", "full")
    }


def test_rows_at_lists_inactive_rows_too() -> None:
    rows = rows_at(Kind.VEHICLES, NOON)

    assert [(row.key, row.is_active) for row in rows] == [
        ("EV-CARGO-3", True),
        ("EV-CITY-1", True),
        ("EV-CITY-2", True),
        ("EV-SWIFT", False),
    ]
