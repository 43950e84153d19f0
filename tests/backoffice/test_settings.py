from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from backoffice.embedded.folders import data_folder, too_long_for_a_socket

ROOT = Path(__file__).parents[2]
SAFE = {
    "BACKOFFICE_ENV": "production",
    "SECRET_KEY": "0123456789-abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "DATABASE_URL": "postgres://backoffice:none@127.0.0.1:1/backoffice",
    "ALLOWED_HOSTS": "backoffice.example.com",
    "PUBLIC_URL": "https://backoffice.example.com",
    "STRIPE_LIVE": "false",
    "STRIPE_SECRET_KEY": "sk_test_0",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_0",
    "STRIPE_WEBHOOK_SECRET": "whsec_0",
    "EMAIL_URL": "smtp+tls://mail.example.com:587",
    "COMPANY_NAME": "Example",
    "COMPANY_ADDRESS": "Bengaluru",
    "COMPANY_TAN": "BLRE00000A",
    "COMPANY_PAN": "AAACE0001A",
}
# Functions are told by their names, not by where they lie in memory.
TELL_SETTINGS = r"""
import re
from backoffice import settings
for name in dir(settings):
    if name.isupper():
        print(name, "=", re.sub(r" at 0x\w+", "", repr(getattr(settings, name))))
"""


def check(**changes: str | None) -> subprocess.CompletedProcess[str]:
    """Start the program the way an operator does, in an environment of its own."""
    return started("manage.py", "check", "--deploy", "--fail-level", "WARNING", **changes)


def settings_of(**changes: str | None) -> str:
    """Every setting, as a program that starts in such an environment has it."""
    result = started("-c", TELL_SETTINGS, PYTHONHASHSEED="0", **changes)
    assert result.returncode == 0, result.stderr
    assert "SECURE_SSL_REDIRECT = True" in result.stdout
    return result.stdout


def started(*command: str, **changes: str | None) -> subprocess.CompletedProcess[str]:
    variables = {"PATH": os.environ["PATH"]} | SAFE | changes
    return subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env={name: value for name, value in variables.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class TestProduction:
    def test_starts_with_safe_settings_and_no_warning(self) -> None:
        result = check()
        assert result.returncode == 0, result.stderr

    @pytest.mark.parametrize(
        "name",
        [
            "DATABASE_URL",
            "SECRET_KEY",
            "STRIPE_SECRET_KEY",
            "STRIPE_PUBLISHABLE_KEY",
            "STRIPE_WEBHOOK_SECRET",
        ],
    )
    def test_refuses_to_start_without(self, name: str) -> None:
        result = check(**{name: None})
        assert result.returncode != 0
        assert f"{name} must be set" in result.stderr

    def test_is_what_an_empty_environment_means(self) -> None:
        assert settings_of(BACKOFFICE_ENV=None) == settings_of(BACKOFFICE_ENV="production")

    def test_refuses_an_unknown_environment(self) -> None:
        result = check(BACKOFFICE_ENV="staging")
        assert "it may be demo, test or production" in result.stderr

    def test_refuses_a_short_secret_through_the_wsgi_server_too(self) -> None:
        result = started("-c", "import backoffice.wsgi", SECRET_KEY="short")
        assert result.returncode != 0
        assert "backoffice.E004" in result.stderr


class TestDataFolder:
    def test_keeps_demo_and_tests_apart(self) -> None:
        demo, test = (data_folder(ROOT, "/tmp/x", name) for name in ("demo", "test"))
        assert demo != test

    def test_lies_outside_the_repository_for_root(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 0)
        folder = data_folder(ROOT, "", "demo")
        assert folder.parts[:3] == ("/", "var", "lib")
        assert folder != data_folder(ROOT / "other", "", "demo")

    def test_lies_in_the_repository_for_everybody_else(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(os, "geteuid", lambda: 1000)
        assert data_folder(ROOT, "", "demo") == ROOT / ".data" / "demo"

    def test_knows_a_path_too_long_for_a_socket(self) -> None:
        assert too_long_for_a_socket(Path("/tmp") / ("x" * 100))
        assert not too_long_for_a_socket(Path("/tmp/x"))
