"""The packages that a whole history is read by: those of the head's configuration and folders.

A package that is gone at the head is one in the past only where the configured globs match its folder; folders that
are known by their manifests are those of the head.
"""

import hashlib
import os

from breakwater import config, packages
from breakwater.findings import CannotCheck
from breakwater.git import Repository
from breakwater.packages import ROOT, ByGlobs, PackageMap
from breakwater.records import record


@record(frozen=True, slots=True)
class Layout:
    """The map, how many packages of it the head has, and a digest that changes when the map does."""

    packages: PackageMap
    count: int

    @property
    def source(self) -> str:
        return "globs" if isinstance(self.packages, ByGlobs) else "manifests"

    @property
    def digest(self) -> str:
        found = self.packages
        parts = found.globs if isinstance(found, ByGlobs) else sorted(found.folders)
        text = "\0".join((self.source, *parts))
        return hashlib.sha256(os.fsencode(text)).hexdigest()


def of(repository: Repository, head: str) -> Layout:
    """The layout of one commit. Raises CannotCheck where a partial clone lacks a file that decides about it."""
    paths = repository.run("ls-tree", "-r", "-z", "--name-only", "--full-tree", head).split(b"\0")[:-1]
    deciding = {os.fsdecode(path) for path in paths if path.rpartition(b"/")[2] in _DECIDING}

    def read(path: str) -> bytes | None:
        if path not in deciding:
            return None
        try:
            content = repository.blob(f"{head}:{path}")
        except CannotCheck:
            content = None
        if content is None:
            raise CannotCheck(f"{path} says what the packages are, and its content cannot be read (a partial clone?).")
        return content

    folders = [f"{os.fsdecode(folder)}/file" for folder in {path.rpartition(b"/")[0] for path in paths} if folder]
    found = packages.by_globs(config.load(read).packages, folders) or packages.by_manifests(deciding, read)
    return Layout(found, len({found.of(path) for path in folders} - {ROOT}))


_DECIDING = frozenset(os.fsencode(name) for name in (*config.FILES, *packages.MANIFESTS, "pnpm-workspace.yaml"))
