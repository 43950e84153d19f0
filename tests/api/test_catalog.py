from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from domain.catalog.models import ChangeSet
from domain.catalog.operations import apply_change_set, prepare_import
from domain.common.actors import System
from tests.api.conftest import Api
from tests.catalog.support import changed, set_cell

PATHS = (
    "/public/services/",
    "/public/services/mini-moves-with-organizing/",
    "/public/services/organizing-by-tier/",
)


def import_book(content: bytes, *, effective_in: timedelta | None = None) -> None:
    at, actor = timezone.now(), System("import_catalog")
    prepared = prepare_import(
        content=content,
        file_name="catalog.xlsx",
        effective_from=at + effective_in if effective_in else None,
        actor=actor,
        at=at,
    )
    apply_change_set(change_set_id=prepared.pk, digest=prepared.digest, actor=actor, at=at)


def petite(answer: Any) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["mini_move_packages"][0]
    return found


@pytest.mark.django_db
class TestCatalogAnswers:
    @pytest.mark.parametrize("path", PATHS)
    def test_may_be_kept_for_a_minute_and_asked_for_again(
        self, api: Api, catalog: ChangeSet, path: str
    ) -> None:
        first = api.get(path)
        assert first["Cache-Control"] == "public, max-age=60"
        for known in (first["ETag"], f"W/{first['ETag']}", f'"other", {first["ETag"]}', "*"):
            again = api.get(path, **{"If-None-Match": known})
            assert again.status_code == 304
            assert again.content == b""
            assert again["ETag"] == first["ETag"]
        assert api.get(path, **{"If-None-Match": '"other"'}).content == first.content

    def test_show_a_change_at_once(self, api: Api, catalog: ChangeSet) -> None:
        before = api.get(PATHS[0])
        import_book(changed(set_cell("mini_move_packages", 2, "base_price", 1005)))
        after = api.get(PATHS[0], **{"If-None-Match": before["ETag"]})
        assert after.status_code == 200
        assert petite(after)["base_price_cents"] == 100_500
        assert after["ETag"] != before["ETag"]

    def test_do_not_show_a_change_of_tomorrow(self, api: Api, catalog: ChangeSet) -> None:
        before = api.get(PATHS[0])
        book = changed(set_cell("mini_move_packages", 2, "base_price", 1005))
        import_book(book, effective_in=timedelta(days=1))
        assert petite(api.get(PATHS[0])) == petite(before)

    def test_serve_active_rows_only(self, api: Api, catalog: ChangeSet) -> None:
        import_book(changed(set_cell("mini_move_packages", 2, "is_active", "no")))
        types = [each["package_type"] for each in api.get(PATHS[0]).json()["mini_move_packages"]]
        assert types == ["standard", "full"]

    def test_are_served_without_a_catalog(self, api: Api, db: None) -> None:
        told = api.get(PATHS[0]).json()
        assert told["mini_move_packages"] == []
        assert told["standard_delivery"] is None

    def test_cost_one_query(self, api: Api, catalog: ChangeSet) -> None:
        api.get(PATHS[0])
        with CaptureQueriesContext(connection) as queries:
            api.get(PATHS[0])
        assert len(queries) == 1

    def test_know_no_other_method(self, api: Api, catalog: ChangeSet) -> None:
        for method in ("post", "put", "patch", "delete", "options", "trace"):
            answer = getattr(api.client, method)(f"/api{PATHS[0]}")
            assert answer.status_code == 405
            assert answer["Allow"] == "GET, HEAD"
            assert answer.json()["error_code"] == "method_not_allowed"
