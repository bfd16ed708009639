"""Which package depends on which, from manifests and from Python imports, for one tree.

Source: the design of the validators, "Packages". Imports are read line by line, so a file that does not parse still
tells what it imports.
"""

import re
import sys
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from breakwater import manifests
from breakwater.packages import ROOT, PackageMap
from breakwater.sides import Side

_IMPORT = re.compile(r"\s*(?:from\s+([\w.]+)\s+import\s+(.*)|import\s+(.*))")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_ASIDE = {"tests", "test", "docs", "doc", "examples", "example", "scripts", "benchmarks", "bench", "tools", "build"}


@dataclass(frozen=True)
class Graph:
    """Package -> the packages that it depends on directly."""

    needs: Mapping[str, frozenset[str]]

    @cached_property
    def _users(self) -> dict[str, set[str]]:
        users: dict[str, set[str]] = {}
        for package, needed in self.needs.items():
            for one in needed:
                users.setdefault(one, set()).add(package)
        return users

    def dependents(self, package: str) -> frozenset[str]:
        """Who depends on it directly."""
        return frozenset(self._users.get(package, ()))

    def all_dependents(self, packages: Iterable[str]) -> dict[str, tuple[str, ...]]:
        """Who depends on one of them, directly or through others -> a shortest way there, from one of them to the last
        before; they themselves are left out. The nearest come first."""
        start = sorted(set(packages))
        ways: dict[str, tuple[str, ...]] = dict.fromkeys(start, ())
        waiting = deque(start)
        while waiting:
            package = waiting.popleft()
            for user in sorted(self._users.get(package, ())):
                if user not in ways:
                    ways[user] = (*ways[package], package)
                    waiting.append(user)
        return {package: way for package, way in ways.items() if way}


def of(side: Side, packages: PackageMap) -> Graph:
    """The graph of one side's tree."""
    folders = {package for path in side.tree() if (package := packages.of(path)) != ROOT}
    edges: dict[str, set[str]] = {folder: set() for folder in folders}
    for user, needed in (*_declared(side, packages, folders), *_imported(side, packages)):
        if user in edges and needed in folders and user != needed:
            edges[user].add(needed)
    return Graph({package: frozenset(needed) for package, needed in sorted(edges.items())})


# Manifests


def _declared(side: Side, packages: PackageMap, folders: set[str]) -> Iterator[tuple[str, str]]:
    found = [
        (package, manifests.read(path, side.content(path)))
        for path in side.tree()
        if manifests.is_manifest(path) and (package := packages.of(path)) != ROOT
    ]
    owner = {name: package for package, manifest in found for name in manifest.names}
    for package, manifest in found:
        yield from ((package, owner[name]) for name in manifest.needs if name in owner)
        for path in manifest.paths:
            if path in folders:
                yield package, path


# Python imports


def _imported(side: Side, packages: PackageMap) -> Iterator[tuple[str, str]]:
    owners = module_owners(side.tree(), packages)
    if not owners:
        return
    for path, line in _import_lines(side):
        package = packages.of(path)
        if package != ROOT:
            yield from ((package, owner) for name in imported_names(line) if (owner := _owner(name, owners)))


def _import_lines(side: Side) -> Iterator[tuple[str, str]]:
    """Every line of a Python file that begins an import: path, text. One `git grep` reads them all."""
    if side.root is None:
        return
    where = side.root.removesuffix(":")
    pattern = ("grep", "-z", "-I", "--no-color", "--full-name", "-E", "-e", r"^[[:space:]]*(from|import)[[:space:]]")
    done = side.repository.attempt(*pattern, *((where,) if where else ("--cached",)), "--", ":/*.py")
    if done.returncode > 1:
        raise side.repository.failure(done.stderr)
    for record in done.stdout.decode("utf-8", "surrogateescape").split("\n"):
        path, _, line = record.partition("\0")
        if line:
            yield path.removeprefix(f"{where}:") if where else path, line


def imported_names(line: str) -> Iterator[str]:
    """The modules that a line may import: `from a import b` means `a` and perhaps `a.b`. Relative ones stay inside."""
    match = _IMPORT.match(line)
    if match is None:
        return
    if match[1] is None:
        yield from (name[0] for part in match[3].split(",") if (name := _NAME.match(part.strip())))
    elif not match[1].startswith("."):
        yield match[1]
        members = match[2].strip(" (")
        yield from (f"{match[1]}.{name[0]}" for part in members.split(",") if (name := _NAME.match(part.strip())))


def _owner(name: str, owners: Mapping[str, str]) -> str:
    """The package that holds the module or, else, the nearest of those above it."""
    while name and name not in owners:
        name = name.rpartition(".")[0]
    return owners.get(name, "")


def module_owners(paths: Iterable[str], packages: PackageMap) -> dict[str, str]:
    """Dotted name -> package, for the top modules of each package; a name that two packages claim is nobody's."""
    claims: dict[str, set[str]] = {}
    for path in paths:
        if path.endswith(".py") and (package := packages.of(path)) != ROOT:
            for name in _claimed(path.removeprefix(f"{package}/"), package):
                claims.setdefault(name, set()).add(package)
    return {
        name: next(iter(owners))
        for name, owners in claims.items()
        if len(owners) == 1 and name not in sys.stdlib_module_names
    }


def _claimed(inside: str, package: str) -> Iterator[str]:
    """What a file says of its package's module names: `src/google/cloud/storage/x.py` claims google.cloud.storage."""
    folders = inside.removeprefix("src/").split("/")[:-1]
    if not folders or folders == ["src"]:
        yield from _by_place(inside, package)
    elif folders[0] not in _ASIDE:
        yield ".".join(folders)


def _by_place(inside: str, package: str) -> Iterator[str]:
    """A package whose folder is itself the module: every tail of its path may be how it is imported."""
    if inside == "__init__.py":
        parts = package.split("/")
        yield from (".".join(parts[at:]) for at in range(len(parts)))
