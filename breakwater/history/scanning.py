"""One `git log` read as it streams by: which commits are exceptions, reverts or hotfixes, and how many there are.

The order is topological, children first, so that one pass knows when each commit reached the main line: the line of
first parents of the head. Paths come without rename detection: a rename counts on both sides.
"""

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Protocol

from breakwater.findings import CannotCheck
from breakwater.git import Repository
from breakwater.history import marks
from breakwater.history.marks import BREAKING, CROSSING, MENTIONS, REVERT
from breakwater.packages import ROOT
from breakwater.records import field, record

DAY = 86_400
TITLE = 2_000
"""Bytes of a title that are kept."""
_KNOWN_FOLDERS = 100_000
_SETTINGS = ("log.showRoot=true", "log.showSignature=false", "diff.relative=false", "diff.ignoreSubmodules=none")
_LOG = (
    *(part for setting in _SETTINGS for part in ("-c", setting)),
    *("log", "-z", "--name-only", "--no-renames", "--topo-order", "--no-color", "--no-ext-diff", "--no-notes"),
    *("--encoding=UTF-8", "--format=//%H %P %at %ct%n%B"),
)
_BETWEEN = b"\0//"
"""Between two commits: no path begins with a slash, and no message holds NUL."""


Landed = tuple[int, int, str]
"""Place on the main line (counted from the head), time, id of the commit of the main line."""


@record(frozen=True, slots=True)
class Row:
    """A commit that some number counts. Times are seconds since 1970; packages and title are bytes as git has them.

    `written` is the author's date, `landed` when `landing`, a commit of the main line, brought it there.
    """

    id: str
    kinds: int
    written: int
    landed: int
    landing: str
    packages: tuple[bytes, ...]
    title: bytes
    reverted: marks.Reverted = marks.NOTHING


class Packages(Protocol):
    def of(self, path: str) -> str:
        """The package of a file; its folder alone decides."""


@record(slots=True)
class Scan:
    """The state of one pass. What the numbers need of ordinary commits is only how many landed on each day."""

    packages: Packages
    head: str
    edge: frozenset[str] = frozenset()
    start: int = 0
    """Where the main line of a shallow clone begins. What was committed before landed before, nobody knows when."""
    commits: Counter[int] = field(default_factory=Counter)
    """Day -> commits without merges that landed on it."""
    placed: Counter[int] = field(default_factory=Counter)
    """The same, of those that touch a package."""
    merges: Counter[int] = field(default_factory=Counter)
    at_edge: int = 0
    """Commits whose changes a shallow clone cannot tell; they are in no number. `edge_time`: when the last landed."""
    edge_time: int = 0
    before: int = 0
    """Commits from before the start that branches still reach; they are in no number either."""
    head_time: int = 0
    next: str = ""
    """The next commit of the main line; at the end, the first parent of the last one seen."""
    _line: int = 0
    _reached: dict[str, Landed] = field(default_factory=dict)
    _folders: dict[bytes, bytes] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.next = self.head

    def rows(self, pieces: Iterable[bytes]) -> Iterator[Row]:
        """The rows of a log in pieces."""
        for text in _records(pieces):
            row = self._taken(text)
            if row:
                yield row

    def _taken(self, text: bytes) -> Row | None:
        said, _, paths = text.partition(b"\0\n")
        header, _, message = said.partition(b"\n")
        try:
            names, written, committed = header.decode("ascii").rsplit(" ", 2)
            commit, *parents = names.split()
            landed = self._landed(commit, parents, _time(committed))
        except (ValueError, KeyError):
            raise CannotCheck("git's log could not be understood; is the repository damaged?") from None
        if landed[1] < self.start or _time(committed) < self.start:
            self.before += 1
            return None
        if len(parents) > 1:
            self.merges[landed[1] // DAY] += 1
            return None
        if commit in self.edge:
            self.at_edge += 1
            self.edge_time = max(self.edge_time, landed[1])
            return None
        self.commits[landed[1] // DAY] += 1
        touched = self._touched(paths)
        self.placed[landed[1] // DAY] += bool(touched)
        return _row(commit, _time(written), landed, message, touched)

    def _landed(self, commit: str, parents: list[str], committed: int) -> Landed:
        """The oldest commit of the main line that has this one. Children come first, so all of them are known."""
        landed = self._reached.pop(commit, None)
        if commit == self.next:
            self._line += 1
            landed = (self._line, committed, commit)
            self.head_time = self.head_time or committed
            self.next = parents[0] if parents else ""
        if landed is None:
            raise KeyError(commit)
        for parent in parents:
            if parent != self.next:
                known = self._reached.get(parent)
                if known is None or known[0] < landed[0]:
                    self._reached[parent] = landed
        return landed

    def _touched(self, paths: bytes) -> set[bytes]:
        known = self._folders
        folders = {path.rpartition(b"/")[0] for path in paths.split(b"\0")}
        touched = {known[folder] if folder in known else self._package(folder) for folder in folders}
        touched.discard(b"")
        return touched

    def _package(self, folder: bytes) -> bytes:
        """The package of the files in a folder; b"" for none. Only the folder decides."""
        if len(self._folders) >= _KNOWN_FOLDERS:
            self._folders.clear()
        package = self.packages.of(f"{os.fsdecode(folder)}/file") if folder else ROOT
        self._folders[folder] = b"" if package == ROOT else os.fsencode(package)
        return self._folders[folder]


def _row(commit: str, written: int, landed: Landed, message: bytes, touched: set[bytes]) -> Row | None:
    """The row of a commit that some number counts."""
    title = message.partition(b"\n")[0]
    kinds = marks.of(title, message) | (CROSSING if len(touched) > 1 else 0)
    if not kinds:
        return None
    named = marks.reverted(title, message) if kinds & (REVERT | MENTIONS) else marks.NOTHING
    return Row(commit, kinds, written, landed[1], landed[2], tuple(sorted(touched)), title[:TITLE], named)


def log(repository: Repository, head: str, after: str = "") -> Iterator[bytes]:
    """The log that `Scan.rows` reads: everything that `head` has, or what `after` has not."""
    return repository.stream(*_LOG, f"{after}..{head}" if after else head, "--")


def _records(pieces: Iterable[bytes]) -> Iterator[bytes]:
    left = b""
    begun = False
    for piece in pieces:
        *whole, left = (left + piece).split(_BETWEEN)
        if whole and not begun:
            whole[0], begun = whole[0].removeprefix(b"//"), True
        yield from whole
    if left:
        yield (left if begun else left.removeprefix(b"//")).removesuffix(b"\0")


def _time(text: str) -> int:
    """Seconds since 1970; what no calendar holds becomes 0."""
    seconds = int(text or "0")
    return seconds if 0 <= seconds < 253_402_300_800 else 0


EXCEPTION = CROSSING | BREAKING
"""The kinds that are exceptions to the rule of one package."""
