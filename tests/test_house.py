"""Habits of this code base that no linter knows."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest
from django.apps import apps

from domain.common.workflow import steps_of

ROOT = Path(__file__).parents[1]
PACKAGES = ("domain", "backoffice", "api")
LONGEST_FILE, LONGEST_FUNCTION = 300, 40
WRITES = {
    *("save", "create", "update", "delete", "get_or_create", "update_or_create"),
    *("bulk_create", "bulk_update", "asave", "acreate", "aupdate", "adelete"),
}
CLOCKS = {"timezone.now", "datetime.now", "datetime.utcnow", "date.today", "time.time"}
# Their `update` and `delete` are those of dictionaries, sessions, caches and files.
HARMLESS = {"session", "cache", "headers", "context", "extra_context", "attrs", "kwargs", "data"}

# One worker reads the sources, once for all of these.
pytestmark = pytest.mark.xdist_group("house")


@pytest.fixture(scope="module", autouse=True)
def _forget_the_sources() -> Iterator[None]:
    yield
    nodes.cache_clear()


def sources(*packages: str) -> list[Path]:
    return sorted(
        path
        for package in packages
        for path in (ROOT / package).rglob("*.py")
        if "migrations" not in path.parts and "sandbox" not in path.parts
    )


def test_states_are_no_steps_to_migrations() -> None:
    """See ``StateField``: with the library's own field, migrating takes minutes."""
    found = [name(path) for path in sources("domain") if "import FSMField" in path.read_text()]
    assert found == ["domain/common/workflow/state_field.py"]


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def nodes(path: Path) -> list[ast.AST]:
    return list(ast.walk(ast.parse(path.read_text())))


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in nodes(path) if isinstance(node, ast.Call))


def by_file(paths: list[Path], look: Callable[[Path], list[str]]) -> dict[str, list[str]]:
    """What is found, by the file in which it stands."""
    found = {name(path): look(path) for path in paths}
    assert found, "No files: the test looks at the wrong place."
    return {path: what for path, what in found.items() if what}


def spelled(node: ast.expr) -> str:
    return ast.unparse(node)


def length_of(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Count what is done: neither the signature nor the docstring makes a function long."""
    body = function.body[1:] if ast.get_docstring(function) else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_files_stay_small() -> None:
    def long(path: Path) -> list[str]:
        lines = len(path.read_text().splitlines())
        return [f"{lines} lines"] if lines > LONGEST_FILE else []

    assert by_file(sources(*PACKAGES, "tests"), long) == {}


def test_functions_stay_small() -> None:
    def long(path: Path) -> list[str]:
        return [
            f"{node.name}: {length_of(node)}"
            for node in nodes(path)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and length_of(node) > LONGEST_FUNCTION
        ]

    assert by_file(sources(*PACKAGES), long) == {}


def operation_modules() -> list[ModuleType]:
    paths = [
        path
        for path in sources("domain")
        if path.name == "operations.py" or path.parent.name == "operations"
    ]
    return [
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
        for path in paths
    ]


def operations_of(module: ModuleType) -> dict[str, inspect.Signature]:
    return {
        f"{module.__name__}.{label}": inspect.signature(function)
        for label, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not label.startswith("_")
        and "actor" in inspect.signature(function).parameters
    }


def test_operations_take_names_and_a_moment() -> None:
    found: dict[str, inspect.Signature] = {}
    for module in operation_modules():
        found |= operations_of(module)
    assert found
    for label, signature in found.items():
        kinds = {each.kind for each in signature.parameters.values()}
        assert kinds <= {inspect.Parameter.KEYWORD_ONLY}, f"{label} takes positional arguments"
        assert "at" in signature.parameters, f"{label} takes no moment"


def looks_like_a_write(call: ast.Call) -> bool:
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in WRITES:
        return False
    if function.attr == "update" and call.args:
        return False  # a dictionary's; a query set takes names
    owner = spelled(function.value)
    # What counts is a row or a query set of ours; the queue is machinery.
    return owner.rpartition(".")[2] not in HARMLESS and not owner.startswith(
        ("super()", "vars()", "operations.", "hashlib", "{", "OrmQ.")
    )


def test_interfaces_write_nothing_themselves() -> None:
    def writes(path: Path) -> list[str]:
        return [f"{spelled(call)[:80]}" for call in calls(path) if looks_like_a_write(call)]

    assert by_file(sources("backoffice", "api"), writes) == {}


def test_nobody_listens_to_signals() -> None:
    def listens(path: Path) -> list[str]:
        return re.findall(
            r"^@receiver\b.*|\b(?:pre|post)_\w+\.connect\(.*", path.read_text(), re.MULTILINE
        )

    assert by_file(sources(*PACKAGES), listens) == {}


def test_rules_operations_and_queries_are_told_the_time() -> None:
    vocabulary = {"rules", "operations", "queries"}

    def clocks(path: Path) -> list[str]:
        return [spelled(call) for call in calls(path) if spelled(call.func) in CLOCKS]

    timeless = [path for path in sources("domain") if vocabulary & {path.stem, *path.parent.parts}]
    assert by_file(timeless, clocks) == {}


def test_money_is_never_a_float() -> None:
    def floats(path: Path) -> list[str]:
        return [
            spelled(call)
            for call in calls(path)
            if isinstance(call.func, ast.Name) and call.func.id == "float"
        ]

    def fractions(path: Path) -> list[str]:
        divisions = (
            spelled(node)
            for node in nodes(path)
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div)
        )
        return [each for each in divisions if re.search(r"_(?:cents|bps)\b", each)]

    assert by_file(sources("domain"), floats) == {}
    assert by_file(sources(*PACKAGES), fractions) == {}


def test_every_step_names_a_permission_or_belongs_to_the_system() -> None:
    found = 0
    for model in apps.get_app_config("domain").get_models():
        for info in steps_of(model) if hasattr(model, "state") else ():
            found += 1
            assert info.permission or info.system, f"{model.__name__}.{info.name}"
            assert info.label, f"{model.__name__}.{info.name}"
    assert found


def test_no_address_of_a_package_index() -> None:
    forbidden = re.compile(r"--(?:extra-)?index-url|--hash=.*http", re.IGNORECASE)
    for path in [ROOT / "Makefile", *ROOT.glob("requirements*.lock"), *(ROOT / ".ci").iterdir()]:
        assert not [
            line
            for line in path.read_text().splitlines()
            if forbidden.search(line) and "--no-emit-index-url" not in line
        ]
