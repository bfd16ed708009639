"""Which RFCs a list shows, and in which order: one set of filters for the page, the API and the spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.db.models import Count, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from approvals.models import RequiredTeam
from rfcs.compiled import Compiled, Place
from rfcs.models import RFC, AffectedPackage
from rfcs.models.record import TELLING, RFCQuerySet
from rfcs.paths import normal_path
from rfcs.states import ENDED, State
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

OPEN, OVER = "open", "ended"
STATES = ((OPEN, "Open"), (OVER, "Ended"), *State.choices)
"""What the filter `state` takes: one state, or all that are open or ended."""

MOST_COUNTED = 1_000
"""Beyond that a list says “more than”: an exact count reads every row."""

_packages = AffectedPackage.objects.filter(rfc=OuterRef("pk")).order_by().values("rfc").annotate(n=Count("pk"))
PACKAGES = Coalesce(Subquery(_packages.values("n"), output_field=IntegerField()), 0)
"""Counted for each row that is shown: a join would group every column of the list."""


def found(number: int, *, by: User) -> RFC | None:
    """The RFC of this number with all that its page shows of it; None when it is not there or not visible to them."""
    return _shown_to(teams_of(by) & TELLING).first(number, by.pk)


@lru_cache
def _shown_to(teams: frozenset[str]) -> Compiled[RFC]:
    def row(number: Place, person: Place) -> QuerySet[RFC]:
        seen = RFC.objects.filter(pk=number).visible_from(teams, person)
        return seen.select_related("author", "owner", "revision", "working_copy", "follows")

    return Compiled(row)


def filtered(rows: RFCQuerySet, said: Mapping[str, Any], *, by: User) -> RFCQuerySet:
    """The rows that every given filter lets through. `said`: values by name; empty ones and other names do not count.

    Names: q, state, track, scenario, package (a path, or a folder above), owner, author, team (asked to sign),
    touches_security, since and until (calendar days of UTC on which the draft was opened, both included), mine.
    """
    for name, matches in FILTERS.items():
        if said.get(name) not in (None, "", False):
            rows = rows.filter(matches(said[name]))
    if said.get("touches_security") is False:
        rows = rows.filter(touches_security=False)
    if said.get("mine"):
        rows = rows.filter(owner=by)
    return rows.matching(said["q"]) if said.get("q") else rows


def counted(rows: RFCQuerySet) -> int:
    """How many rows, at most one more than MOST_COUNTED; along the key, so that no filter reads the table whole."""
    return rows.order_by("-id")[: MOST_COUNTED + 1].count()


def counted_in_words(count: int, *, one: str = "RFC", many: str = "RFCs") -> str:
    if count > MOST_COUNTED:
        return f"More than {MOST_COUNTED:,} {many}"
    return f"{count:,} {one if count == 1 else many}"


def _in_state(wanted: str) -> Q:
    if wanted == OPEN:
        return Q(state__in=sorted(set(State) - ENDED))
    return Q(state__in=sorted(ENDED)) if wanted == OVER else Q(state=wanted)


def _names_package(path: str) -> Q:
    """RFCs that name this folder, or a package below it. Where nothing lies below, the newest are read by an index."""
    at = normal_path(path)
    below = AffectedPackage.objects.filter(path__startswith=f"{at}/")
    if not below.exists():
        return Q(packages__path=at)
    return Q(pk__in=(below | AffectedPackage.objects.filter(path=at)).order_by().values("rfc"))


def _asks(team: str) -> Q:
    return Q(pk__in=RequiredTeam.objects.filter(slug=team).order_by().values("round__rfc"))


FILTERS: Mapping[str, Callable[[Any], Q]] = {
    "state": _in_state,
    "track": lambda value: Q(track=value),
    "scenario": lambda value: Q(scenario=value),
    "package": _names_package,
    "owner": lambda value: Q(owner__username=value),
    "author": lambda value: Q(author__username=value),
    "team": _asks,
    "touches_security": lambda value: Q(touches_security=True),
    "since": lambda day: Q(created_at__gte=_midnight(day)),
    "until": lambda day: Q(created_at__lt=_midnight(day + timedelta(days=1))),
}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, UTC)
