"""When people are away: told by themselves, kept in the stream `roster`. It changes forecasts, never a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db.models import QuerySet

from approvals.models import Absence
from rfcs import clock, events
from rfcs.compiled import Compiled, Place, one_of
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.limits import unstorable
from rfcs.models import PolicyVersion
from rfcs.policy import Calendar
from rfcs.teams import display_name
from rfcs.working_time import local_day

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ROSTER = "roster"
LONGEST_DAYS = 366
LONGEST_NOTE = 200


def add(*, by: User, starts_on: date, ends_on: date, note: str = "") -> Absence:
    """Tell that one is away on these days, both included. Raises Refused (422) for days that cannot be meant.

    The same days told again return the row that is there.
    """
    note = note.strip()
    with attempt("absence.add", actor=by, on=ROSTER, changes=False):
        reasons = tuple(_unfit(starts_on, ends_on, note))
        if reasons:
            raise Refused(*reasons)
        told = Absence.objects.filter(person=by, starts_on=starts_on, ends_on=ends_on, ended_at=None).first()
        if told is not None and told.note == note:
            return told
        row = Absence(person=by, starts_on=starts_on, ends_on=ends_on, note=note, added_at=clock.now())
        row.save(force_insert=True)
        events.record(ROSTER, "absence.added", actor=by, payload=row.facts(), at=row.added_at)
    return row


def end(absence: Absence, *, by: User) -> Absence:
    """Take it back, or come back early; ended twice is ended once.

    Raises Refused (403) for somebody else's days; page and API answer 404 before, for nobody sees them.
    """
    with attempt("absence.end", actor=by, on=ROSTER, changes=False):
        row = Absence.objects.select_for_update().get(pk=absence.pk)
        if row.person_id != by.pk:
            raise Refused(forbidden("Only who is away takes their days back.", who=display_name(row.person)))
        if row.ended_at is None:
            row.ended_at = clock.now()
            row.save(update_fields=["ended_at"])
            events.record(ROSTER, "absence.ended", actor=by, payload=row.facts(), at=row.ended_at)
    return row


def upcoming(person: User) -> list[Absence]:
    """One's own absences that are not over, the next one first."""
    return list(Absence.objects.filter(person=person, ended_at=None, ends_on__gte=_today()))


def away(people: Iterable[int], calendar: Calendar, now: datetime) -> Mapping[int, date]:
    """Who of these is away on the day of `now`, each with the last day of it."""
    today = local_day(now, calendar)
    return dict(_away(list(people), today))


@Compiled
def _away(people: Place, day: Place) -> QuerySet[Absence, tuple[int, date]]:
    """The longest of a person comes last."""
    rows = Absence.objects.filter(one_of("person", people), ended_at=None, starts_on__lte=day, ends_on__gte=day)
    return rows.order_by("ends_on").values_list("person", "ends_on")


def _today() -> date:
    return local_day(clock.now(), PolicyVersion.current().policy.calendar)


def _unfit(starts_on: date, ends_on: date, note: str) -> Iterator[Reason]:
    if ends_on < starts_on:
        message = "The last day lies before the first; swap them or correct one."
        yield not_ready("days_reversed", message, field="ends_on", who="you")
    elif ends_on < _today():
        yield not_ready("days_past", "These days are over; name days to come.", field="ends_on", who="you")
    elif (ends_on - starts_on).days >= LONGEST_DAYS:
        message = "Name a year at most; who is away for longer leaves the team."
        yield not_ready("days_too_many", message, field="ends_on", who="you")
    if len(note) > LONGEST_NOTE or unstorable(note):
        yield not_ready("unstorable", f"Use text of at most {LONGEST_NOTE} characters.", field="note", who="you")
