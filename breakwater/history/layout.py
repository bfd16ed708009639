"""The packages that a whole history is read by: those of the head's configuration and folders.

Globs match what is gone as well. Packages that are known by their manifests are those of the head and, where every
folder beside them is one of these, folders that were beside them once: `crates/gone/` where `crates/` holds packages
and nothing else.
"""

import hashlib
import os
from collections.abc import Iterable

from breakwater import config, packages
from breakwater.findings import CannotCheck
from breakwater.git import Repository
from breakwater.packages import ROOT, ByFolders, ByGlobs
from breakwater.records import record

BESIDE = 3
"""So many packages must lie in a folder, and nothing else, before what is gone from it counts as one."""


@record(frozen=True, slots=True)
class ByNeighbours:
    """Packages that are known one by one, and folders whose folders are packages, all of them."""

    folders: frozenset[str]
    parents: frozenset[str]

    def of(self, path: str) -> str:
        above, slash, _ = path.rpartition("/")
        while slash:
            parent, slash, _ = above.rpartition("/")
            if above in self.folders or parent in self.parents:
                return above
            above = parent
        return ROOT


@record(frozen=True, slots=True)
class Layout:
    """The map, how many packages of it the head has, and a digest that changes when the map does."""

    packages: ByGlobs | ByNeighbours
    count: int

    @property
    def source(self) -> str:
        return "globs" if isinstance(self.packages, ByGlobs) else "manifests"

    @property
    def digest(self) -> str:
        found = self.packages
        parts = found.globs if isinstance(found, ByGlobs) else (*sorted(found.folders), "", *sorted(found.parents))
        return hashlib.sha256(os.fsencode("\0".join((self.source, *parts)))).hexdigest()


def of(repository: Repository, head: str) -> Layout:
    """The layout of one commit. Raises CannotCheck where a partial clone lacks a file that decides about it."""
    paths = repository.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", head).split(b"\0")[:-1]
    deciding = {os.fsdecode(path) for path in paths if path.rpartition(b"/")[2] in _DECIDING}
    folders = [os.fsdecode(folder) for folder in {path.rpartition(b"/")[0] for path in paths} if folder]

    def read(path: str) -> bytes | None:
        return _content(repository, head, path) if path in deciding else None

    files = [f"{folder}/file" for folder in folders]
    settings = config.load(read)
    by_globs = packages.by_globs(settings.packages, files)
    found = by_globs or _with_neighbours(packages.by_manifests(deciding, read, settings.exclude), folders)
    return Layout(found, len({found.of(path) for path in files} - {ROOT}))


def _content(repository: Repository, head: str, path: str) -> bytes:
    try:
        content = repository.blob(f"{head}:{path}")
    except CannotCheck:
        content = None
    if content is None:
        raise CannotCheck(f"{path} says what the packages are, and its content cannot be read (a partial clone?).")
    return content


def _with_neighbours(found: ByFolders, folders: Iterable[str]) -> ByNeighbours:
    parents = {parent for folder in found.folders if (parent := folder.rpartition("/")[0])}
    children: dict[str, set[str]] = {parent: set() for parent in parents}
    for folder in folders:
        above = folder
        while above:
            parent = above.rpartition("/")[0]
            if parent in children:
                children[parent].add(above)
            above = parent
    whole = (p for p, below in children.items() if len(below) >= BESIDE and below <= found.folders)
    return ByNeighbours(found.folders, frozenset(whole))


_DECIDING = frozenset(os.fsencode(name) for name in (*config.FILES, *packages.MANIFESTS, "pnpm-workspace.yaml"))
