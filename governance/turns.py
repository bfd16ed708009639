"""A turn: who is waited for, for what, until when; and whose it is in an open round."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from approvals.positions import RoundKind
from approvals.standing import Standing
from approvals.voices import Concern, TeamStanding
from rfcs.models import RFC
from rfcs.states import State
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

A_STEWARD = "A steward"
SHORTLY = 2
"""People that a row of a list names."""
MOST_SAID = 2
"""Things waited for that a row of a list says."""


@dataclass(frozen=True, slots=True)
class Turn:
    """Who is waited for (printed names), for what, until when (UTC); `url`: where they do it, if not in sight."""

    names: tuple[str, ...]
    what: str
    due: datetime | None = None
    url: str = ""

    @property
    def who(self) -> str:
        return ", ".join(self.names)

    def is_of(self, reader: Collection[str]) -> bool:
        """Whether it is this reader's, by the names that they go by: also where they stand in for somebody."""
        return any(
            name in reader or name.endswith(tuple(f"(or {me} for them)" for me in reader)) for name in self.names
        )

    def named(self, reader: Collection[str] = ()) -> str:
        """Who in a row of a list: two names and the number of the others, the reader's own as “You”."""
        named = ("You",) if self.is_of(reader) else self.names[:SHORTLY]
        more = len(self.names) - len(named)
        others = f" and {more} other{'s' if more > 1 else ''}" if more else ""
        return f"{', '.join(named)}{others}"


def by_person(turns: Iterable[Turn]) -> dict[tuple[str, ...], list[Turn]]:
    """Everything that the same people are waited for, under their names, in the order of the turns."""
    found: dict[tuple[str, ...], list[Turn]] = {}
    for turn in turns:
        found.setdefault(turn.names, []).append(turn)
    return found


def shortly(turns: Iterable[Turn], reader: Collection[str] = ()) -> str:
    """Who and what in a row of a list, everybody named once: the first few, before others what is the reader's."""
    grouped = by_person(sorted(turns, key=lambda turn: not turn.is_of(reader))[:MOST_SAID]).values()
    return " ".join(f"{some[0].named(reader)}: {' '.join(turn.what for turn in some)}" for some in grouped)


def in_review(rfc: RFC, standing: Standing) -> tuple[Turn, ...]:
    """The owner's while a concern waits for an answer, for the clock stands still; else whoever has not spoken.

    Whoever raised a concern that was answered clears it meanwhile. Where nobody is silent, whoever could still approve
    is asked to; where nobody could, the owner asks anew.
    """
    round_ = standing.round
    answered = ((concern, standing.name_of(concern.sign_off)) for concern in standing.concerns if concern.is_answered)
    if standing.waits_for_owner:
        waiting = (_to_answer(rfc, concern) for concern in standing.concerns if not concern.is_answered)
        return (*waiting, *(_to_clear(concern, who) for concern, who in answered))
    due = round_.decision_due if standing.has_response else round_.first_response_due
    turns = [_to_clear(concern, who, due) for concern, who in answered]
    for row in standing.rows:
        turns += _of_team(rfc, standing, row, due)
    return tuple(turns)


def _of_team(rfc: RFC, standing: Standing, row: TeamStanding, due: datetime) -> Iterator[Turn]:
    if row.tally.is_passed:
        return
    if row.silent:
        stand_ins = {principal: delegate for delegate, principal in row.delegates}
        names = tuple(_with(person, stand_ins.get(person)) for person in row.silent)
        yield Turn(names, f"Take a position for the {row.name}.", due)
    elif row.undecided:
        names = tuple(display_name(person) for person in row.undecided)
        yield Turn(names, f"Approve or reject for the {row.name}, which has nobody else to ask. {row.forecast}", due)
    elif row.is_stuck:
        way = ASK_ANEW if standing.round.kind != RoundKind.RETROACTIVE else ASK_AGAIN
        names = (display_name(rfc.owner),) if rfc.owner.is_active else (A_STEWARD,)
        yield Turn(names, f"{way} {row.name}: {row.forecast}", due)


ASK_ANEW = "Recall the RFC and ask anew; then the team is asked as it is that day."
ASK_AGAIN = "Have the board asked again, as it is today."


def _with(person: User, delegate: User | None) -> str:
    """“Ingrid Solberg (or Kofi Mensah for them)”."""
    name = display_name(person)
    return f"{name} (or {display_name(delegate)} for them)" if delegate else name


def _to_answer(rfc: RFC, concern: Concern) -> Turn:
    if not rfc.owner.is_active:
        way = ", or recall the RFC" if rfc.state == State.REVIEW else ""
        return Turn((A_STEWARD,), f"Answer {_named(concern)}{way}: the account of its owner is closed.")
    what = f"Answer {_named(concern)}, or save a revision that meets it; the clock stands still until then."
    return Turn((display_name(rfc.owner),), what)


def _to_clear(concern: Concern, who: str, due: datetime | None = None) -> Turn:
    return Turn((who,), f"Clear {_named(concern)}, or say what is still missing.", due)


def _named(concern: Concern) -> str:
    """“the concern “Old callers” of the Security Team”."""
    row = concern.sign_off
    name = f"the concern “{row.title}”" if row.title else f"the hold until {row.until:%A %-d %B}"
    return f"{name} of the {row.team_name}"
