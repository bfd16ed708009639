"""One RFC as a row of a list (templates/components/rfc_row.html)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.utils.timesince import timesince

from governance.finding import PACKAGES
from governance.turns import Turn, shortly
from rfcs.models import RFC
from rfcs.models.record import RFCQuerySet
from rfcs.states import Scenario, Track
from rfcs.teams import display_name

FOUR_WEEKS = timedelta(weeks=4)
UNITS = (("week", 10_080), ("day", 1_440), ("hour", 60), ("minute", 1))
"""In minutes; two neighbours are said."""
OWNER = ("owner__username", "owner__first_name", "owner__last_name", "owner__is_active")
COLUMNS = ("title", "state", "track", "scenario", *OWNER)


def with_rows(rfcs: RFCQuerySet) -> RFCQuerySet:
    """These RFCs with no more than `row_of` shows."""
    return rfcs.select_related("owner").annotate(package_count=PACKAGES).only(*COLUMNS)


@dataclass(frozen=True, slots=True)
class Row:
    """What one row shows. `turn`: whose turn and why; `behalf`: for whom it is the reader's, who is `mine`."""

    url: str
    number: str
    title: str
    state: str
    state_label: str
    track: str
    scenario: str
    owner: str
    packages: int
    turn: str
    mine: bool
    behalf: str
    deadline: datetime | None
    deadline_text: str
    overdue: bool


def row_of(
    rfc: RFC, turns: Sequence[Turn] = (), *, now: datetime, reader: Collection[str] = (), behalf: str = ""
) -> Row:
    """`rfc` comes from `with_rows`, `now` (UTC) tells what is overdue.

    `reader`: the names of the person whose turn it is, on their own queue; `behalf`: for whom it is.
    """
    due = min((turn.due for turn in turns if turn.due), default=None)
    return Row(
        url=rfc.get_absolute_url(),
        number=rfc.number,
        title=rfc.title or "Untitled draft",
        state=rfc.state,
        state_label=rfc.state_name,
        track="" if rfc.track == Track.STANDARD else rfc.get_track_display(),
        scenario=Scenario(rfc.scenario).label if rfc.scenario else "No scenario yet",
        owner=display_name(rfc.owner),
        packages=getattr(rfc, "package_count", 0),
        turn=shortly(turns, reader),
        mine=bool(reader),
        behalf=behalf,
        deadline=due,
        deadline_text=_in_words(due, now) if due else "",
        overdue=due is not None and due < now,
    )


def _in_words(due: datetime, now: datetime) -> str:
    return f"{span(due, now)} ago" if due < now else f"in {span(now, due)}"


def span(first: datetime, last: datetime) -> str:
    """As Django's `timesince`, which costs a list more than its statements do; beyond four weeks to the hour."""
    if last - first >= FOUR_WEEKS:
        return _long_span(*(at.replace(minute=0, second=0, microsecond=0) for at in (first, last)))
    left, words = (last - first) // timedelta(minutes=1), []
    for name, minutes in UNITS:
        count, left = divmod(left, minutes)
        if count:
            words.append(f"{count}\N{NO-BREAK SPACE}{name}{'' if count == 1 else 's'}")
        if words and (count == 0 or len(words) == 2):
            break
    return ", ".join(words) or "0\N{NO-BREAK SPACE}minutes"


@lru_cache(maxsize=4_096)
def _long_span(first: datetime, last: datetime) -> str:
    return timesince(first, last)
