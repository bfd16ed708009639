"""The only writer of RFC.state: what can happen next and why not (`outlook`), and making it happen (`advance`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import QuerySet

from rfcs import authority, clock, effects, events, limits, rollback
from rfcs.case import Case
from rfcs.compiled import Compiled, Place
from rfcs.conversation import watching
from rfcs.errors import Kind, Reason, Refused, forbidden, not_ready
from rfcs.guards import Guard, Moot
from rfcs.models import RFC
from rfcs.states import Authority, State, stands
from rfcs.table import REVERT, TABLE, Move

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NOBODY: Mapping[str, str] = {}
LONGEST_INPUT = 20_000
"""Characters of what is written with a move."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One guard of a move as it stands: nothing stands against the move when there are no reasons.

    `moot`: there is nothing to check yet, or never, so nobody may read it as met.
    """

    guard: Guard
    reasons: tuple[Reason, ...]
    moot: Moot | None = None

    @property
    def is_met(self) -> bool:
        return not self.reasons


@dataclass(frozen=True, slots=True)
class Prospect:
    """One move for one person now: every reason against it; `who` can make or unblock it."""

    move: Move
    reasons: tuple[Reason, ...]
    requirements: tuple[Requirement, ...]
    who: str

    @property
    def is_allowed(self) -> bool:
        return not self.reasons


def locked(rfc: RFC | int) -> RFC:
    """The row, fresh and locked until the transaction ends: every decision is taken under this lock."""
    pk = rfc if isinstance(rfc, int) else rfc.pk
    row = _locked.first(pk)
    if row is None:
        raise RFC.DoesNotExist(f"There is no RFC {pk}.")
    return row


@Compiled
def _locked(pk: Place) -> QuerySet[RFC]:
    return RFC.objects.select_for_update(of=("self",)).select_related("revision", "owner").filter(pk=pk)


def outlook(rfc: RFC, user: User, *, case: Case | None = None) -> tuple[Prospect, ...]:
    """Every move of the table for this person, in its order. Reads only."""
    case = case or Case(rfc)
    return tuple(prospect(case, move, user) for move in TABLE.values())


def prospect(case: Case, move: Move, user: User) -> Prospect:
    requirements = _requirements(case, move) if move.way.is_from(case.rfc.state, case.rfc.track) else ()
    missing = tuple(reason for requirement in requirements for reason in requirement.reasons)
    reasons = (*_not_from_here(case, move), *_not_by(case, move, user), *missing)
    return Prospect(move, reasons, requirements, authority.spelled(move.asked_by or (Authority.ROUND,)))


def _requirements(case: Case, move: Move) -> tuple[Requirement, ...]:
    return tuple(_requirement(case, guard) for guard in move.needs)


def _requirement(case: Case, guard: Guard) -> Requirement:
    reasons = guard.reasons(case)
    return Requirement(guard, reasons, None if reasons else guard.moot(case))


def _not_from_here(case: Case, move: Move) -> tuple[Reason, ...]:
    rfc = case.rfc
    if rfc.track not in move.way.tracks:
        return (Reason("wrong_track", f"“{move.label}” is not a move of the {rfc.get_track_display().lower()} track."),)
    if rfc.state in move.way.sources:
        return ()
    sources = " or ".join(State(source).label.lower() for source in move.way.sources)
    message = f"{rfc.number} {stands(rfc.state)}; “{move.label}” is possible only from {sources}."
    return (Reason("wrong_state", message, field="state"),)


def _not_by(case: Case, move: Move, user: User) -> tuple[Reason, ...]:
    if not move.asked_by:
        message = f"Nobody makes the move “{move.label}” by hand; the sign-offs of the round decide it."
        return (forbidden(message, code="made_by_round", who="the teams that sign"),)
    if authority.holds_any(move.asked_by, case.rfc, user):
        return ()
    who = authority.spelled(move.asked_by)
    return (forbidden(f"Only {who} may ask for “{move.label}”.", who=who),)


def missing_inputs(move: Move, inputs: Mapping[str, str]) -> tuple[Reason, ...]:
    """What the asker has to write with this move and did not."""
    return tuple(
        not_ready(f"{wanted.field}_missing", wanted.missing, field=wanted.field, who="you")
        for wanted in move.inputs
        if wanted.missing and wanted.field not in TOGETHER and not inputs.get(wanted.field, "").strip()
    )


TOGETHER = frozenset({REVERT.field})
"""Inputs that a check of their move asks for: one of several will do."""
CHECKS: Mapping[str, Callable[[RFC, Mapping[str, str]], Iterable[Reason]]] = {"roll_back": rollback.unfit}
"""What else a move asks of its inputs."""


def unfit_inputs(rfc: RFC, move: Move, inputs: Mapping[str, str]) -> tuple[Reason, ...]:
    return tuple(CHECKS[move.name](rfc, inputs)) if move.name in CHECKS else ()


def unstorable_inputs(inputs: Mapping[str, str]) -> tuple[Reason, ...]:
    """What the asker wrote and no row can hold."""
    return tuple(
        not_ready("unstorable", f"Use text of at most {LONGEST_INPUT:,} characters.", field=name, who="you")
        for name, text in inputs.items()
        if len(text) > LONGEST_INPUT or limits.unstorable(text)
    )


def require(rfc: RFC, name: str, user: User, inputs: Mapping[str, str]) -> Case:
    """Raise Refused with every reason against this person's making this move now; else the case."""
    case = Case(rfc)
    move = TABLE[name]
    reasons = (
        *prospect(case, move, user).reasons,
        *missing_inputs(move, inputs),
        *unfit_inputs(rfc, move, inputs),
        *unstorable_inputs(inputs),
    )
    if reasons:
        raise Refused(*reasons)
    return case


@transaction.atomic
def advance(
    rfc: RFC | int,
    name: str,
    *,
    actor: User | None,
    acting_as: Authority | None = None,
    inputs: Mapping[str, str] = NOBODY,
) -> RFC:
    """Make one move, or raise Refused with every reason that stands in its way.

    `acting_as` is ROUND only for approvals/rounds.py, which checked who asked; everyone else comes as a person.
    Locks the RFC row, or joins the caller's lock. Records the event and queues messages in the same transaction.
    """
    move, row = TABLE[name], locked(rfc)
    if acting_as == Authority.ROUND:
        case = _require_round(row, move)
    elif move.way.is_made_by_round(row.state) or actor is None:
        raise Refused(
            Reason("made_by_round", f"“{move.label}” is made by the round of sign-offs.", kind=Kind.FORBIDDEN)
        )
    else:
        case = require(row, name, actor, inputs)
    _move(case, move, actor=actor, inputs=inputs)
    return row


def _require_round(rfc: RFC, move: Move) -> Case:
    """A round moves only along the table, and only into or out of review."""
    case = Case(rfc)
    reasons = _not_from_here(case, move)
    if not move.way.is_made_by_round(rfc.state):
        reasons += (forbidden(f"A round does not make the move “{move.label}”."),)
    if reasons:
        raise Refused(*reasons)
    return case


def _move(case: Case, move: Move, *, actor: User | None, inputs: Mapping[str, str]) -> None:
    rfc, source, target = case.rfc, case.rfc.state, move.way.leads_to(case.rfc.track)
    effects.before(move.name, case, actor=actor, inputs=inputs)
    at = clock.now()
    rfc.state, rfc.state_since, rfc.updated_at = target, at, at
    rfc.closed_at = at if target == State.CLOSED else rfc.closed_at
    rfc.save()
    payload = {**rollback.told(inputs), "from": source, "to": str(target), "digest": rfc.material_digest}
    events.record(rfc.stream, f"move.{move.name}", actor=actor, payload=payload, at=at)
    effects.after(move.name, case, actor=actor)
    if target != State.REVIEW:  # into review, the round tells: it knows who is asked in words of its own
        watching.tell_move(rfc, move.name, by=actor, at=at)
