"""My queue: your turn, waiting on others, recently closed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from approvals.delegations import borrowed
from approvals.models import Delegation, Round, Seat
from approvals.positions import RoundKind
from governance.pages.record.subject import person
from governance.pages.rows import Row, row_of, with_rows
from governance.reviews import Review, reviews_of
from governance.standing import turns_of
from governance.turns import A_STEWARD
from rfcs import clock, lessons
from rfcs.compiled import Compiled, Place, one_of
from rfcs.impact.acknowledgements import Objection, answered_objections_of, asked_of, objections_of, to_be_owned
from rfcs.models import RFC, Obligation
from rfcs.models.record import TELLING, RFCQuerySet
from rfcs.obligations import bearing, incident
from rfcs.states import ARCHITECTURE, ENDED, INCIDENT_COMMAND, STEWARDS, ObligationKind, State
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50
"""Rows of one part of the page: the oldest, of which what is due first stands first. A longer queue follows behind."""
BATCH = 60
MOST_ASKED = 480
"""Reviews that are looked through for those that wait for this person."""
RECENT = timedelta(days=30)


def queue(request: HttpRequest) -> HttpResponse:
    user, now = person(request), clock.now()
    name, reads = _names(user), _reads(teams_of(user) & TELLING)
    acknowledges, (asked, reviews, has_more) = reads.to_acknowledge(user.pk), _awaited(reads, user, now)
    also = bearing.lapsed_for(user, now=now) | (to_be_owned() if STEWARDS in teams_of(user) else frozenset())
    owned, owing = reads.owned(user.pk), reads.owing(user.pk, list(also))
    rows = list({rfc.pk: rfc for rfc in (*owing, *acknowledges, *asked, *owned)}.values())
    reviews |= reviews_of((rfc for rfc in rows if rfc.pk not in reviews), now=now)
    objections = objections_of(rows)
    turns = turns_of(rows, now=now, reviews=reviews, objections=objections)
    at_once = {rfc.pk for rfc in (*acknowledges, *owing)} | _objected(user, rows, objections)
    mine = [rfc for rfc in rows if rfc.pk in at_once or _is_turn_of(user, rfc, reviews.get(rfc.pk))]
    others = [rfc for rfc in owned if rfc not in mine]
    rows_of_others = [row_of(rfc, turns[rfc.pk], now=now) for rfc in others]
    rows_of_mine = [
        row_of(rfc, turns[rfc.pk], now=now, reader=name, behalf=_behalf(user, reviews.get(rfc.pk))) for rfc in mine
    ]
    context: dict[str, Any] = {
        "mine": sorted(rows_of_mine, key=_urgency),
        "has_more": has_more,
        "next": min((row for row in rows_of_others if row.deadline), key=attrgetter("deadline"), default=None),
        "others": rows_of_others,
        "recent": [row_of(rfc, now=now) for rfc in reads.recent(user.pk, now - RECENT) if rfc not in owing],
    }
    return render(request, "queue.html", context)


def _names(user: User) -> frozenset[str]:
    """By which names turns call this person."""
    return frozenset({display_name(user), *((A_STEWARD,) if STEWARDS in teams_of(user) else ())})


def _urgency(row: Row) -> tuple[bool, datetime | None]:
    """What is due first stands first; what has no deadline comes after it, as long as it has waited."""
    return row.deadline is None, row.deadline


def _awaited(reads: _Reads, user: User, now: datetime) -> tuple[list[RFC], dict[int, Review], bool]:
    """The oldest reviews that wait for this person, how their rounds wait, and whether there are more."""
    found: list[RFC] = []
    reviews: dict[int, Review] = {}
    for rows in _batches(reads, user, borrowed(user, now)):
        here = reviews_of(rows, now=now)
        waiting = [rfc for rfc in rows if _is_turn_of(user, rfc, here.get(rfc.pk))]
        found, reviews = found + waiting, reviews | here
        if len(rows) < BATCH or len(found) > MOST:
            break
    return found[:MOST], reviews, len(found) > MOST


def _batches(reads: _Reads, user: User, lent: Sequence[Delegation]) -> Iterator[list[RFC]]:
    """Reviews in which this person has a seat, the oldest first; nearly always the first batch is the only one."""
    if not lent:
        yield reads.asked(user.pk)
    asked = _asked(with_rows(RFC.objects.visible_to(user)), user, lent)
    for start in range(0 if lent else BATCH, MOST_ASKED, BATCH):
        yield list(asked[start : start + BATCH])


def _is_turn_of(user: User, rfc: RFC, review: Review | None) -> bool:
    """In review: whom the round waits for. Else the owner, and whom the board's review afterwards waits for."""
    is_working = rfc.owner_id == user.pk and rfc.state != State.REVIEW and rfc.state not in ENDED
    return is_working or (review is not None and user.pk in review.people)


def _behalf(user: User, review: Review | None) -> str:
    """For whom it is this person's turn, when it is not only their own."""
    return ", ".join(review.principals_of(user.pk)) if review else ""


def _objected(user: User, rows: list[RFC], objections: Mapping[int, list[Objection]]) -> set[int]:
    """Of this person's RFCs, those with an objection that they have not answered: in review, too."""
    mine = (rfc.pk for rfc in rows if rfc.owner_id == user.pk)
    return {pk for pk in mine if any(not objection.is_answered for objection in objections.get(pk, ()))}


# What is read ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Reads:
    """What the parts of the page read, for somebody of certain teams; each takes the person's key first."""

    asked: Compiled[RFC]
    to_acknowledge: Compiled[RFC]
    owned: Compiled[RFC]
    owing: Compiled[RFC]
    recent: Compiled[RFC]


@lru_cache
def _reads(teams: frozenset[str]) -> _Reads:
    def seen(me: Place) -> RFCQuerySet:
        return with_rows(RFC.objects.visible_from(teams, me))

    return _Reads(
        asked=Compiled(lambda me: _asked(seen(me), me)[:BATCH]),
        to_acknowledge=Compiled(lambda me: _to_acknowledge(seen(me), me)),
        owned=Compiled(lambda me: seen(me).filter(owner=me).exclude(state__in=ENDED).order_by("state_since")[:MOST]),
        owing=Compiled(lambda me, also: _owing(seen(me), me, also, teams)),
        recent=Compiled(lambda me, since: _recent(seen(me), me, since)),
    )


def _asked(seen: RFCQuerySet, me: User | Place, lent: Sequence[Delegation] = ()) -> RFCQuerySet:
    """RFCs in whose open round this person has a seat, or is lent one."""
    mine = Q(person=me)
    for seat in lent:
        mine |= Q(person=seat.principal_id, team__slug=seat.team)
    seats = Seat.objects.filter(mine, team__round__rfc=OuterRef("pk"), team__round__closed_at=None)
    return seen.filter(Exists(seats)).exclude(owner=me).order_by("state_since", "id")


def _to_acknowledge(seen: RFCQuerySet, me: Place) -> RFCQuerySet:
    """RFCs that touch a package of this person, on which no owner of it has answered, or a revision answers them."""
    rows: tuple[Any, ...] = (asked_of(me), answered_objections_of(me))
    waiting, met = (asked.order_by().values("rfc") for asked in rows)
    return seen.filter(pk__in=waiting.union(met)).order_by("state_since")[:MOST]


def _owing(seen: RFCQuerySet, me: Place, also: Place, teams: frozenset[str]) -> RFCQuerySet:
    """RFCs with something owed that this person can pay: as owner (a lesson, an answer), board member, commander.

    And those of `also`: a risk was accepted until a day that has passed, or a package has no owner who answers.
    """
    mine = Q(rfc__owner=me) & ~Q(kind=ObligationKind.RETROACTIVE_REVIEW)
    if ARCHITECTURE in teams:
        mine |= Q(kind=ObligationKind.DENIAL_RESOLUTION)
    if INCIDENT_COMMAND in teams:
        mine |= incident.to_accept(me)
    owed = Obligation.objects.filter(mine, met_at=None).values("rfc")
    paused = Round.objects.filter(closed_at=None, paused_at__isnull=False)
    waits = Q(kind=RoundKind.RETROACTIVE, rfc__owner=me)
    waits |= Q(rfc__owner__is_active=False) if STEWARDS in teams else Q()
    answers = paused.filter(waits).order_by().values("rfc")
    others = RFC.objects.filter(one_of("pk", also)).order_by().values("pk")
    owed = owed.union(lessons.unwritten_by(me).values("rfc"), answers, others)
    return seen.filter(pk__in=owed).order_by("state_since")[:MOST]


def _recent(seen: RFCQuerySet, me: Place, since: Place) -> RFCQuerySet:
    return seen.filter(owner=me, state__in=ENDED, state_since__gte=since).order_by("-state_since")[:5]
