from __future__ import annotations

from pathlib import Path

import pytest
from django.db.utils import OperationalError
from pytest_django import Settings

from tests.api.conftest import Api


@pytest.fixture
def working(monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path) -> None:
    monkeypatch.setattr("api.health.Stat.get_all", lambda: ["a worker"])
    settings.MEDIA_ROOT = str(tmp_path / "media")


@pytest.mark.django_db
class TestHealth:
    def test_is_live(self, api: Api) -> None:
        assert api.get("/health/live/").status_code == 200

    def test_is_ready_when_all_parts_are(self, api: Api, working: None) -> None:
        assert api.get("/health/ready/").json() == {"status": "ready"}

    def test_names_the_queue(
        self, api: Api, working: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("api.health.Stat.get_all", list)
        self.check(api, "queue")

    def test_names_the_storage(
        self, api: Api, working: None, settings: Settings, tmp_path: Path
    ) -> None:
        (tmp_path / "file").write_text("")
        settings.MEDIA_ROOT = str(tmp_path / "file")
        self.check(api, "storage")

    def test_names_the_migrations(
        self, api: Api, working: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(
            "api.health.migrations_on_disk", lambda: frozenset({("domain", "9999_next")})
        )
        self.check(api, "migrations")

    def test_names_the_database_and_gives_nothing_away(
        self, api: Api, working: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def refuse() -> str:
            raise OperationalError("password authentication failed for user admin")

        monkeypatch.setitem(__import__("api.health").health.CHECKS, "database", refuse)
        assert "password" not in self.check(api, "database")

    def check(self, api: Api, part: str) -> str:
        answer = api.get("/health/ready/")
        assert answer.status_code == 503
        assert answer.json()["error_code"] == "not_ready"
        assert set(answer.json()["field_errors"]) == {part}
        assert part in answer.json()["error"]
        return str(answer.content)
