"""One change as the rules see it: two sides of a repository and what differs between them.

A side is `commit:` of a commit, `:` of the index, or None where there is nothing to compare with. Everything but the
list of changes is read when it is asked for, once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from breakwater import packages
from breakwater.config import Config
from breakwater.findings import CannotCheck
from breakwater.git import SUBMODULE, SYMLINK, Change, Entry, Repository
from breakwater.packages import PackageMap

INDEX = ":"


@dataclass(slots=True)
class Side:
    """One side of a change: the name of its root (`commit:` or `:`) and the blobs that the change names there."""

    repository: Repository
    root: str | None
    blobs: dict[str, tuple[str, str]] = field(default_factory=dict)
    _tree: dict[str, Entry] | None = None

    def tree(self) -> dict[str, Entry]:
        """Every file: path -> mode and blob. Empty for a side that is nothing."""
        if self._tree is None:
            self._tree = self._listed()
        return self._tree

    def _listed(self) -> dict[str, Entry]:
        if self.root is None:
            return {}
        if self.root == INDEX:
            return self.repository.index()
        return self.repository.tree(self.root.removesuffix(":"))

    def content(self, path: str) -> bytes | None:
        """The bytes of a regular file, None for what is none. Raises CannotCheck for what cannot be read."""
        if path in self.blobs:
            mode, blob = self.blobs[path]
        elif self._tree is not None or "\n" in path:
            entry = self.tree().get(path)
            mode, blob = (entry.mode, entry.blob) if entry else ("", "")
        else:
            return self.repository.blob(f"{self.root}{path}") if self.root else None
        return self.repository.blob(blob) if blob and mode not in (SYMLINK, SUBMODULE) else None


class ChangeSet:
    """What changed, for rules. See `breakwater/rules/__init__.py` for the interface that they implement."""

    def __init__(
        self,
        repository: Repository,
        changes: Sequence[Change],
        *,
        old: str | None,
        new: str,
        config: Config,
        whole: bool = False,
    ) -> None:
        self.repository = repository
        self.changes = tuple(changes)
        self.config = config
        self.whole = whole
        """Every file of one tree counts as added: there is nothing to compare with."""
        self.gaps: list[str] = []
        """What could not be checked, a sentence each."""
        self.old = Side(repository, old, {c.old_path: (c.old_mode, c.old_blob) for c in changes if c.old_path})
        self.new = Side(repository, new, {c.new_path: (c.new_mode, c.new_blob) for c in changes if c.new_path})

    def could_not(self, sentence: str) -> None:
        """Record what could not be checked: exit 3 unless something was found."""
        if sentence not in self.gaps:
            self.gaps.append(sentence)

    # Contents

    @property
    def old_tree(self) -> dict[str, Entry]:
        return self.old.tree()

    @property
    def new_tree(self) -> dict[str, Entry]:
        return self.new.tree()

    def old_bytes(self, path: str) -> bytes | None:
        return self._read(self.old, path)

    def new_bytes(self, path: str) -> bytes | None:
        return self._read(self.new, path)

    def old_text(self, path: str) -> str | None:
        return _text(self.old_bytes(path))

    def new_text(self, path: str) -> str | None:
        return _text(self.new_bytes(path))

    def _read(self, side: Side, path: str) -> bytes | None:
        """The content; what cannot be read is a gap that names the file."""
        try:
            return side.content(path)
        except CannotCheck as error:
            raise CannotCheck(f"{shown(path)}: {error}") from None

    # Packages

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every path of the change, both of a rename."""
        return tuple(dict.fromkeys(path for change in self.changes for path in change.paths))

    @cached_property
    def packages(self) -> PackageMap:
        """Globs if they match anything; else what the manifests of both sides say: a package that goes counts too."""
        globs = self.config.packages
        found = packages.by_globs(globs, self.paths) or packages.by_globs(globs, self.new_tree)
        if found:
            return found
        new = packages.by_manifests(self.new_tree, self.new.content)
        return packages.by_manifests(self.old_tree, self.old.content) | new

    def package_of(self, path: str) -> str:
        return self.packages.of(path)

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """The packages that the change touches, sorted, without `//root`."""
        if not self.paths:
            return ()
        return packages.folders_of(self.packages, self.paths)

    def paths_in(self, package: str) -> Iterator[str]:
        return (path for path in self.paths if self.package_of(path) == package)


def _text(content: bytes | None) -> str | None:
    """UTF-8, with anything else as lone surrogates; None for what is binary."""
    if content is None or b"\0" in content[:8000]:
        return None
    return content.decode("utf-8", "surrogateescape")


def shown(path: str) -> str:
    """The path as it can be printed: bytes that are no UTF-8, and control characters, as escapes."""
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# Which change


def staged(repository: Repository, config: Config) -> ChangeSet:
    """What the next commit changes."""
    changes = repository.staged()
    old = "HEAD:" if not changes or repository.resolve("HEAD") else None
    return ChangeSet(repository, changes, old=old, new=INDEX, config=config)


def between(repository: Repository, base: str, head: str, config: Config) -> ChangeSet:
    """What `head` changes since it parted from `base`."""
    tip = repository.commit(head)
    start = repository.merge_base(repository.commit(base), tip)
    return ChangeSet(repository, repository.diff(start, tip), old=f"{start}:", new=f"{tip}:", config=config)


def whole(repository: Repository, config: Config) -> ChangeSet:
    """Every file of the index, or of HEAD in a bare repository, as if it had just been added."""
    entries, root = repository.index(), INDEX
    if not entries and repository.resolve("HEAD"):
        entries, root = repository.tree("HEAD"), "HEAD:"
    changes = [Change("A", None, path, "", entry.blob, "000000", entry.mode) for path, entry in entries.items()]
    return ChangeSet(repository, changes, old=None, new=root, config=config, whole=True)
