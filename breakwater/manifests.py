"""What a manifest says of its package: how others name it, and what it needs. Broken ones say nothing.

pyproject.toml (PEP 621, dependency groups, uv's and Poetry's paths), package.json, Cargo.toml, go.mod.
"""

import json
import posixpath
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from breakwater.packages import MANIFESTS

_REQUIREMENT = re.compile(r"\s*([A-Za-z0-9][\w.-]*)")
_GO_MODULE = re.compile(r"^module\s+(\S+)", re.MULTILINE)
_GO_NEED = re.compile(r"^\s*(?:require\s+)?([\w./~-]+\.[\w./~-]+)\s+v", re.MULTILINE)
_GO_REPLACE = re.compile(r"=>\s*(\.{1,2}/\S+)")
_NODE = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")
_CARGO = ("dependencies", "dev-dependencies", "build-dependencies")


@dataclass(frozen=True, slots=True)
class Manifest:
    """Names are told apart by kind (`py:`, `js:`, `rs:`, `go:`); paths are folders from the repository's root."""

    names: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()


def is_manifest(path: str) -> bool:
    return path.rpartition("/")[2] in MANIFESTS


def read(path: str, content: bytes | None) -> Manifest:
    """The manifest at that path."""
    folder, _, name = path.rpartition("/")
    text = (content or b"").decode("utf-8", "replace")
    try:
        names, needs, paths = _READERS[name](text)
    except (ValueError, TypeError, AttributeError, RecursionError):
        return Manifest()
    absolute = (posixpath.normpath(posixpath.join(folder, one)) for one in paths)
    return Manifest(frozenset(names), frozenset(needs), frozenset(absolute))


Facts = tuple[list[str], list[str], list[str]]


def python_name(name: str) -> str:
    """A distribution's name as the index compares it."""
    return f"py:{re.sub(r'[-_.]+', '-', name).lower()}"


def _pyproject(text: str) -> Facts:
    table = tomllib.loads(text)
    project, tool = table.get("project", {}), table.get("tool", {})
    poetry = tool.get("poetry", {})
    names = [python_name(name) for name in (project.get("name"), poetry.get("name")) if name]
    needs = [
        python_name(m[1]) for one in _requirements(table) if isinstance(one, str) and (m := _REQUIREMENT.match(one))
    ]
    needs += [python_name(name) for one in _poetry_tables(poetry) for name in one]
    sources = [tool.get("uv", {}).get("sources", {}), *_poetry_tables(poetry)]
    paths = [value["path"] for one in sources for value in one.values() if isinstance(value, dict) and "path" in value]
    return names, needs, paths


def _requirements(table: dict[str, Any]) -> Iterator[Any]:
    project = table.get("project", {})
    yield from project.get("dependencies", [])
    for extra in project.get("optional-dependencies", {}).values():
        yield from extra
    for group in table.get("dependency-groups", {}).values():
        yield from group


def _poetry_tables(poetry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield poetry.get("dependencies", {})
    yield poetry.get("dev-dependencies", {})
    yield from (group.get("dependencies", {}) for group in poetry.get("group", {}).values())


def _package_json(text: str) -> Facts:
    table = json.loads(text)
    needed = [(name, str(version)) for kind in _NODE for name, version in table.get(kind, {}).items()]
    paths = [version.partition(":")[2] for _, version in needed if version.startswith(("file:", "link:", "portal:"))]
    names = [f"js:{table['name']}"] if table.get("name") else []
    return names, [f"js:{name}" for name, _ in needed], paths


def _cargo(text: str) -> Facts:
    table = tomllib.loads(text)
    tables = [table, *table.get("target", {}).values()]
    needed = [(name, value) for one in tables for kind in _CARGO for name, value in one.get(kind, {}).items()]
    details = [(name, value if isinstance(value, dict) else {}) for name, value in needed]
    needs = [f"rs:{value.get('package', name)}" for name, value in details]
    name = table.get("package", {}).get("name")
    return [f"rs:{name}"] if name else [], needs, [value["path"] for _, value in details if "path" in value]


def _go_mod(text: str) -> Facts:
    needs = [f"go:{name}" for name in _GO_NEED.findall(text)]
    return [f"go:{name}" for name in _GO_MODULE.findall(text)], needs, _GO_REPLACE.findall(text)


_READERS = {"pyproject.toml": _pyproject, "package.json": _package_json, "Cargo.toml": _cargo, "go.mod": _go_mod}
