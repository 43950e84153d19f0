"""Requests made up from the OpenAPI document: no fault, and no answer it does not describe."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from pytest_django.live_server_helper import LiveServer

from backoffice.sandbox.stripe import Sandbox
from tests.api.conftest import fill_catalog

ROOT = Path(__file__).resolve().parents[2]
TOOL = Path(sys.executable).with_name("schemathesis")


@pytest.mark.torture
@pytest.mark.timeout(300)
@pytest.mark.django_db(transaction=True)
def test_keeps_its_word(
    live_server: LiveServer, stripe: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fill_catalog()
    monkeypatch.setattr("api.health.Stat.get_all", lambda: ["a worker"])
    run = subprocess.run(
        [
            TOOL,
            "--config-file=schemathesis.toml",
            "run",
            f"{live_server.url}/api/schema/",
            "--phases=coverage,fuzzing",
            "--max-examples=10",
            "--seed=20261121",
            "--generation-database=none",
            "--no-color",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout[-20_000:] + run.stderr[-2_000:]
