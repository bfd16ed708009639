"""One change as the rules see it: two sides of a repository and what differs between them.

Everything but the list of changes is read when it is asked for, once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from breakwater import packages
from breakwater.config import Config
from breakwater.findings import CannotCheck, Usage
from breakwater.git import Change, Entry, Repository
from breakwater.packages import PackageMap
from breakwater.sides import INDEX, Side

TYPE_CHECKING = False
if TYPE_CHECKING:
    from breakwater.graph import Graph


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
        self.covered_by = ""
        """What covers a crossing beside a document: the portal names its RFC here once its gate or a permit says so."""
        self.message: str | None = None
        """The message of what is staged, without comments; None where it is not written yet, and for a range."""
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
        left_out = self.config.exclude
        new = packages.by_manifests(self.new_tree, self.new.content, left_out)
        return packages.by_manifests(self.old_tree, self.old.content, left_out) | new

    def package_of(self, path: str) -> str:
        return self.packages.of(path)

    @cached_property
    def touched(self) -> tuple[str, ...]:
        """The packages that the change touches, sorted, without `//root`."""
        if not self.paths:
            return ()
        return packages.folders_of(self.packages, self.paths)

    @cached_property
    def graph(self) -> Graph:
        """Who depends on whom before the change: whoever it leaves behind depended on the old side."""
        from breakwater import graph  # noqa: PLC0415  few checks need it, and the hook stays fast

        return graph.of(self.old if self.old.root else self.new, self.packages)

    def has(self, folder: str) -> bool:
        """Whether a file, or a folder with files, of that name is there before or after the change."""
        inside = f"{folder}/"
        trees = (self.paths, self.new_tree, self.old_tree)
        return any(path == folder or path.startswith(inside) for tree in trees for path in tree)

    def named(self, name: str) -> list[str]:
        """Every file of the new side with that name, in any folder."""
        if self.new.root == INDEX:
            return self.repository.indexed(name)
        return [path for path in self.new_tree if path.rpartition("/")[2] == name]

    # Commits

    @property
    def is_merge(self) -> bool:
        """Whether the next commit ends a merge."""
        return self.new.root == INDEX and self.repository.resolve("MERGE_HEAD") is not None

    @cached_property
    def commits(self) -> tuple[tuple[str, str], ...]:
        """Id and message of every commit of a range, the oldest first, without merges; none for what is staged."""
        old, new = self.old.root, self.new.root
        if old is None or new is None or new == INDEX:
            return ()
        span = f"{old.removesuffix(':')}..{new.removesuffix(':')}"
        raw = self.repository.run("log", "-z", "--reverse", "--no-merges", "--format=%H%n%B", span, "--")
        records = [record.partition(b"\n") for record in raw.split(b"\0") if record]
        return tuple((commit.decode(), text.decode("utf-8", "surrogateescape")) for commit, _, text in records)

    def of_commit(self, commit: str) -> ChangeSet:
        """What one commit of the range changes."""
        parent = self.repository.resolve(f"{commit}^")
        changes = self.repository.diff(parent or self.repository.empty_tree, commit)
        old = f"{parent}:" if parent else None
        return ChangeSet(self.repository, changes, old=old, new=f"{commit}:", config=self.config)

    def paths_in(self, package: str) -> Iterator[str]:
        return (path for path in self.paths if self.package_of(path) == package)


def _text(content: bytes | None) -> str | None:
    """UTF-8, with anything else as lone surrogates; None for what is binary."""
    if content is None or b"\0" in content[:8000]:
        return None
    return content.decode("utf-8", "surrogateescape")


def shown(path: str) -> str:
    """The path as it can be printed: bytes that are no UTF-8, and control characters, as escapes."""
    if path.isprintable():
        return path
    text = path.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


# Which change


def staged(repository: Repository, config: Config) -> ChangeSet:
    """What the next commit changes."""
    changes = repository.staged()
    if changes and all(change.status == "D" for change in changes) and repository.is_bare:
        raise Usage("A bare repository has no stage: name a range with --base and --head.")
    old = None if repository.is_unborn else "HEAD:"
    return ChangeSet(repository, changes, old=old, new=INDEX, config=config)


def amended(repository: Repository, config: Config) -> ChangeSet:
    """What the last commit changes once what is staged is part of it."""
    parent = repository.commit("HEAD^")
    return ChangeSet(repository, repository.staged(parent), old=f"{parent}:", new=INDEX, config=config)


def between(repository: Repository, base: str, head: str, config: Config) -> ChangeSet:
    """What `head` changes since it parted from `base`."""
    tip = repository.commit(head)
    start = repository.merge_base(repository.commit(base), tip)
    return ChangeSet(repository, repository.diff(start, tip), old=f"{start}:", new=f"{tip}:", config=config)


def whole_root(repository: Repository) -> str:
    """Where every file is listed: in the index, or in HEAD where there is none."""
    return "HEAD:" if repository.is_bare else INDEX


def whole(repository: Repository, config: Config) -> ChangeSet:
    """Every file of the index, or of HEAD in a bare repository, as if it had just been added."""
    root = whole_root(repository)
    entries = repository.index() if root == INDEX else repository.tree(repository.commit("HEAD"))
    changes = [Change("A", None, path, "", entry.blob, "000000", entry.mode) for path, entry in entries.items()]
    return ChangeSet(repository, changes, old=None, new=root, config=config, whole=True)
