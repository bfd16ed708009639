"""The ledger of reminders: a row for each step of each thing that somebody waits for, swept and told once.

Each open thing has one step ahead of it. When a sweep comes late, the latest step that was reached is told and those
before it are noted as overtaken: a week without sweeps brings one message for each thing. A thing that was settled,
withdrawn or paused is not `open`, so its step ahead is cancelled; a due time that moved moves the steps.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Protocol

from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Max

from rfcs import clock, events
from rfcs.delivery import outbox
from rfcs.delivery.steps import Due, Step, following, latest, steps
from rfcs.models import RFC, Reminder, TeamLead
from rfcs.models.ledger import Reminded
from rfcs.notices import Notice
from rfcs.states import ARCHITECTURE
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """What is said of a due thing: who is waited for, whose leads come next, and the words."""

    whom: Sequence[User]
    teams: tuple[str, ...]
    """Slugs; their leads are told of what stays overdue."""
    what: str
    """“the first response”."""
    ask: str
    """What the reader can do, a sentence."""
    path: str = ""


class Source(Protocol):
    """One kind of thing that is due; the key of each is `prefix`, then the number of its row."""

    prefix: str

    def waiting(self) -> Iterable[tuple[int, datetime]]:
        """The number and the due time of everything of this kind that waits now; every sweep asks, so make it cheap."""

    def open(self, numbers: Collection[int]) -> Iterable[Due]:
        """Those of these things that wait now."""

    def call(self, due: Due) -> Call | None:
        """Whom to tell what; None when nobody is waited for."""


def sweep(sources: Iterable[Source]) -> int:
    """Write the steps ahead, cancel those whose reason is gone, tell what was reached; the number of steps told."""
    known = {source.prefix: source for source in sources}
    for source in known.values():
        keep(source)
    reached = Reminder.objects.filter(status=Reminded.PENDING, at__lte=clock.now()).order_by("at", "id")
    return sum(_safely(pk, known) for pk in reached.values_list("pk", flat=True))


# The steps ahead --------------------------------------------------------------------------------------------


def keep(source: Source) -> None:
    """One pending row for each open thing of this kind as it is due now, and none for anything else."""
    waiting = dict(source.waiting())
    ahead = {number_in(thing): due_at for thing, due_at in _pending(source).values_list("thing", "due_at")}
    stale = [f"{source.prefix}{number}" for number, due_at in ahead.items() if waiting.get(number) != due_at]
    if stale:
        _pending(source).filter(thing__in=stale).update(status=Reminded.CANCELLED, decided_at=clock.now())
    missing = [number for number, due_at in waiting.items() if ahead.get(number) != due_at]
    dues = list(source.open(missing)) if missing else []
    _write(dues, _told_until(due.key for due in dues))


def _pending(source: Source) -> QuerySet[Reminder]:
    return Reminder.objects.filter(status=Reminded.PENDING, thing__startswith=source.prefix)


def _told_until(things: Iterable[str]) -> Mapping[str, datetime]:
    """When each of these things was last told of: steps up to then are past, whatever moved since."""
    rows = Reminder.objects.filter(thing__in=list(things), status=Reminded.TOLD).order_by()
    return dict(rows.values("thing").annotate(last=Max("decided_at")).values_list("thing", "last"))


def _write(dues: Iterable[Due], told_until: Mapping[str, datetime]) -> None:
    rows = (_row(due, following(due, told_until.get(due.key, due.opened_at))) for due in dues)
    Reminder.objects.bulk_create((row for row in rows if row), ignore_conflicts=True)


def _row(due: Due, step: Step | None, status: str = Reminded.PENDING, at: datetime | None = None) -> Reminder | None:
    if step is None:
        return None
    key = f"{due.key}:{step.name}:{step.at:%Y%m%dT%H%M%S.%f}"
    return Reminder(
        key=key,
        thing=due.key,
        rfc_id=due.rfc,
        step=step.name,
        at=step.at,
        due_at=due.due_at,
        status=status,
        decided_at=at,
    )


# Telling ----------------------------------------------------------------------------------------------------


def _safely(pk: int, sources: Mapping[str, Source]) -> int:
    """One step in a transaction of its own; one that fails stays pending, is logged, and holds up no other."""
    try:
        return _settle(pk, sources)
    except Exception:
        logger.exception("reminder %s could not be told", pk)
        return 0


@transaction.atomic
def _settle(pk: int, sources: Mapping[str, Source]) -> int:
    rows = Reminder.objects.select_for_update(skip_locked=True, of=("self",)).select_related("rfc")
    row = rows.filter(pk=pk, status=Reminded.PENDING).first()
    if row is None:
        return 0  # another sweep has it
    source = next((found for prefix, found in sources.items() if row.thing.startswith(prefix)), None)
    found = source.open([number_in(row.thing)]) if source else ()
    due = next((due for due in found if due.due_at == row.due_at), None)
    call = source.call(due) if source and due else None
    now = clock.now()
    if due is None or call is None:
        Reminder.objects.filter(pk=pk).update(status=Reminded.CANCELLED, decided_at=now)
        return 0
    reached = tuple(step for step in steps(due, now) if step.at >= row.at)
    _note(row, due, reached, now)
    _tell(row.rfc, due, latest(reached), call, now)
    return 1


def _note(row: Reminder, due: Due, reached: tuple[Step, ...], now: datetime) -> None:
    """The rows of all steps reached, the last one as told, and the next one ahead."""
    told = len(reached) == 1
    status = Reminded.TOLD if told else Reminded.OVERTAKEN
    Reminder.objects.filter(pk=row.pk).update(status=status, decided_at=now)
    between = [_row(due, step, Reminded.OVERTAKEN, now) for step in reached[1:-1]]
    last = [] if told else [_row(due, reached[-1], Reminded.TOLD, now)]
    ahead = [_row(due, following(due, reached[-1].at))]
    rows = [row for row in (*between, *last, *ahead) if row]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)


def _tell(rfc: RFC, due: Due, step: Step, call: Call, now: datetime) -> None:
    """Those waited for, and beside them whom the step reaches: in words of their own, and at any hour."""
    key = f"reminder:{due.key}:{step.name}:{step.at:%Y%m%dT%H%M%S}"
    kind = Notice.EMERGENCY if due.is_urgent else Notice.REMINDER
    subject, text = _words(rfc, due, step, call)
    tell = partial(outbox.queue_all, key, rfc=rfc, subject=subject, at=now, kind=kind, path=call.path)
    whom = _who_see(rfc, call.whom)
    tell(whom, text=f"{text} {call.ask}", at_once=step.is_escalation)
    others = [person for person in _who_see(rfc, _above(step, call)) if person not in whom]
    names = ", ".join(display_name(person) for person in whom) or "nobody"
    more = f"{text}\n\nIt waits for {names}. You are told because it has been overdue for so long."
    tell(others, text=more, at_once=True)
    if step.is_escalation:
        _record(rfc, due, step, call, others, now)


def _record(rfc: RFC, due: Due, step: Step, call: Call, told: Iterable[User], now: datetime) -> None:
    """That it went up, to whom, or to nobody: who asks later whether anybody knew finds it in the chain."""
    names = sorted(person.get_username() for person in told)
    facts = {"thing": due.key, "what": call.what, "step": step.name, "due_at": due.due_at.isoformat(), "told": names}
    events.record(rfc.stream, "reminder.escalated", actor=None, payload=facts, at=now)


def _words(rfc: RFC, due: Due, step: Step, call: Call) -> tuple[str, str]:
    """Subject and first sentence."""
    moment, what = f"{due.due_at:%A %-d %B %Y, %H:%M} UTC", call.what[0].upper() + call.what[1:]
    if step.at < due.due_at:
        how, text = "is due soon", f"{what} is due {moment}."
    elif step.name == "due":
        how, text = "is due now", f"{what} was due {moment}."
    else:
        how, text = "is overdue", f"{what} was due {moment}, and is still open."
    return f"{rfc.number}: {call.what} {how}: {rfc.title}", text


def _above(step: Step, call: Call) -> Iterator[User]:
    """Whom an escalation tells: leads count while they are members of their team."""
    people = get_user_model()._default_manager.filter(is_active=True)
    for slug in call.teams if step.to_lead else ():
        leads = TeamLead.objects.filter(group__name=slug).values("person")
        yield from people.filter(pk__in=leads, groups__name=slug)
    if step.to_board:
        yield from people.filter(groups__name=ARCHITECTURE)


def _who_see(rfc: RFC, people: Iterable[User]) -> tuple[User, ...]:
    """Each once, and under embargo only those who see the RFC."""
    ids = {person.pk for person in people}
    return tuple(rfc.seen_by(get_user_model()._default_manager.filter(pk__in=ids)).order_by("pk"))


def number_in(thing: str) -> int:
    """The number of the row that a thing's key ends with."""
    return int(thing.rpartition(":")[2])
