"""Asks django-hordak, which lives in an environment of its own, for its figures."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.benchmarks.database import address

VENV = Path(".bench-venv")
SCRIPT = Path(__file__).parent / "hordak_post.py"
WANTED = ("django-hordak==2.0.0", "psycopg[binary]", "Django<5.1")
NOT_INSTALLED = "stock not installed"


@cache
def python() -> Path | None:
    """Its interpreter, made when it is missing; nothing where it cannot be installed."""
    found = VENV / "bin" / "python"
    if not found.exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=False)
    there = [found, "-c", "import hordak, psycopg"]
    install = [found, "-m", "pip", "install", "-q", *WANTED]
    for command in (there, install, there):
        if found.exists() and not subprocess.run(command, check=False).returncode:
            return found
    return None


def posted_per_second(*, legs: int, writers: int, seconds: float) -> float | None:
    told = _ask("post", legs, writers, seconds)
    return told if isinstance(told, float) else None


def posted_in_bulk_per_second(count: int) -> float | None:
    told = _ask("bulk", count)
    return told if isinstance(told, float) else None


def read_in_milliseconds(count: int) -> dict[str, float]:
    """Balance, list and page with so many postings; empty when it is not installed."""
    told = _ask("read", count)
    return told if isinstance(told, dict) else {}


def _ask(mode: str, *told: object) -> float | dict[str, float] | None:
    if python() is None:
        return None
    command = [str(python()), str(SCRIPT), address(), mode, *map(str, told)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.stderr.write(done.stderr[-600:])
        return None
    found: float | dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return found
