"""My queue: your turn, waiting on others, recently closed."""

from __future__ import annotations

from datetime import timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from approvals.delegations import in_force, today
from approvals.models import Seat
from approvals.standing import Standing
from approvals.standings import standings_of
from governance.pages.record.subject import person
from governance.pages.rows import row_of, with_rows
from governance.standing import turns_of
from rfcs import clock, lessons
from rfcs.impact.acknowledgements import WHERE_ASKED, asked_of
from rfcs.models import RFC, IncidentReview, Obligation
from rfcs.models.record import RFCQuerySet
from rfcs.states import ARCHITECTURE, ENDED, INCIDENT_COMMAND, ObligationKind, State
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50
"""Rows of one part of the page, the oldest first; a queue longer than that is worked through from its head."""
BATCH = 60
MOST_ASKED = 480
"""Reviews that are looked through for those that wait for this person."""
RECENT = timedelta(days=30)


def queue(request: HttpRequest) -> HttpResponse:
    user, now = person(request), clock.now()
    name = display_name(user)
    acknowledges, (asked, standings, has_more) = list(_to_acknowledge(user)), _awaited(user)
    owned, owing = list(_owned(user)), list(_owing(user))
    rows = list({rfc.pk: rfc for rfc in (*owing, *acknowledges, *asked, *owned)}.values())
    standings |= standings_of(rfc.pk for rfc in owned if rfc.state == State.REVIEW)
    turns = turns_of(rows, standings=standings)
    mine = [rfc for rfc in rows if rfc in acknowledges or rfc in owing or _is_turn_of(user, rfc, standings.get(rfc.pk))]
    others = [rfc for rfc in owned if rfc not in mine]
    rows_of_others = [row_of(rfc, turns[rfc.pk], now=now) for rfc in others]
    context: dict[str, Any] = {
        "mine": [
            row_of(rfc, turns[rfc.pk], now=now, reader=name, behalf=_behalf(user, standings.get(rfc.pk)))
            for rfc in mine
        ],
        "has_more": has_more,
        "next": min((row for row in rows_of_others if row["deadline"]), key=itemgetter("deadline"), default=None),
        "others": rows_of_others,
        "recent": [row_of(rfc, now=now) for rfc in _recent(user) if rfc not in owing],
    }
    return render(request, "queue.html", context)


def _awaited(user: User) -> tuple[list[RFC], dict[int, Standing], bool]:
    """The oldest reviews that wait for this person, how their rounds stand, and whether there are more."""
    found: list[RFC] = []
    standings: dict[int, Standing] = {}
    for start in range(0, MOST_ASKED, BATCH):
        rows = list(_asked(user)[start : start + BATCH])
        here = standings_of(rfc.pk for rfc in rows)
        waiting = [rfc for rfc in rows if _is_turn_of(user, rfc, here.get(rfc.pk))]
        found, standings = found + waiting, standings | here
        if len(rows) < BATCH or len(found) > MOST:
            break
    return found[:MOST], standings, len(found) > MOST


def _is_turn_of(user: User, rfc: RFC, standing: Standing | None) -> bool:
    """In review: whom the round waits for. Else the owner."""
    if standing is None:
        return rfc.owner_id == user.pk
    return standing.is_waiting_for(user)


def _behalf(user: User, standing: Standing | None) -> str:
    """For whom it is this person's turn, when it is not only their own."""
    pairs = standing.stand_ins() if standing else ()
    return ", ".join(display_name(principal) for delegate, principal in pairs if delegate == user)


def _rows(user: User) -> RFCQuerySet:
    return with_rows(RFC.objects.visible_to(user))


def _asked(user: User) -> Any:
    """RFCs in whose open round this person has a seat, or is lent one."""
    open_here = {"rfc": OuterRef("pk"), "closed_at": None}
    lent = in_force(today()).filter(principal=OuterRef("person"), team=OuterRef("team__slug"), delegate=user)
    seats = Seat.objects.filter(Q(person=user) | Exists(lent))
    seated = seats.filter(**{f"team__round__{key}": value for key, value in open_here.items()})
    rows = _rows(user).filter(Exists(seated)).exclude(owner=user)
    return rows.order_by("state_since", "id")


def _to_acknowledge(user: User) -> Any:
    """RFCs that touch a package of this person, on which no owner of it has answered."""
    waiting = asked_of(user).filter(rfc=OuterRef("pk"))
    return _rows(user).filter(WHERE_ASKED, Exists(waiting)).order_by("state_since")[:MOST]


def _owned(user: User) -> Any:
    return _rows(user).filter(owner=user).exclude(state__in=ENDED).order_by("state_since")[:MOST]


def _owing(user: User) -> Any:
    """RFCs with something owed that this person can pay: as owner (a lesson, too), on the board, as a commander."""
    teams, owed = teams_of(user), Obligation.objects.filter(rfc=OuterRef("pk"), met_at=None)
    lesson = Exists(lessons.unwritten_by(user).filter(rfc=OuterRef("pk")))
    mine = Q(Exists(owed.exclude(kind=ObligationKind.RETROACTIVE_REVIEW)) | lesson, owner=user)
    if ARCHITECTURE in teams:
        mine |= Q(Exists(owed.filter(kind=ObligationKind.DENIAL_RESOLUTION)))
    if INCIDENT_COMMAND in teams:
        filed = IncidentReview.objects.filter(rfc=OuterRef("pk"))
        waiting = Exists(owed.filter(kind=ObligationKind.POST_INCIDENT_REVIEW)) & Exists(filed)
        mine |= Q(waiting & ~Exists(filed.filter(by=user)))
    return _rows(user).filter(mine).order_by("state_since")[:MOST]


def _recent(user: User) -> Any:
    since = clock.now() - RECENT
    return _rows(user).filter(owner=user, state__in=ENDED, state_since__gte=since).order_by("-state_since")[:5]
