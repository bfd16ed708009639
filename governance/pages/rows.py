"""One RFC as a row of a list (templates/components/rfc_row.html)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.timesince import timesince, timeuntil

from governance.finding import PACKAGES
from governance.turns import Turn
from rfcs.models import RFC
from rfcs.models.record import RFCQuerySet
from rfcs.states import Scenario, Track
from rfcs.teams import display_name

COLUMNS = ("title", "state", "track", "scenario", "owner__username", "owner__first_name", "owner__last_name")


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


def row_of(rfc: RFC, turns: Sequence[Turn] = (), *, now: datetime, reader: str = "", behalf: str = "") -> Row:
    """`rfc` comes from `with_rows`, `now` (UTC) tells what is overdue.

    `reader`: the printed name of the person whose turn it is, on their own queue; `behalf`: for whom it is.
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
        turn=" ".join(turn.shortly(reader) for turn in turns[:2]),
        mine=bool(reader),
        behalf=behalf,
        deadline=due,
        deadline_text=_in_words(due, now) if due else "",
        overdue=due is not None and due < now,
    )


def _in_words(due: datetime, now: datetime) -> str:
    return f"{timesince(due, now)} ago" if due < now else f"in {timeuntil(due, now)}"
