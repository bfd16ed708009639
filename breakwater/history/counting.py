"""Rows and daily counts added up: the periods, all of them together, and what each row adds to which number.

Source: the design of the validators, "History".
"""

from collections.abc import Iterator
from itertools import groupby

from breakwater.history import periods
from breakwater.history.marks import BREAKING, CROSSING, HOTFIX, MENTIONS, REVERT
from breakwater.history.metrics import Period
from breakwater.history.scanning import DAY, EXCEPTION, Row
from breakwater.history.store import Store
from breakwater.records import field, record, replace

WATCHED_DAYS = 30
_WATCHED = WATCHED_DAYS * DAY
_DISTURBING = BREAKING | REVERT | HOTFIX


@record(frozen=True, slots=True)
class Chosen:
    """How the history is cut: the length of a period, the first and the last day that count (from 1970)."""

    by: str = "quarter"
    since: int | None = None
    until: int | None = None

    def has(self, day: int) -> bool:
        return (self.since is None or day >= self.since) and (self.until is None or day <= self.until)


@record(frozen=True, slots=True)
class Counted:
    """A row with what the numbers make of it.

    `seconds` on its way, None where nothing tells; `watched`: its packages were watched for as long as they must;
    `disturbed`: those of them that did not stay as they were -> the first commit that changed that.
    """

    row: Row
    period: str
    rolled_back_by: str = ""
    rolled_back_after: int = 0
    rolls_back: tuple[str, ...] = ()
    seconds: int | None = None
    watched: bool = False
    disturbed: dict[bytes, str] = field(default_factory=dict)

    def is_a(self, kind: int) -> bool:
        return bool(self.row.kinds & kind)

    @property
    def is_exception(self) -> bool:
        return self.is_a(EXCEPTION)


@record(slots=True)
class Stability:
    """How often a package was watched after an exception that touched it, and how often nothing happened."""

    watched: int = 0
    stable: int = 0


@record(frozen=True, slots=True)
class Counts:
    """Everything that a report prints, without the rows."""

    periods: tuple[Period, ...]
    total: Period
    packages: dict[bytes, Stability]
    marks: bool
    """Whether any commit of the whole history is marked breaking."""


def rows(store: Store, chosen: Chosen) -> Iterator[Counted]:
    """Every row of the chosen days, the one that landed last first."""
    end = int(store.meta["head_time"])
    links = _Links(store.rollbacks())
    after: dict[bytes, tuple[int, str]] = {}
    for landed, together in groupby(store.rows(), lambda row: row.landed):
        group = [row for row in map(links.resolved, together) if row.kinds]
        if chosen.has(landed // DAY):
            yield from (_counted(row, links, after, chosen, end) for row in group)
        for row in group:
            if row.kinds & _DISTURBING:
                after.update((package, (landed, row.id)) for package in row.packages)


class _Links:
    """Who rolled whom back."""

    def __init__(self, found: dict[str, tuple[str, int]]) -> None:
        self.by = found
        self.targets: dict[str, list[str]] = {}
        for target, (revert, _) in sorted(found.items()):
            self.targets.setdefault(revert, []).append(target)

    def resolved(self, row: Row) -> Row:
        """A commit that mentions a revert is one if it rolled something back."""
        if not row.kinds & MENTIONS:
            return row
        return replace(row, kinds=row.kinds & ~MENTIONS | (REVERT if row.id in self.targets else 0))


def _counted(row: Row, links: _Links, after: dict[bytes, tuple[int, str]], chosen: Chosen, end: int) -> Counted:
    revert, when = links.by.get(row.id, ("", row.landed))
    watched = bool(row.kinds & EXCEPTION) and row.landed + _WATCHED <= end
    return Counted(
        row,
        periods.name(row.landed // DAY, chosen.by),
        revert,
        when - row.landed,
        tuple(links.targets.get(row.id, ())),
        _seconds(row),
        watched,
        _disturbed(row, after) if watched else {},
    )


def _disturbed(row: Row, after: dict[bytes, tuple[int, str]]) -> dict[bytes, str]:
    """`after` holds, of each package, the next commit that disturbs it."""
    found = ((package, after.get(package)) for package in row.packages)
    return {package: one[1] for package, one in found if one and one[0] <= row.landed + _WATCHED}


def _seconds(row: Row) -> int | None:
    """From the author's date to the main line; a commit whose dates are one (a squash, a direct one) tells nothing."""
    if not row.kinds & EXCEPTION or not row.written:
        return None
    seconds = row.landed - row.written
    return seconds if seconds > 0 else None


def counts(store: Store, chosen: Chosen) -> Counts:
    """All numbers."""
    total = Period("all")
    found: dict[str, Period] = {}
    for day, commits, placed, merges in store.days():
        if chosen.has(day):
            name = periods.name(day, chosen.by)
            for period in (total, found.setdefault(name, Period(name, first=day))):
                period.first = period.first if period.commits or period.merges else day
                period.last = day
                period.commits += commits
                period.placed += placed
                period.merges += merges
    packages: dict[bytes, Stability] = {}
    for counted in rows(store, chosen):
        for period in (total, found[counted.period]):
            _add(period, counted)
        _watch(packages, counted)
    return Counts(tuple(found.values()), total, packages, store.has(BREAKING))


def _add(period: Period, counted: Counted) -> None:
    period.crossing += counted.is_a(CROSSING)
    period.breaking += counted.is_a(BREAKING)
    period.reverts += counted.is_a(REVERT)
    period.rolled_back += bool(counted.rolled_back_by)
    if not counted.is_exception:
        return
    period.exceptions += 1
    if counted.seconds is None:
        period.untimed += 1
    else:
        period.seconds.append(counted.seconds)
    touched = len(counted.row.packages)
    if counted.watched:
        period.watched += touched
        period.stable += touched - len(counted.disturbed)
    else:
        period.still_watched += touched


def _watch(packages: dict[bytes, Stability], counted: Counted) -> None:
    if counted.watched:
        for package in counted.row.packages:
            one = packages.setdefault(package, Stability())
            one.watched += 1
            one.stable += package not in counted.disturbed
