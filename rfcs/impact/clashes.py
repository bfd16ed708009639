"""Where changes meet: RFCs on their way that touch the same package, or one inside the other, in the same days.

What is under embargo is never somebody else's clash: its own page shows the others, and theirs do not show it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from rfcs.digests import sha256
from rfcs.impact.owners import above, near
from rfcs.models import RFC, AffectedPackage, ClashResolution
from rfcs.states import ENDED, State
from rfcs.teams import display_name

ON_THE_WAY = sorted(set(State) - ENDED - {State.DRAFT})
Days = tuple[date, date]


@dataclass(frozen=True, slots=True)
class Clash:
    """Another RFC that meets this one: in which packages, on which days, and how it was settled, if it was."""

    other: RFC
    paths: tuple[str, ...]
    days: Days
    in_deployment: bool
    fingerprint: str
    resolution: ClashResolution | None

    @property
    def owner(self) -> str:
        return display_name(self.other.owner)


def clashes_of(rfc: RFC, paths: Iterable[str]) -> tuple[Clash, ...]:
    """By number of the other RFC; a constant number of queries."""
    if rfc.state not in ON_THE_WAY or not rfc.window_start or not rfc.window_end:
        return ()
    met = _met(rfc, frozenset(paths))
    others = RFC.objects.filter(pk__in=met).select_related("owner").order_by("pk") if met else ()
    settled = _resolutions(rfc) if met else {}
    return tuple(_clash(rfc, other, met[other.pk], settled) for other in others)


def _met(rfc: RFC, mine: frozenset[str]) -> dict[int, tuple[str, ...]]:
    """By RFC: where both meet, that is the deeper path of each pair; the same seen from both sides."""
    rows = AffectedPackage.objects.filter(
        near(mine),
        rfc__state__in=ON_THE_WAY,
        rfc__embargoed=False,
        rfc__window_start__lte=rfc.window_end,
        rfc__window_end__gte=rfc.window_start,
    )
    found: dict[int, set[str]] = {}
    for pk, path in rows.exclude(rfc=rfc).values_list("rfc", "path"):
        found.setdefault(pk, set()).update(meeting(mine, path))
    return {pk: tuple(sorted(paths)) for pk, paths in found.items()}


def clashes_among(rfcs: Iterable[RFC], paths: Mapping[int, frozenset[str]]) -> dict[int, tuple[Clash, ...]]:
    """By RFC, what `clashes_of` finds for each of these; `paths` by RFC. A constant number of queries."""
    here = [rfc for rfc in rfcs if rfc.state in ON_THE_WAY and _window(rfc)]
    every = frozenset(path for rfc in here for path in paths[rfc.pk])
    if not every:
        return {}
    places = _Places(_between(here, every))
    others = RFC.objects.select_related("owner").in_bulk(places.rfcs)
    settled = _resolutions_of(here)
    found = {}
    for rfc in here:
        met = sorted(places.met(rfc.pk, paths[rfc.pk]).items())
        meeting_now = [(others[pk], where) for pk, where in met if _overlap(_window(rfc), _window(others[pk]))]
        found[rfc.pk] = tuple(_clash(rfc, other, where, settled.get(rfc.pk, {})) for other, where in meeting_now)
    return found


def _between(rfcs: Sequence[RFC], paths: frozenset[str]) -> Iterator[tuple[int, str]]:
    """RFCs on their way with a package near these paths, in the days from the first to the last of these windows."""
    windows = [window for rfc in rfcs if (window := _window(rfc))]
    rows = AffectedPackage.objects.filter(
        near(paths),
        rfc__state__in=ON_THE_WAY,
        rfc__embargoed=False,
        rfc__window_start__lte=max(last for _, last in windows),
        rfc__window_end__gte=min(first for first, _ in windows),
    )
    return iter(rows.values_list("rfc", "path"))


class _Places:
    """Which RFCs name which paths, to be asked from above and from below."""

    def __init__(self, rows: Iterable[tuple[int, str]]) -> None:
        self.rfcs: set[int] = set()
        self.at: dict[str, set[int]] = {}
        self.below: dict[str, set[tuple[int, str]]] = {}
        for pk, path in rows:
            self.rfcs.add(pk)
            self.at.setdefault(path, set()).add(pk)
            for step in above(path):
                self.below.setdefault(step, set()).add((pk, path))

    def met(self, mine: int, paths: Iterable[str]) -> dict[int, tuple[str, ...]]:
        """By other RFC: where it meets these paths, that is the deeper path of each pair."""
        found: dict[int, set[str]] = {}
        for path in paths:
            pairs = self.below.get(path, set()) | {(pk, path) for step in above(path) for pk in self.at.get(step, ())}
            for pk, where in pairs:
                if pk != mine:
                    found.setdefault(pk, set()).add(where)
        return {pk: tuple(sorted(where)) for pk, where in found.items()}


def _resolutions_of(rfcs: Sequence[RFC]) -> dict[int, dict[tuple[int, str], ClashResolution]]:
    ids = [rfc.pk for rfc in rfcs]
    found: dict[int, dict[tuple[int, str], ClashResolution]] = {}
    for row in ClashResolution.objects.filter(Q(first__in=ids) | Q(second__in=ids)).select_related("by"):
        found.setdefault(row.first_id, {})[row.second_id, row.fingerprint] = row
        found.setdefault(row.second_id, {})[row.first_id, row.fingerprint] = row
    return found


def meeting(mine: Iterable[str], path: str) -> frozenset[str]:
    """Where these paths and that one meet: the deeper one of each pair, one of which is at or below the other."""
    known, here = frozenset(mine), above(path)
    deeper = {one for one in known if path in above(one)}
    return frozenset(deeper | ({path} if not known.isdisjoint(here) else set()))


def _resolutions(rfc: RFC) -> dict[tuple[int, str], ClashResolution]:
    rows = ClashResolution.objects.filter(Q(first=rfc) | Q(second=rfc)).select_related("by")
    return {(row.second_id if row.first_id == rfc.pk else row.first_id, row.fingerprint): row for row in rows}


def _clash(rfc: RFC, other: RFC, paths: tuple[str, ...], settled: dict[tuple[int, str], ClashResolution]) -> Clash:
    deployment = _overlap(_deployment(rfc), _deployment(other))
    days = deployment or _overlap(_window(rfc), _window(other))
    assert days is not None
    pair = sorted((rfc, other), key=lambda row: row.pk)
    windows = [
        [row.pk, *map(str, (row.window_start, row.window_end, row.deploy_start, row.deploy_end))] for row in pair
    ]
    mark = sha256({"windows": windows, "paths": paths})
    return Clash(other, paths, days, deployment is not None, mark, settled.get((other.pk, mark)))


def _window(rfc: RFC) -> Days | None:
    return (rfc.window_start, rfc.window_end) if rfc.window_start and rfc.window_end else None


def _deployment(rfc: RFC) -> Days | None:
    return (rfc.deploy_start, rfc.deploy_end) if rfc.deploy_start and rfc.deploy_end else None


def _overlap(mine: Days | None, theirs: Days | None) -> Days | None:
    if mine is None or theirs is None:
        return None
    first, last = max(mine[0], theirs[0]), min(mine[1], theirs[1])
    return (first, last) if first <= last else None
