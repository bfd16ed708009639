"""Where changes meet: RFCs on their way that touch the same package, or one inside the other, in the same days.

What is under embargo is never somebody else's clash: its own page shows the others, and theirs do not show it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from rfcs.digests import sha256
from rfcs.impact.owners import above
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
        rfc__state__in=ON_THE_WAY,
        rfc__embargoed=False,
        rfc__window_start__lte=rfc.window_end,
        rfc__window_end__gte=rfc.window_start,
    )
    below: dict[str, set[str]] = {}
    for path in mine:
        for step in above(path):
            below.setdefault(step, set()).add(path)
    found: dict[int, set[str]] = {}
    for pk, path in rows.exclude(rfc=rfc).values_list("rfc", "path"):
        meeting = below.get(path, set()) | ({path} if not mine.isdisjoint(above(path)) else set())
        if meeting:
            found.setdefault(pk, set()).update(meeting)
    return {pk: tuple(sorted(paths)) for pk, paths in found.items()}


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
