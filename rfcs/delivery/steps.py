"""The steps of a reminder. Pure: from when something was opened and is due to what is told, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count, takewhile
from operator import itemgetter

from rfcs.ladder import Ladder
from rfcs.policy import Calendar
from rfcs.working_time import after_working_days, after_working_time, working_time_between


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that somebody waits for: all that the ledger needs to know of it.

    `key` names it for ever (`round:12:decision`); instants are UTC. Without a `calendar` every hour counts.
    """

    key: str
    rfc: int
    opened_at: datetime
    due_at: datetime
    settled_at: datetime | None = None
    calendar: Calendar | None = None
    ladder: Ladder = field(default_factory=Ladder)
    is_urgent: bool = False
    """Of an emergency: told as such, at any hour."""


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: its name, its instant, and who beside those waited for is told."""

    name: str
    at: datetime
    to_lead: bool = False
    to_board: bool = False

    @property
    def is_escalation(self) -> bool:
        return self.to_lead or self.to_board


def steps(due: Due, now: datetime) -> tuple[Step, ...]:
    """Every step that was reached by `now`, oldest first; none from the moment on at which it was settled."""
    end = now if due.settled_at is None else min(now, due.settled_at - timedelta.resolution)
    return tuple(takewhile(lambda step: step.at <= end, climb(due)))


def following(due: Due, after: datetime) -> Step | None:
    """The first step later than this instant; None for what is settled, which has no more."""
    return None if due.settled_at else next(step for step in climb(due) if step.at > after)


def latest(reached: tuple[Step, ...]) -> Step:
    """What is told when several steps were reached at once: the last one, to everybody whom any of them tells."""
    last = reached[-1]
    to_lead, to_board = (any(step.to_lead for step in reached), any(step.to_board for step in reached))
    return Step(last.name, last.at, to_lead, to_board)


def climb(due: Due) -> Iterator[Step]:
    """All steps in the order of time, without end: what is overdue stays on the ladder until it is settled."""
    ladder = due.ladder
    shares = {f"{share:.0%}": share for share in ladder.shares if 0 < share < 1}  # two of one name are told once
    for name, share in sorted(shares.items(), key=itemgetter(1)):
        at = _share(due, share)
        if due.opened_at < at < due.due_at:
            yield Step(name, at)
    yield Step("due", due.due_at, ladder.lead_after_days == 0, ladder.board_after_days == 0)
    at = due.due_at
    for days in count(1):
        at = at + timedelta(days=1) if due.calendar is None else after_working_days(at, 1, due.calendar)
        to_lead, to_board = days == ladder.lead_after_days, days == ladder.board_after_days
        if to_lead or to_board or days % max(ladder.every_days, 1) == 0:
            yield Step(f"overdue-{days}", at, to_lead, to_board)


def _share(due: Due, share: float) -> datetime:
    if due.calendar is None:
        return due.opened_at + (due.due_at - due.opened_at) * share
    given = working_time_between(due.opened_at, due.due_at, due.calendar)
    return after_working_time(due.opened_at, given * share, due.calendar)
