"""One answer to “what next, why not, whose turn”, from the record's outlook and the round's forecast."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from approvals.standing import Standing, asking_round, may_be_asking
from governance.reviews import Review, reviews_of
from governance.turns import A_STEWARD, Turn, in_review
from rfcs import clock, lessons, lifecycle
from rfcs.case import Case
from rfcs.impact.acknowledgements import Objection, Waiting, objections_of, waiting_of
from rfcs.lifecycle import Prospect
from rfcs.models import RFC, Obligation, RiskAcceptance
from rfcs.obligations import bearing, owing
from rfcs.obligations.due import to_do
from rfcs.states import ARCHITECTURE, SHORT, ObligationKind, State, team_name
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

NEXT = {
    State.DRAFT: ("submit", "Complete the draft and submit it."),
    State.ASSESSMENT: ("request_review", "Complete the assessment and request the review."),
    State.REVIEW: ("approve", "Take a position."),
    State.APPROVED: ("start", "Put the justification into the repository and start the implementation."),
    State.IMPLEMENTATION: ("finish", "Close the implementation checklist."),
    State.POST_IMPLEMENTATION: ("close", "Close the post-implementation checklist."),
}
"""The way forward from each open state of the standard track: its move, and what its next person does."""
NEXT_IN_HASTE = {
    **NEXT,
    State.DRAFT: ("request_authorisation", "Complete the short form and request the authorisation."),
    State.REVIEW: ("authorise", "Authorise, or say why not."),
}
"""The same for emergencies and hotfixes."""


def way_from(rfc: RFC) -> tuple[str, str]:
    """The move of the way forward and what its next person does; `revise` where the RFC has ended."""
    ways = NEXT_IN_HASTE if rfc.track in SHORT else NEXT
    return ways.get(State(rfc.state), ("revise", ""))


LESSON = "Write the lesson of the rollback: what happened, why nothing caught it, what changes."
MOST_NAMED = 3
"""Packages that a turn names; it counts the others."""


def waiting_on(rfc: RFC, *, standing: Standing | None = None) -> tuple[Turn, ...]:
    """Everyone whose turn it is, by name; nobody once the RFC has ended. `standing`: of its open round, if read."""
    if standing is None and may_be_asking(rfc) and (round_ := asking_round(rfc)):
        standing = Standing(round_, Case(rfc))
    said = {rfc.pk: in_review(rfc, standing)} if standing else {}
    impact, owed = _of_impact([rfc], objections_of([rfc])), _owed([rfc], said, clock.now())
    return _turns(rfc, said.get(rfc.pk, ()), impact.get(rfc.pk, ()), owed.get(rfc.pk, ()))


def _turns(rfc: RFC, review: Iterable[Turn], impact: Iterable[Turn], owed: Iterable[Turn]) -> tuple[Turn, ...]:
    """What is owed goes first: it has the harder clock, and an end of the RFC does not end it."""
    turns = (*owed, *impact)
    if rfc.state not in NEXT:
        return turns
    if rfc.state != State.REVIEW:
        return (*turns, Turn((display_name(rfc.owner),), way_from(rfc)[1]))
    return (*turns, *review)


def _owed(rfcs: Iterable[RFC], said: Mapping[int, tuple[Turn, ...]], now: datetime) -> Mapping[int, tuple[Turn, ...]]:
    """By RFC, what is owed whatever its state: obligations, a risk that nobody bears any more, a rollback's lesson.

    `said`: by RFC, whom its open round waits for.
    """
    rows = list(rfcs)
    found = {
        pk: tuple(turn for row in owed for turn in _of_debt(row, {other.kind for other in owed}, said.get(pk, ())))
        for pk, owed in owing.owed_of(rows).items()
    }
    for pk, risk in bearing.lapsed_of(rows, now=now).items():
        found[pk] = (*found.get(pk, ()), _of_risk(risk))
    rolled_back = [rfc for rfc in rows if rfc.state == State.ROLLED_BACK]
    unwritten = lessons.open_of(rfc.pk for rfc in rolled_back) if rolled_back else frozenset()
    for rfc in (rfc for rfc in rolled_back if rfc.pk in unwritten):
        found[rfc.pk] = (*found.get(rfc.pk, ()), Turn((display_name(rfc.owner),), LESSON))
    return found


def _of_debt(row: Obligation, owed: Collection[str], said: tuple[Turn, ...]) -> tuple[Turn, ...]:
    """Whoever owes it; while the board reviews, whom its round waits for."""
    if row.kind == ObligationKind.RETROACTIVE_REVIEW and said:
        return said
    return (Turn((row.who,), to_do(row.kind, owed), row.due_at),)


def _of_risk(risk: RiskAcceptance) -> Turn:
    """Whoever bore it, and the board, any member of which may bear it anew."""
    what = f"Accept the risk anew, which was borne until {risk.until:%-d %B %Y} only, or have the change rolled back."
    return Turn((display_name(risk.by), team_name(ARCHITECTURE)), what, bearing.end(risk))


def _of_impact(rfcs: Iterable[RFC], objections: Mapping[int, list[Objection]]) -> Mapping[int, tuple[Turn, ...]]:
    """By RFC, package owners who are waited for, and what becomes of their objections."""
    rows = list(rfcs)
    asked = waiting_of(rows)
    return {
        rfc.pk: (
            *_of_owners(rfc, asked.get(rfc.pk, ())),
            *(_of_objection(rfc, objection) for objection in objections.get(rfc.pk, ())),
        )
        for rfc in rows
    }


def _of_objection(rfc: RFC, objection: Objection) -> Turn:
    """The owner's until a revision answers it, then of whoever raised it, or of the package's owners of today."""
    path, raiser, names = objection.path, objection.raiser, objection.names
    if not objection.is_answered:
        what = f"Answer the objection of {raiser} to {path}: save a revision that meets it."
        return Turn((display_name(rfc.owner),), what, url=rfc.impact_url)
    if not names:
        what = f"Name an owner of {path} who sees this RFC, to answer anew to the objection of {raiser}."
        return Turn((A_STEWARD,), what, url=rfc.impact_url)
    if names == (raiser,):
        return Turn(names, f"Withdraw the objection to {path}, or say what is still missing.", url=rfc.impact_url)
    withdraws = f", unless {raiser} withdraws it" if raiser in names else ""
    return Turn(
        names, f"As an owner of {path}, answer anew to the objection of {raiser}{withdraws}.", url=rfc.impact_url
    )


def _of_owners(rfc: RFC, asked: Iterable[Waiting]) -> Iterator[Turn]:
    """Package owners who are waited for; packages of the same owners together. Without any, a steward names one."""
    together: dict[tuple[tuple[str, ...], datetime], list[str]] = {}
    for row in asked:
        names = tuple(display_name(owner) for owner in row.owners)
        together.setdefault((names, row.due_at), []).append(row.path)
    for (names, due), paths in together.items():
        more = f" and {len(paths) - MOST_NAMED} more packages" if len(paths) > MOST_NAMED else ""
        named = ", ".join(paths[:MOST_NAMED]) + more
        if names:
            yield Turn(names, f"Acknowledge the change of {named}.", due, rfc.impact_url)
        else:
            yield Turn((A_STEWARD,), f"Name an owner of {named}, to acknowledge the change.", due, rfc.impact_url)


def turns_of(
    rfcs: Iterable[RFC],
    *,
    now: datetime,
    reviews: Mapping[int, Review] | None = None,
    objections: Mapping[int, list[Objection]] | None = None,
) -> Mapping[int, tuple[Turn, ...]]:
    """Whose turn it is for each row of a list, as its page says it, in a constant number of queries.

    The rows have their owner read along; `now` is the present instant, UTC. `reviews` and `objections`: those of all
    rows, when they have been read already.
    """
    rows = list(rfcs)
    if reviews is None:
        reviews = reviews_of(rows, now=now)
    said = {pk: review.turns for pk, review in reviews.items()}
    impact = _of_impact(rows, objections_of(rows) if objections is None else objections)
    owed = _owed(rows, said, now)
    return {rfc.pk: _turns(rfc, said.get(rfc.pk, ()), impact.get(rfc.pk, ()), owed.get(rfc.pk, ())) for rfc in rows}


@dataclass(frozen=True, slots=True)
class Outlook:
    """The page's answer: the way forward, the side moves, the ways out; only those of this state."""

    forward: Prospect | None
    others: tuple[Prospect, ...]
    exits: tuple[Prospect, ...]


def outlook(rfc: RFC, user: User, *, case: Case | None = None) -> Outlook:
    """The moves of this state, for this person, sorted as the page shows them."""
    here = [
        prospect
        for prospect in lifecycle.outlook(rfc, user, case=case)
        if prospect.move.way.is_from(rfc.state, rfc.track)
    ]
    name = way_from(rfc)[0]
    forward = next((prospect for prospect in here if prospect.move.name == name), None)
    rest = [prospect for prospect in here if prospect is not forward and prospect.move.asked_by]
    others = tuple(prospect for prospect in rest if not prospect.move.is_exit)
    return Outlook(forward, others, tuple(prospect for prospect in rest if prospect.move.is_exit))
