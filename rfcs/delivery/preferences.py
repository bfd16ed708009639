"""Over which channels a person hears of which kind of message: reading it, choosing it, going back to the defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import time
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from django.conf import settings
from django.db.models import QuerySet

from rfcs import clock, events
from rfcs.compiled import Compiled, Place, one_of
from rfcs.delivery.quiet import Hours
from rfcs.errors import Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.models import Message, Preference, Rhythm
from rfcs.models.ledger import Channel
from rfcs.notices import FACTS, Notice

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class Choice:
    """Where one kind of message goes."""

    in_app: bool = True
    mail: bool = True
    daily: bool = False
    """Mail waits for the one mail of the day."""

    def takes(self, channel: str) -> bool:
        return self.in_app if channel == Channel.IN_APP else self.mail


def default(kind: Notice) -> Choice:
    return Choice(mail=FACTS[kind].mail)


def choices_of(person: User) -> dict[Notice, Choice]:
    """Every kind, as it stands for this person."""
    rows = {row.kind: row for row in Preference.objects.filter(person=person)}
    return {kind: _standing(kind, rows.get(kind)) for kind in Notice}


def choices_for(people: Iterable[User], kind: Notice) -> dict[int, Choice]:
    """By person's id, where this kind of message goes; one query."""
    ids = [person.pk for person in people]
    rows = {row.person_id: row for row in _chosen(ids, str(kind))}
    return {pk: _standing(kind, rows.get(pk)) for pk in ids}


@Compiled
def _chosen(people: Place, kind: Place) -> QuerySet[Preference]:
    return Preference.objects.filter(one_of("person", people), kind=kind)


def _standing(kind: Notice, row: Preference | None) -> Choice:
    return default(kind) if row is None else _kept(kind, Choice(row.in_app, row.mail, row.daily))


def _kept(kind: Notice, wanted: Choice) -> Choice:
    """What asks for an action stays in the inbox, and security cannot be muted, whatever was chosen."""
    facts = FACTS[kind]
    mail = wanted.mail or facts.keeps_mail
    return Choice(wanted.in_app or facts.keeps_in_app, mail, wanted.daily and mail and not facts.keeps_mail)


def choose(person: User, wanted: Mapping[Notice, Choice]) -> dict[Notice, Choice]:
    """Store these choices, and the event of what they changed; kinds that are left out stay."""
    with attempt("preferences", actor=person, on=events.ACCESS, changes=False):
        before = choices_of(person)
        after = before | {kind: _kept(kind, choice) for kind, choice in wanted.items()}
        changed = [kind for kind in Notice if after[kind] != before[kind]]
        _store(person, {kind: after[kind] for kind in changed})
        _decide_anew(person, {kind: after[kind] for kind in changed})
        _record(person, {kind: after[kind] for kind in changed})
    return after


def restore(person: User) -> dict[Notice, Choice]:
    """Back to the defaults of every kind."""
    return choose(person, {kind: default(kind) for kind in Notice})


def _store(person: User, changed: Mapping[Notice, Choice]) -> None:
    rows = [
        Preference(person=person, kind=kind, in_app=choice.in_app, mail=choice.mail, daily=choice.daily)
        for kind, choice in changed.items()
    ]
    Preference.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["person", "kind"], update_fields=["in_app", "mail", "daily"]
    )


def _decide_anew(person: User, changed: Mapping[Notice, Choice]) -> None:
    """Mail that waits goes as it is chosen now: in the mail of the day, by itself, or not at all."""
    for daily in (False, True):
        kinds = [kind for kind, choice in changed.items() if choice.mail and choice.daily is daily]
        _release(person, kind__in=kinds, at_once=False, in_digest=not daily, changes={"in_digest": daily})
    muted = [kind for kind, choice in changed.items() if not choice.mail]
    _release(person, kind__in=muted, changes={"dead_at": clock.now(), "last_error": Message.MUTED})


def _release(person: User, *, changes: Mapping[str, object] | None = None, **which: object) -> None:
    """When it goes out is asked at once (rfcs/delivery/withholding.py); what a worker holds is left to it."""
    waiting = Message.objects.filter(recipient=person, channel=Channel.MAIL, sent_at=None, dead_at=None, **which)
    free = list(waiting.select_for_update(skip_locked=True, of=("self",)).order_by("id").values_list("pk", flat=True))
    if free:
        Message.objects.filter(pk__in=free).update(not_before=None, **(changes or {}))


def _record(person: User, changed: Mapping[Notice, Choice]) -> None:
    """Who asks later why nobody was told finds the answer."""
    if changed:
        facts = {kind.value: _facts(choice) for kind, choice in changed.items()}
        events.record(events.ACCESS, "preferences.changed", actor=person, payload=facts)


def _facts(choice: Choice) -> dict[str, bool]:
    return {"in_app": choice.in_app, "mail": choice.mail} | ({"daily": True} if choice.daily else {})


# When -------------------------------------------------------------------------------------------------------


def hours_of(person: User) -> Hours:
    return hours_for([person])[person.pk]


def hours_for(people: Iterable[User]) -> dict[int, Hours]:
    """By person's id, when they take mail; one query. Who chose nothing lives in the portal's zone."""
    ids = [person.pk for person in people]
    found = dict.fromkeys(ids, Hours(settings.TIME_ZONE))
    for row in _rhythms(ids):
        found[row.person_id] = Hours(row.zone, row.quiet_from, row.quiet_until, row.daily_at)
    return found


@Compiled
def _rhythms(people: Place) -> QuerySet[Rhythm]:
    return Rhythm.objects.filter(one_of("person", people))


def keep_hours(person: User, hours: Hours) -> None:
    """Store when this person takes mail. Raises Refused with every reason: an unknown zone, half of quiet hours."""
    with attempt("preferences", actor=person, on=events.ACCESS, changes=False):
        reasons = tuple(_why_not(hours))
        if reasons:
            raise Refused(*reasons)
        if hours == hours_of(person):
            return
        facts = asdict(hours)
        Rhythm.objects.update_or_create(person=person, defaults=facts)
        _release(person)
        shown = {name: value.isoformat() if isinstance(value, time) else value for name, value in facts.items()}
        events.record(events.ACCESS, "preferences.hours", actor=person, payload=shown)


def _why_not(hours: Hours) -> Iterator[Reason]:
    if hours.zone not in available_timezones():
        message = "Choose a time zone of the list, for example Europe/Berlin."
        yield not_ready("unknown_zone", message, field="zone", who="you")
    if (hours.quiet_from is None) != (hours.quiet_until is None):
        message = "Say both when quiet hours begin and when they end, or neither."
        yield not_ready("half_quiet", message, field="quiet_until", who="you")
