"""Until when somebody of the board bears the risk of a denied emergency, and where that day has passed. Reads only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db.models import Exists, OuterRef, Q, QuerySet

from rfcs.models import RFC, RiskAcceptance
from rfcs.states import ARCHITECTURE, State, Track
from rfcs.teams import teams_of
from rfcs.working_time import end_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def borne() -> QuerySet[RiskAcceptance]:
    """The latest acceptance of each RFC that was not rolled back; a closed one makes no difference."""
    later = RiskAcceptance.objects.filter(rfc=OuterRef("rfc"), pk__gt=OuterRef("pk"))
    rows = RiskAcceptance.objects.filter(~Exists(later)).exclude(rfc__state=State.ROLLED_BACK)
    return rows.select_related("rfc")


def end(row: RiskAcceptance) -> datetime:
    """When the last day of an acceptance is over, UTC."""
    return end_of(row.until, row.rfc.pinned.policy.calendar)


def lapsed_of(rfcs: Iterable[RFC], *, now: datetime) -> dict[int, RiskAcceptance]:
    """By RFC, the acceptance whose day has passed; one query, none without an emergency among them."""
    short = [rfc.pk for rfc in rfcs if rfc.track == Track.EMERGENCY]
    return _lapsed(borne().filter(rfc__in=short), now) if short else {}


def lapsed_for(user: User, *, now: datetime) -> frozenset[int]:
    """RFCs whose lapsed risk this person bore, owns, or may bear anew as a member of the board."""
    mine = Q() if ARCHITECTURE in teams_of(user) else Q(by=user) | Q(rfc__owner=user)
    return frozenset(_lapsed(borne().filter(mine), now))


def _lapsed(rows: QuerySet[RiskAcceptance], now: datetime) -> dict[int, RiskAcceptance]:
    """No zone is a whole day ahead of another; the calendar of each decides."""
    maybe = rows.filter(until__lte=(now + timedelta(days=1)).date()).select_related("by")
    return {row.rfc_id: row for row in maybe if end(row) <= now}
