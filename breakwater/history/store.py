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
from breakwater.history.marks import Reverted
from breakwater.history.scanning import TITLE, Row

VERSION = 1
_OURS = 0x42726B48
_SHAPE = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE days (day INTEGER PRIMARY KEY, commits INTEGER NOT NULL, placed INTEGER NOT NULL, merges INTEGER NOT NULL);
CREATE TABLE rows (
  id TEXT PRIMARY KEY, kinds INTEGER NOT NULL, written INTEGER NOT NULL, landed INTEGER NOT NULL,
  landing TEXT NOT NULL, packages BLOB NOT NULL, title BLOB NOT NULL
) WITHOUT ROWID;
CREATE TABLE names (id TEXT NOT NULL, target BLOB NOT NULL, is_title INTEGER NOT NULL);
CREATE INDEX row_landed ON rows (landed DESC, id);
CREATE INDEX row_title ON rows (title) WHERE kinds & 2;
CREATE INDEX row_landing ON rows (landing) WHERE kinds & 2;
CREATE VIEW breaking AS SELECT * FROM rows WHERE kinds & 2;
CREATE VIEW reverts AS SELECT * FROM rows WHERE kinds & 4;
"""
"""2 is BREAKING, 4 is REVERT."""


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
        values = (row.id, row.kinds, row.written, row.landed, row.landing, packages, row.title)
        self._database.execute("INSERT OR REPLACE INTO rows VALUES (?, ?, ?, ?, ?, ?, ?)", values)
        names = [(row.id, one.encode(), 0) for one in row.reverted.ids]
        names += [(row.id, one[:TITLE], 1) for one in row.reverted.titles]
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
        """By id, of the commit itself or of the merge that brought it; else by title, the last before the revert."""
        named = self._named(revert)
        by_id = [one for prefix in named.ids for one in self._of_id(prefix)]
        if by_id:
            return by_id
        query = "SELECT id FROM breaking WHERE title = ? AND landed <= ? AND id <> ? ORDER BY landed DESC, id LIMIT 1"
        found = (self._database.execute(query, (title, landed, revert)).fetchone() for title in named.titles)
        return [one[0] for one in found if one][:1]

    def _named(self, revert: str) -> Reverted:
        found = self._database.execute("SELECT target, is_title FROM names WHERE id = ? ORDER BY rowid", (revert,))
        pairs = found.fetchall()
        ids = tuple(target.decode() for target, is_title in pairs if not is_title)
        return Reverted(ids, tuple(target for target, is_title in pairs if is_title))

    def _of_id(self, prefix: str) -> list[str]:
        span = (prefix, f"{prefix}g")
        alone = self._database.execute("SELECT id FROM breaking WHERE id >= ? AND id < ? LIMIT 2", span).fetchall()
        if len(alone) == 1:
            return [alone[0][0]]
        query = "SELECT id FROM breaking WHERE landing >= ? AND landing < ? ORDER BY id"
        return [one[0] for one in self._database.execute(query, span)]


def _require_ours(file: Path) -> None:
    """Nothing that is no cache of ours is ever written to."""
    if not file.exists():
        return
    with file.open("rb") as content:
        start = content.read(72)
    if start and (start[:15] != b"SQLite format 3" or int.from_bytes(start[68:72]) != _OURS):
        raise Usage(f"{file} is no cache of breakwater-history: name another file with --cache.")
