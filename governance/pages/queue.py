"""My queue: your turn, waiting on others, recently closed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from approvals.models import Seat, SignOff
from approvals.standing import DECIDING
from governance.pages.rows import row_of, with_rows
from governance.pages.subject import person
from governance.standing import turns_of
from rfcs import clock
from rfcs.models import RFC, Contribution
from rfcs.models.record import RFCQuerySet
from rfcs.states import ENDED, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 50
RECENT = timedelta(days=30)


def queue(request: HttpRequest) -> HttpResponse:
    user = person(request)
    signing = list(_to_sign(user))
    owned = list(_rows(user).filter(owner=user).exclude(state__in=ENDED).order_by("state_since")[:MOST])
    mine = signing + [rfc for rfc in owned if rfc.state != State.REVIEW]
    others = [rfc for rfc in owned if rfc.state == State.REVIEW]
    turns = turns_of([*mine, *others])
    context: dict[str, Any] = {
        "mine": [row_of(rfc, turns.get(rfc.pk), mine=True) for rfc in mine],
        "others": [row_of(rfc, turns.get(rfc.pk)) for rfc in others],
        "recent": [row_of(rfc, None) for rfc in _recent(user)],
    }
    return render(request, "queue.html", context)


def _rows(user: User) -> RFCQuerySet:
    return with_rows(RFC.objects.visible_to(user))


def _to_sign(user: User) -> Any:
    """RFCs in review in whose open round this person has a seat, may sign, and has said nothing yet."""
    open_here = {"rfc": OuterRef("pk"), "closed_at": None, "kind__in": DECIDING}
    seated = Seat.objects.filter(person=user, **{f"team__round__{key}": value for key, value in open_here.items()})
    said = SignOff.objects.filter(signer=user, **{f"round__{key}": value for key, value in open_here.items()})
    wrote = Contribution.objects.filter(rfc=OuterRef("pk"), person=user)
    rows = _rows(user).filter(Exists(seated), ~Exists(said), ~Exists(wrote), state=State.REVIEW)
    return rows.exclude(owner=user).order_by("state_since")[:MOST]


def _recent(user: User) -> Any:
    since = clock.now() - RECENT
    return _rows(user).filter(owner=user, state__in=ENDED, state_since__gte=since).order_by("-state_since")[:5]
