"""The house keeps its shape: who imports whom, who writes what, how long things are (architecture, style)."""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from statistics import median, quantiles

import grimp
import pytest
from importlinter.cli import lint_imports

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("breakwater", "rfcs", "approvals", "governance")
JUNK_DRAWERS = {"utils", "util", "common", "helpers", "helper", "services", "managers", "misc"}


def sources() -> list[Path]:
    files = (path for room in (*ROOMS, "tools") for path in (ROOT / room).rglob("*.py"))
    return sorted(path for path in files if "migrations" not in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def files_where(found: Callable[[ast.AST], bool]) -> set[str]:
    """Files of the rooms with a node of that kind; tools measure and set up, they are no part of the portal."""
    rooms = (path for path in sources() if path.relative_to(ROOT).parts[0] in ROOMS)
    return {name_of(path) for path in rooms if any(found(node) for node in ast.walk(tree(path)))}


# Layers ----------------------------------------------------------------------------------------------------


def test_imports_keep_to_their_layers(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)

    code = lint_imports(cache_dir=None)

    assert code == 0, capsys.readouterr().out


def test_the_order_of_the_rooms_is_the_one_that_was_agreed() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    rooms = next(contract for contract in settings["contracts"] if contract["id"] == "rooms")

    assert rooms["layers"] == ["governance", "approvals", "rfcs", "breakwater"]
    assert not any("ignore_imports" in contract for contract in settings["contracts"])


def test_no_module_imports_itself_by_a_detour() -> None:
    """Nor names, for its types, one that stands above it: what is needed below belongs below."""
    graph = grimp.build_graph(*ROOMS, cache_dir=None)
    ways = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}

    order = list(TopologicalSorter(ways).static_order())  # raises CycleError, which names the circle

    assert order.index("rfcs.models.record") < order.index("rfcs.case") < order.index("rfcs.table")


# Lengths and names -----------------------------------------------------------------------------------------


def test_files_stay_under_about_400_lines() -> None:
    lengths = {name_of(path): len(path.read_text(encoding="utf-8").splitlines()) for path in sources()}

    assert {name: lines for name, lines in lengths.items() if lines > 420} == {}


@pytest.mark.parametrize("room", ROOMS)
def test_functions_are_short(room: str) -> None:
    """Median at most 8 lines, nine of ten at most 25 (style)."""
    paths = [path for path in sources() if path.relative_to(ROOT).parts[0] == room]

    lines = [length(function) for path in paths for function in functions(path)]

    assert median(lines) <= 8
    assert quantiles(lines, n=10)[-1] <= 25


def test_no_module_is_a_junk_drawer() -> None:
    names = {name_of(path) for path in sources() if {path.stem, *path.parent.parts} & JUNK_DRAWERS}

    assert names == set()


# Only one place for each write -----------------------------------------------------------------------------


def test_only_the_lifecycle_writes_a_state() -> None:
    def writes_state(node: ast.AST) -> bool:
        targets = node.targets if isinstance(node, ast.Assign) else []
        flat = [part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
        updates = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "update"
        by_update = updates and any(keyword.arg == "state" for keyword in node.keywords)  # type: ignore[attr-defined]
        return by_update or any(isinstance(part, ast.Attribute) and part.attr == "state" for part in flat)

    assert files_where(writes_state) == {"rfcs/lifecycle.py"}


@pytest.mark.parametrize(
    ("row", "place"),
    [("Event", "rfcs/events.py"), ("Revision", "rfcs/revisions.py"), ("SignOff", "approvals/signing.py")],
)
def test_append_only_rows_are_made_in_one_place(row: str, place: str) -> None:
    def makes(node: ast.AST) -> bool:
        if not isinstance(node, ast.Call):
            return False
        called = ast.unparse(node.func)
        return called == row or called.startswith((f"{row}.objects.create", f"{row}.objects.bulk_create"))

    assert files_where(makes) == {place}


def test_only_rounds_act_as_the_round() -> None:
    def acts(node: ast.AST) -> bool:
        return isinstance(node, ast.keyword) and node.arg == "acting_as"

    assert files_where(acts) == {"approvals/rounds.py"}


@pytest.mark.parametrize(
    "module", ["django.dispatch", "django.db.models.signals", "django.contrib.contenttypes.fields"]
)
def test_no_signals_and_no_generic_keys(module: str) -> None:
    def imports(node: ast.AST) -> bool:
        return isinstance(node, ast.ImportFrom) and node.module == module

    assert files_where(imports) == set()


def test_nobody_imports_the_shell_but_itself() -> None:
    def imports(node: ast.AST) -> bool:
        return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "governance"

    assert {name.split("/")[0] for name in files_where(imports)} <= {"governance", "tools"}


def test_journeys_lie_where_make_looks_for_them() -> None:
    """`make unit` leaves out what is marked so, and `make journeys` opens one folder alone."""
    mark = "mark." + "journey"
    marked = {path for path in (ROOT / "tests").rglob("*.py") if mark in path.read_text(encoding="utf-8")}

    assert marked == set((ROOT / "tests" / "journeys").glob("test_*.py"))


def test_no_filter_of_a_template_reaches_through_what_may_be_missing() -> None:
    """Everywhere else in a template a missing value is nothing; as an argument of a filter it is a page that breaks."""
    templates = sorted((ROOT / "templates").rglob("*.html"))
    reaching = re.compile(r"\|\w+:[a-z_]\w*\.\w+\.\w+")

    found = {name_of(path): reaching.findall(path.read_text(encoding="utf-8")) for path in templates}

    assert {name: lines for name, lines in found.items() if lines} == {}
