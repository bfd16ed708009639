"""Freeze windows of the policy: days on which no implementation starts. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase


@dataclass(frozen=True, slots=True)
class Freeze:
    """From `starts` to `ends` (ISO days, both included) nothing starts below these globs; without globs, nowhere."""

    name: str
    starts: str
    ends: str
    paths: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return f"{self.name[:150]} {self.starts} {self.ends}"

    @property
    def first(self) -> date:
        return date.fromisoformat(self.starts)

    @property
    def last(self) -> date:
        return date.fromisoformat(self.ends)

    def is_on(self, day: date) -> bool:
        return self.first <= day <= self.last

    def touches(self, paths: Iterable[str]) -> bool:
        """Whether it is about any of these packages."""
        return not self.paths or any(_meets(path, glob) for path in paths for glob in self.paths)


def _meets(path: str, glob: str) -> bool:
    """At or below what the glob names, or a folder with it inside; `*` crosses folders."""
    folders = path.split("/")
    steps = ("/".join(folders[:count]) for count in range(1, len(folders) + 1))
    return glob.startswith(f"{path}/") or any(fnmatchcase(step, glob) for step in steps)


def read(stored: Iterable[dict[str, object]]) -> tuple[Freeze, ...]:
    return tuple(Freeze(**{**row, "paths": tuple(row.get("paths", ()))}) for row in stored)  # type: ignore[arg-type]


def about(freezes: Iterable[Freeze], paths: Iterable[str]) -> Iterator[Freeze]:
    """Those that touch one of these packages, by their first day."""
    wanted = tuple(paths)
    return iter(sorted((freeze for freeze in freezes if freeze.touches(wanted)), key=lambda freeze: freeze.starts))
