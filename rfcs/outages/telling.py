"""An outage as it is told: read, judged, and kept. The only writer of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rfcs import clock, events
from rfcs.errors import Reason, not_ready
from rfcs.limits import unstorable
from rfcs.models import RFC, Event, Outage
from rfcs.states import SHORT

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 5_000
BEFORE = timedelta(days=30)
"""How long before an emergency or a hotfix was opened the outage may have begun that it mends."""


@dataclass(frozen=True, slots=True)
class Said:
    """What somebody typed: times as ISO 8601, those without an offset in `zone` (a name such as Europe/Berlin)."""

    started_at: str = ""
    ended_at: str = ""
    """Empty while it still lasts."""
    note: str = ""
    zone: str = "UTC"

    @property
    def start(self) -> datetime | None:
        return moment(self.started_at, self.zone)

    @property
    def end(self) -> datetime | None:
        return moment(self.ended_at, self.zone)


@dataclass(frozen=True, slots=True)
class Fields:
    """What the form or the call names the two times."""

    start: str = "started_at"
    end: str = "ended_at"


OWN = Fields()


def moment(text: str, zone: str = "UTC") -> datetime | None:
    """The instant that was written, in UTC; None for what is none."""
    try:
        at = datetime.fromisoformat(text.strip())
        return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (KeyError, OSError, OverflowError, ValueError):
        return None


def is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (KeyError, OSError, ValueError):
        return False


@dataclass(frozen=True, slots=True)
class Bound:
    """The first instant (UTC) at which an outage of an RFC can have begun, and why that one."""

    at: datetime
    because: str

    def __str__(self) -> str:
        return f"{self.at:%-d %B %Y, %H:%M} UTC, {self.because}"


def bound(rfc: RFC) -> Bound:
    """What is in no system yet breaks nothing; but an emergency or a hotfix mends what may have failed before it.

    An older day has a year that was mistyped, and would drown every measure.
    """
    if rfc.track in SHORT:
        return Bound(rfc.created_at - BEFORE, f"{BEFORE.days} days before {rfc.number} was opened")
    started = Event.objects.filter(stream=rfc.stream, kind="move.start").order_by("seq").first()
    began = (started.at if started else rfc.created_at).replace(second=0, microsecond=0)
    return Bound(began, f"when the implementation of {rfc.number} began")


def unfit(rfc: RFC, said: Said, fields: Fields = OWN) -> Iterator[Reason]:
    """Every reason why this cannot be kept, by the database's clock."""
    if not is_zone(said.zone):
        message = "This time zone is not known; choose UTC, or name one such as Europe/Berlin."
        yield not_ready("no_zone", message, field="zone", who="you")
        return
    for field, text, at in ((fields.start, said.started_at, said.start), (fields.end, said.ended_at, said.end)):
        if text.strip() and at is None:
            yield not_ready("no_time", "Give a day and a time, such as 2026-11-24T14:30.", field=field, who="you")
    if not said.started_at.strip():
        message = "Say when the outage began; its end may stay empty while it lasts."
        yield not_ready("outage_start_missing", message, field=fields.start, who="you")
    yield from _out_of_order(said.start, said.end, fields)
    yield from _too_early(rfc, said.start, fields)
    yield from unfit_note(said.note)


def _out_of_order(start: datetime | None, end: datetime | None, fields: Fields) -> Iterator[Reason]:
    now = clock.now()
    if start and end and end <= start:
        message = "The outage ends before it starts; swap the times or correct one."
        yield not_ready("outage_reversed", message, field=fields.end, who="you")
    if start and start > now:
        message = f"The outage begins in the future (it is {now:%Y-%m-%d %H:%M} UTC); check day, time and time zone."
        yield not_ready("outage_future", message, field=fields.start, who="you")
    if end and end > now:
        message = f"The outage ends in the future (it is {now:%Y-%m-%d %H:%M} UTC); leave its end empty while it lasts."
        yield not_ready("outage_future", message, field=fields.end, who="you")


def _too_early(rfc: RFC, start: datetime | None, fields: Fields) -> Iterator[Reason]:
    first = bound(rfc)
    if start and start < first.at:
        message = f"The outage begins before {first}; check day, year and time zone."
        yield not_ready("outage_old", message, field=fields.start, who="you")


def unfit_note(note: str) -> Iterator[Reason]:
    if len(note) > LONGEST or unstorable(note):
        message = f"Use text of at most {LONGEST:,} characters."
        yield not_ready("unstorable", message, field="note", who="you")


def append(rfc: RFC, *, by: User, said: Said, corrects: Outage | None = None, retracted: bool = False) -> Outage:
    """Keep it, with its event; `unfit` found nothing. Call it under the RFC's lock."""
    at, start = clock.now(), said.start
    assert start is not None
    row = Outage(rfc=rfc, started_at=start, ended_at=said.end, note=said.note.strip())
    row.corrects, row.retracted, row.by, row.at = corrects, retracted, by, at
    row.event = events.record(rfc.stream, "outage.recorded", actor=by, payload=row.facts(), at=at)
    row.save(force_insert=True)
    return row
