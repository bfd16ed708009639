"""MF001 to MF005 and PY012: what a manifest no longer promises to those who depend on the package.

Reads `pyproject.toml`, `package.json` and `Cargo.toml` on both sides. A manifest that does not parse is a gap.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from breakwater.breaks.python.places import is_aside
from breakwater.breaks.python_api import RULES as PYTHON_RULES
from breakwater.changes import ChangeSet, shown
from breakwater.config import Config
from breakwater.findings import WARNING, Finding, Rule
from breakwater.records import field, record, replace

NAMES = ("pyproject.toml", "package.json", "Cargo.toml")
_MEND = "raise the major version and tell dependents, or mark the change as breaking and justify it."

RULES: tuple[Rule, ...] = (
    Rule(
        "MF001",
        "runtime-raised",
        "The oldest Python or Rust that the package runs on is newer than before.",
        '- requires-python = ">=3.9"\n+ requires-python = ">=3.11"',
        '- requires-python = ">=3.9,<4"\n+ requires-python = ">=3.9"',
        mend=_MEND,
        language="diff",
    ),
    Rule(
        "MF002",
        "dependency-major-raised",
        "A dependency must have a newer major version than before: who shares it must move along.",
        '- dependencies = ["pydantic>=1.10"]\n+ dependencies = ["pydantic>=2"]',
        '- dependencies = ["pydantic>=1.10"]\n+ dependencies = ["pydantic>=1.10,<3"]',
        why="A Python program holds one version of each package. npm and Cargo let several stand side by side, so "
        "there it is a warning, but for peer dependencies.",
        mend=_MEND,
        language="diff",
    ),
    Rule(
        "MF003",
        "extra-or-script-removed",
        "An extra, a feature or a script that others ask for by name is gone.",
        '  [project.scripts]\n- shop = "shop.cli:main"',
        '  [project.scripts]\n  shop = "shop.cli:main"\n+ shop-admin = "shop.cli:admin"',
        mend=_MEND,
        language="diff",
    ),
    Rule(
        "MF004",
        "package-removed",
        "A package is gone or has another name.",
        '- name = "shop"\n+ name = "shop-core"',
        '  name = "shop"\n- description = "A shop"\n+ description = "The shop"',
        mend=_MEND,
        language="diff",
    ),
    Rule(
        "MF005",
        "exports-narrowed",
        "An entry of `exports` or `bin` is gone, or `engines.node` begins later.",
        '  "exports": {\n-   "./prices": "./prices.js",\n    ".": "./index.js"\n  }',
        '  "exports": {\n    "./prices": "./prices.js",\n+   "./vat": "./vat.js",\n    ".": "./index.js"\n  }',
        mend=_MEND,
        language="diff",
    ),
)
_BY_ID = {rule.id: rule for rule in (*RULES, *PYTHON_RULES)}
_OWN_EXTRAS = {
    "test",
    "tests",
    "testing",
    "dev",
    "develop",
    "development",
    "lint",
    "docs",
    "doc",
    "typing",
    "type-check",
}
"""Extras for those who work on the package itself."""
_FLOOR = re.compile(r"(?:>=?|~=?|\^|==|=)\s*v?(\d+(?:\.\d+)*)|^\s*v?(\d+(?:\.\d+)*)")
_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[[^\]]*\])?\s*\(?([^;@]*)")

Version = tuple[int, ...]


@record(frozen=True, slots=True)
class Promise:
    """What a manifest says to others, whatever its format."""

    name: str = ""
    runtime: str = ""
    dependencies: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, str] = field(default_factory=dict)
    """Dependencies of which one program may hold several major versions side by side."""
    offers: frozenset[tuple[str, str]] = frozenset()
    """(kind, name): extras, scripts, features."""
    entry_points: frozenset[tuple[str, str]] = frozenset()
    exports: frozenset[tuple[str, str]] = frozenset()
    engine: str = ""


class Broken(Exception):
    """The manifest is no valid document, in one sentence."""


def check(change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    for change in change_set.changes:
        path = change.old_path
        if path is None or path.rpartition("/")[2] not in NAMES or change_set.old.root is None:
            continue
        if any(map(is_aside, path.split("/")[:-1])):
            continue  # an example or a test depends on others; nobody depends on it
        try:
            yield from _compared(change_set, path, change.new_path)
        except Broken as error:
            change_set.could_not(f"{shown(path)} could not be compared: {error}.")


def _compared(change_set: ChangeSet, path: str, new_path: str | None) -> Iterator[Finding]:
    old = _promise(path, change_set.old_text(path))
    if old is None:
        return
    new = _promise(new_path, change_set.new_text(new_path)) if new_path else None
    if new is None:
        if old.name and not _is_elsewhere(change_set, old.name, path.rpartition("/")[2]):
            yield _BY_ID["MF004"].at(path, 0, f"The package {old.name} is gone.")
        return
    text = change_set.new_text(new_path or path) or ""
    for rule, sentence, word in differences(old, new):
        yield _BY_ID[rule].at(new_path or path, line_of(text, word), sentence)
    for rule, sentence, word in _raised(old.beside, new.beside):
        yield replace(_BY_ID[rule].at(new_path or path, line_of(text, word), sentence), level=WARNING)


def _is_elsewhere(change_set: ChangeSet, name: str, manifest: str) -> bool:
    """Whether another manifest of the new side is that of the package."""
    for path in change_set.new_tree:
        if path.rpartition("/")[2] == manifest:
            try:
                found = _promise(path, change_set.new_text(path))
            except Broken:
                continue
            if found and found.name == name:
                return True
    return False


def _promise(path: str, text: str | None) -> Promise | None:
    reader = READERS.get(path.rpartition("/")[2])
    return None if text is None or reader is None else reader(text)


def line_of(text: str, word: str) -> int:
    """The first line that holds the word, 0 where none does."""
    return next((number for number, line in enumerate(text.splitlines(), 1) if word and word in line), 0)


# Comparing


def differences(old: Promise, new: Promise) -> Iterator[tuple[str, str, str]]:
    """Rule, sentence, and the word to look for in the new text."""
    if old.name and new.name and old.name != new.name:
        yield "MF004", f"The package {old.name} is called {new.name} now.", new.name
    if _floor(new.runtime) > _floor(old.runtime) and old.runtime:
        yield "MF001", f"Runs on {new.runtime} where it ran on {old.runtime}.", new.runtime
    yield from _raised(old.dependencies, new.dependencies)
    for kind, name in sorted(old.offers - new.offers):
        yield "MF003", f"The {kind} {name} is gone.", ""
    for group, name in sorted(old.entry_points - new.entry_points):
        yield "PY012", f"The entry point {name} of {group} is gone.", ""
    for kind, name in sorted(old.exports - new.exports):
        yield "MF005", f"{kind} no longer has {name}.", ""
    if old.engine and _floor(new.engine) > _floor(old.engine):
        yield "MF005", f"engines.node begins at {new.engine} where it began at {old.engine}.", "engines"


def _raised(old: Mapping[str, str], new: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for name in sorted(old.keys() & new.keys()):
        before, after = _floor(old[name])[:1], _floor(new[name])[:1]
        if before and after > before:
            yield "MF002", f"Needs {name} {new[name]} where {old[name]} was enough.", name


def _floor(specifier: str) -> Version:
    """The lowest version that a specifier allows, () where it sets none; of alternatives the lowest."""
    floors = [_lowest(part) for part in specifier.split("||")]
    return min(floors) if floors else ()


def _lowest(specifier: str) -> Version:
    found = [match[1] or match[2] for part in specifier.split(",") for match in _FLOOR.finditer(part)]
    return max((_version(text) for text in found), default=())


def _version(text: str) -> Version:
    parts = [int(part) for part in text.split(".")]
    while parts and parts[-1] == 0 and len(parts) > 1:
        parts.pop()
    return tuple(parts)


# Reading


def _toml(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Broken(f"it is no TOML ({error})") from None


def _table(value: object, *keys: str) -> dict[str, Any]:
    """A table inside tables, {} where there is none."""
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def pyproject(text: str) -> Promise:
    document = _toml(text)
    project, poetry = _table(document, "project"), _table(document, "tool", "poetry")
    lines = project.get("dependencies")
    dependencies = dict(_requirements(lines if isinstance(lines, list) else []))
    python = _table(poetry, "dependencies").get("python")
    poetry_needs = {_plain(k): _poetry_version(v) for k, v in _table(poetry, "dependencies").items() if k != "python"}
    extras = {**_table(project, "optional-dependencies"), **_table(poetry, "extras")}.keys() - _OWN_EXTRAS
    scripts = {**_table(project, "scripts"), **_table(project, "gui-scripts"), **_table(poetry, "scripts")}
    groups = {**_table(project, "entry-points"), **_table(poetry, "plugins")}
    return Promise(
        _plain(_text(project.get("name")) or _text(poetry.get("name"))),
        _text(project.get("requires-python")) or _text(python),
        {**poetry_needs, **dependencies},
        {},
        frozenset({("extra", _plain(name)) for name in extras} | {("script", name) for name in scripts}),
        frozenset((group, name) for group, table in groups.items() for name in _table(table)),
    )


def _plain(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _requirements(lines: list[object]) -> Iterator[tuple[str, str]]:
    """Name and specifier; of several lines for one name (markers) the first."""
    seen: set[str] = set()
    for line in lines:
        match = _REQUIREMENT.match(line) if isinstance(line, str) else None
        if match and _plain(match[1]) not in seen:
            seen.add(_plain(match[1]))
            yield _plain(match[1]), match[2].strip().rstrip(")")


def _poetry_version(value: object) -> str:
    return _text(value) or _text(_table(value).get("version"))


def package_json(text: str) -> Promise:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise Broken(f"it is no JSON ({error})") from None
    document = _table(document)
    own, peers = (_table(document, key) for key in ("dependencies", "peerDependencies"))
    name = _text(document.get("name"))
    private = document.get("private") is True
    return Promise(
        name,
        "",
        {key: _text(value) for key, value in peers.items()},
        {key: _text(value) for key, value in own.items() if key not in peers},
        frozenset(),
        frozenset(),
        frozenset() if private else frozenset(_entries(document)),
        _text(_table(document, "engines").get("node")),
    )


def _entries(document: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What others may import or run by name; `exports` may be one text, or conditions without any name."""
    exports = document.get("exports")
    if isinstance(exports, dict):
        yield from (("exports", key) for key in exports if key.startswith("."))
    binaries = document.get("bin")
    if isinstance(binaries, str):
        yield "bin", _text(document.get("name")).rpartition("/")[2]
    yield from (("bin", key) for key in _table(binaries))


def cargo(text: str) -> Promise:
    document = _toml(text)
    package = _table(document, "package")
    needs = {key: _poetry_version(value) for key, value in _table(document, "dependencies").items()}
    features = {("feature", name) for name in _table(document, "features") if not name.startswith("_")}
    return Promise(_text(package.get("name")), _text(package.get("rust-version")), {}, needs, frozenset(features))


READERS = {"pyproject.toml": pyproject, "package.json": package_json, "Cargo.toml": cargo}
