"""What earlier runs learned of a repository: a database of rows and daily counts, outside the repository.

Without a file it lives in a temporary one of its own, so that memory stays flat either way. One run is one transaction:
one that is killed leaves what was there before.
"""

import hashlib
import itertools
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from breakwater.findings import Usage
from breakwater.history import marks
from breakwater.history.scanning import TITLE, Row

VERSION = 3
_OURS = 0x42726B48
_SHAPE = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE days (day INTEGER PRIMARY KEY, commits INTEGER NOT NULL, placed INTEGER NOT NULL, merges INTEGER NOT NULL);
CREATE TABLE rows (
  id TEXT PRIMARY KEY, kinds INTEGER NOT NULL, written INTEGER NOT NULL, landed INTEGER NOT NULL,
  landing TEXT NOT NULL, packages BLOB NOT NULL, title BLOB NOT NULL,
  bare BLOB NOT NULL, pull TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE names (id TEXT NOT NULL, kind TEXT NOT NULL, target BLOB NOT NULL);
CREATE INDEX name_id ON names (id);
CREATE INDEX row_landed ON rows (landed DESC, id);
CREATE INDEX row_bare ON rows (bare) WHERE kinds & 2;
CREATE INDEX row_pull ON rows (pull) WHERE kinds & 2;
CREATE INDEX row_landing ON rows (landing) WHERE kinds & 2;
CREATE VIEW breaking AS SELECT * FROM rows WHERE kinds & 2;
CREATE VIEW reverts AS SELECT * FROM rows WHERE kinds & 20;
"""
"""2 is BREAKING, 20 is REVERT and MENTIONS."""


class Unusable(Exception):
    """The cache cannot be used, in a few words; the history can be read without it."""


def usual_place(git_folder: Path, head: str) -> Path:
    """The cache of one head of one repository, in the user's cache folder."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    folder = Path(base) if os.path.isabs(base) else Path.home() / ".cache"  # noqa: PTH117  the standard wants absolute
    name = hashlib.sha256(os.fsencode(git_folder) + b"\0" + os.fsencode(head)).hexdigest()[:32]
    return folder / "breakwater" / "history" / f"{name}.sqlite"


class Store:
    """The database, in a transaction from its opening on; `with` keeps what was written only where all went well."""

    def __init__(self, file: Path | None = None) -> None:
        try:
            if file:
                _require_ours(file)
                file.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(str(file or ""), timeout=30, isolation_level=None)
            self._open()
        except (sqlite3.Error, OSError) as error:
            raise Unusable(str(error)) from None

    def _open(self) -> None:
        database = self._database
        database.execute("PRAGMA cache_size = -4096")
        database.execute("BEGIN IMMEDIATE")
        if database.execute("PRAGMA user_version").fetchone()[0] != VERSION:
            self.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._database.execute("COMMIT")
        self._database.close()

    def clear(self) -> None:
        """Forget everything."""
        found = self._database.execute(
            "SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view')"
        ).fetchall()
        for kind, name in sorted(found, reverse=True):
            self._database.execute(f'DROP {kind} "{name}"')
        for statement in filter(str.strip, _SHAPE.split(";")):
            self._database.execute(statement)
        self._database.execute(f"PRAGMA application_id = {_OURS}")
        self._database.execute(f"PRAGMA user_version = {VERSION}")

    @contextmanager
    def attempt(self) -> Iterator[Callable[[], None]]:
        """Writes that are undone unless the function that this gives was called."""
        kept: list[bool] = []
        self._database.execute("SAVEPOINT attempt")
        try:
            yield lambda: kept.append(True)
        finally:
            if not kept:
                self._database.execute("ROLLBACK TO attempt")
            self._database.execute("RELEASE attempt")

    # What was read

    @property
    def meta(self) -> dict[str, str]:
        return dict(self._database.execute("SELECT name, value FROM meta"))

    def note(self, **values: str | int) -> None:
        pairs = [(name, str(value)) for name, value in values.items()]
        self._database.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", pairs)

    def add(self, row: Row) -> None:
        packages = b"\0".join(row.packages)
        facts = (row.id, row.kinds, row.written, row.landed, row.landing, packages, row.title)
        values = (*facts, marks.bare(row.title), marks.pull_of(row.title))
        self._database.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", values)
        names = [(row.id, "id", one.encode()) for one in row.reverted.ids]
        names += [(row.id, "pull", one.encode()) for one in row.reverted.pulls]
        names += [(row.id, "title", one[:TITLE]) for one in row.reverted.titles]
        if names:
            self._database.executemany("INSERT INTO names VALUES (?, ?, ?)", names)

    def count(self, *counts: Mapping[int, int]) -> None:
        """Add to the counts of each day: commits, those that touch a package, merges."""
        found = [(day, *(count.get(day, 0) for count in counts)) for day in sorted({*itertools.chain(*counts)})]
        statement = (
            "INSERT INTO days VALUES (?, ?, ?, ?) ON CONFLICT (day) DO UPDATE SET commits = commits + "
            "excluded.commits, placed = placed + excluded.placed, merges = merges + excluded.merges"
        )
        self._database.executemany(statement, found)

    # What the numbers ask

    def days(self) -> Iterator[tuple[int, int, int, int]]:
        """Day (from 1970), commits, those that touch a package, merges; the earliest first."""
        yield from self._database.execute("SELECT day, commits, placed, merges FROM days ORDER BY day")

    def rows(self) -> Iterator[Row]:
        """Every row, the one that landed last first."""
        query = "SELECT id, kinds, written, landed, landing, packages, title FROM rows ORDER BY landed DESC, id"
        for one, kinds, written, landed, landing, packages, title in self._database.execute(query):
            touched = tuple(packages.split(b"\0")) if packages else ()
            yield Row(one, kinds, written, landed, landing, touched, title)

    def has(self, kinds: int) -> bool:
        """Whether a row is of one of these kinds."""
        return self._database.execute("SELECT 1 FROM rows WHERE kinds & ? LIMIT 1", (kinds,)).fetchone() is not None

    def rollbacks(self) -> dict[str, tuple[str, int]]:
        """Breaking commit -> the first commit that reverts it, and when that landed."""
        found: dict[str, tuple[str, int]] = {}
        for revert, landed in self._database.execute("SELECT id, landed FROM reverts ORDER BY landed, id").fetchall():
            for target in self._targets(revert, landed):
                if target != revert:
                    found.setdefault(target, (revert, landed))
        return found

    def _targets(self, revert: str, landed: int) -> list[str]:
        """By id, of the commit itself or of the merge that brought it; else by pull request; else by title."""
        named: dict[str, list[bytes]] = {"id": [], "pull": [], "title": []}
        for kind, target in self._database.execute("SELECT kind, target FROM names WHERE id = ?", (revert,)):
            named[kind].append(target)
        by_id = [one for prefix in named["id"] for one in self._of_id(prefix.decode())]
        before = (landed, revert)
        by_pull = (self._last("pull = ?", pull.decode(), *before) for pull in named["pull"])
        by_title = (self._of_title(title, before) for title in named["title"])
        return by_id or [one for one in by_pull if one] or [one for one in by_title if one][:1]

    def _of_id(self, prefix: str) -> list[str]:
        span = (prefix, f"{prefix}g")
        alone = self._database.execute("SELECT id FROM breaking WHERE id >= ? AND id < ? LIMIT 2", span).fetchall()
        if len(alone) == 1:
            return [alone[0][0]]
        query = "SELECT id FROM breaking WHERE landing >= ? AND landing < ? ORDER BY id"
        return [one[0] for one in self._database.execute(query, span)]

    def _of_title(self, title: bytes, before: tuple[int, str]) -> str:
        """A revert may quote the title of the pull request, to which the squash added its number."""
        bare = marks.bare(title)
        exact = self._last("bare = ? AND title = ?", bare, title, *before)
        return exact or ("" if marks.pull_of(title) else self._last("bare = ?", bare, *before))

    def _last(self, where: str, *values: bytes | str | int) -> str:
        """The breaking commit that landed last before a revert."""
        query = f"SELECT id FROM breaking WHERE {where} AND landed <= ? AND id <> ? ORDER BY landed DESC, id LIMIT 1"  # noqa: S608  `where` is a constant of this class
        found = self._database.execute(query, values).fetchone()
        return found[0] if found else ""


def _require_ours(file: Path) -> None:
    """Nothing that is no cache of ours is ever written to."""
    if not file.exists():
        return
    with file.open("rb") as content:
        start = content.read(72)
    if start and (start[:15] != b"SQLite format 3" or int.from_bytes(start[68:72]) != _OURS):
        raise Usage(f"{file} is no cache of breakwater-history: name another file with --cache.")
