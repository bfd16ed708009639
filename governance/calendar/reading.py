"""What the calendar shows in a span of days, to one person: RFCs with their phases, clashes and freeze windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models.fields.json import KeyTransform

from governance.calendar.spans import Span
from governance.finding import filtered
from rfcs.content import PHASES, Content
from rfcs.freezes import Freeze
from rfcs.impact.clashes import ON_THE_WAY, Clash, clashes_among
from rfcs.models import RFC, AffectedPackage, PolicyVersion
from rfcs.models.record import RFCQuerySet
from rfcs.states import State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SHOWN = sorted({*ON_THE_WAY, State.CLOSED})
"""What was given up or undone keeps no days."""
MOST = 150
"""RFCs of one span; beyond that a filter shows more than a longer page."""


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of days, both included."""

    name: str
    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Entry:
    """One RFC with what meets it."""

    rfc: RFC
    phases: tuple[Phase, ...]
    clashes: tuple[Clash, ...]
    freezes: tuple[Freeze, ...]

    def phase(self, name: str) -> Phase | None:
        return next((phase for phase in self.phases if phase.name == name), None)


@dataclass(frozen=True, slots=True)
class Plan:
    """A span as one person sees it."""

    span: Span
    entries: tuple[Entry, ...]
    freezes: tuple[Freeze, ...]
    has_more: bool


def plan(user: User, span: Span, said: Mapping[str, Any]) -> Plan:
    """By first day; a constant number of queries. `said`: filters as in governance/finding.py."""
    rows = filtered(RFC.objects.visible_to(user), said, by=user).filter(state__in=SHOWN)
    found = list(with_timeline(rows.meeting(span.first, span.last)).order_by("window_start", "id")[: MOST + 1])
    freezes = tuple(freezes_in(span.first, span.last))
    return Plan(span, tuple(_entries(found[:MOST], freezes)), freezes, len(found) > MOST)


def with_timeline(rows: RFCQuerySet) -> RFCQuerySet:
    """Rows with their owner and the phases of their current revision, without the rest of its text."""
    return rows.select_related("owner").annotate(planned=KeyTransform("timeline", "revision__content_json"))


def phases_of(rfc: RFC) -> tuple[Phase, ...]:
    """Those with both days, in order; of a row from `with_timeline`."""
    timeline = Content.read({"timeline": getattr(rfc, "planned", None)}).timeline
    periods = ((name, getattr(timeline, name)) for name in PHASES)
    return tuple(
        Phase(name, period.start, period.end)
        for name, period in periods
        if period.start and period.end and period.start <= period.end
    )


def freezes_in(first: date, last: date) -> Iterator[Freeze]:
    """Windows of the policy in force that meet these days, by their first one."""
    freezes = sorted(PolicyVersion.current().policy.freezes, key=lambda freeze: freeze.starts)
    return (freeze for freeze in freezes if freeze.first <= last and freeze.last >= first)


def _entries(rfcs: Sequence[RFC], freezes: Iterable[Freeze]) -> Iterator[Entry]:
    paths = _paths(rfcs)
    clashes = clashes_among(rfcs, paths)
    for rfc in rfcs:
        meeting = tuple(freeze for freeze in freezes if _is_in(freeze, rfc) and freeze.touches(paths[rfc.pk]))
        yield Entry(rfc, phases_of(rfc), clashes.get(rfc.pk, ()), meeting)


def _is_in(freeze: Freeze, rfc: RFC) -> bool:
    first, last = rfc.window_start, rfc.window_end
    return bool(first and last and freeze.first <= last and freeze.last >= first)


def _paths(rfcs: Sequence[RFC]) -> dict[int, frozenset[str]]:
    found: dict[int, set[str]] = {rfc.pk: set() for rfc in rfcs}
    for pk, path in AffectedPackage.objects.filter(rfc__in=found).values_list("rfc", "path"):
        found[pk].add(path)
    return {pk: frozenset(paths) for pk, paths in found.items()}
