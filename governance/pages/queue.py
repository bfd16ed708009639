"""My queue: your turn, waiting on others, recently closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from approvals.models import Seat
from approvals.standing import DECIDING, Standing
from approvals.standings import standings_of
from governance.pages.rows import row_of, with_rows
from governance.pages.subject import person
from governance.standing import turns_of
from rfcs import clock
from rfcs.acknowledgements import ASKING, asked_of
from rfcs.models import RFC
from rfcs.models.record import RFCQuerySet
from rfcs.states import ENDED, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50
MOST_ASKED = 500
"""Whoever has more reviews open than this sees the oldest ones."""
RECENT = timedelta(days=30)


def queue(request: HttpRequest) -> HttpResponse:
    user, now = person(request), clock.now()
    acknowledges = list(_to_acknowledge(user))
    rows = list({rfc.pk: rfc for rfc in (*acknowledges, *_asked(user), *_owned(user))}.values())
    standings = standings_of(rfc.pk for rfc in rows if rfc.state == State.REVIEW)
    turns = turns_of(rows, standings=standings)
    mine = [rfc for rfc in rows if rfc in acknowledges or _is_turn_of(user, rfc, standings.get(rfc.pk))]
    others = [rfc for rfc in rows if rfc.owner_id == user.pk and rfc not in mine]
    context: dict[str, Any] = {
        "mine": [row_of(rfc, turns[rfc.pk], now=now, mine=True) for rfc in mine],
        "others": [row_of(rfc, turns[rfc.pk], now=now) for rfc in others],
        "recent": [row_of(rfc, now=now) for rfc in _recent(user)],
    }
    return render(request, "queue.html", context)


def _is_turn_of(user: User, rfc: RFC, standing: Standing | None) -> bool:
    """In review: whom the round waits for. Else the owner."""
    if standing is None:
        return rfc.owner_id == user.pk
    return standing.is_waiting_for(user)


def _rows(user: User) -> RFCQuerySet:
    return with_rows(RFC.objects.visible_to(user))


def _asked(user: User) -> Any:
    """RFCs in review in whose open round this person has a seat."""
    open_here = {"rfc": OuterRef("pk"), "closed_at": None, "kind__in": DECIDING}
    seated = Seat.objects.filter(person=user, **{f"team__round__{key}": value for key, value in open_here.items()})
    rows = _rows(user).filter(Exists(seated), state=State.REVIEW).exclude(owner=user)
    return rows.order_by("state_since")[:MOST_ASKED]


def _to_acknowledge(user: User) -> Any:
    """RFCs that touch a package of this person, on which no owner of it has answered."""
    waiting = asked_of(user).filter(rfc=OuterRef("pk"))
    return _rows(user).filter(Exists(waiting), state__in=ASKING).order_by("state_since")[:MOST]


def _owned(user: User) -> Any:
    return _rows(user).filter(owner=user).exclude(state__in=ENDED).order_by("state_since")[:MOST]


def _recent(user: User) -> Any:
    since = clock.now() - RECENT
    return _rows(user).filter(owner=user, state__in=ENDED, state_since__gte=since).order_by("-state_since")[:5]
