"""Rounds that the clock or a departure decided: nobody signs in that moment, so a sweep settles them.

A standing reads the whole of a round. Every sweep asks all open rounds, so a query leaves out those that nothing but
another signature can decide.
"""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Case as Choice
from django.db.models import Count, Exists, F, IntegerField, OuterRef, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce

from approvals import rounds
from approvals.models import Reply, RequiredTeam, Round, SignOff
from approvals.positions import Position, ReplyKind
from approvals.standing import Standing
from approvals.standings import standings_of
from approvals.tally import Verdict
from rfcs import clock

logger = logging.getLogger(__name__)


def sweep() -> int:
    """Settle every open round that is decidable or has a hold that ran out; their number."""
    standings = standings_of(candidates())
    return sum(_safely(standing) for standing in standings.values() if is_due(standing))


def is_due(standing: Standing) -> bool:
    """Whether settling would write something that only the clock or a departure brought about."""
    return standing.verdict != Verdict.OPEN or bool(standing.unnoted())


def _safely(standing: Standing) -> bool:
    """One round in a transaction of its own; one that fails is logged, and holds up no other."""
    try:
        rounds.settle(standing.case.rfc)
    except Exception:
        logger.exception("the round of %s could not be settled", standing.case.rfc.number)
        return False
    return True


def candidates() -> QuerySet[Round, int]:
    """RFCs whose open round may be due, and few whose is not: what its rows say whoever left, and whatever day it is.

    A hold's day may be over, in whatever zone; or somebody rejects; or each team has as many approvals as the policy
    asks at least. Positions of earlier rounds may stand, so those of all rounds of the RFC are counted. Three queries
    in one, each from the open rounds outward: joined by OR they would read every position that was ever taken.
    """
    said = SignOff.objects.filter(round__rfc=OuterRef("rfc"))
    open_ = Round.objects.filter(closed_at=None).order_by().values_list("rfc", flat=True)
    rejected, approved = said.filter(position=Position.REJECT), said.filter(position=Position.APPROVE)
    full = open_.filter(Exists(approved)).filter(~Exists(_lacking()))
    return open_.filter(Exists(_lapsed(said))).union(open_.filter(Exists(rejected)), full)


def _lapsed(said: QuerySet[SignOff]) -> QuerySet[SignOff]:
    """Holds whose day may be over and of which nothing tells yet."""
    tomorrow = (clock.now() + timedelta(days=1)).date()
    noted = Reply.objects.filter(sign_off=OuterRef("pk"), kind=ReplyKind.LAPSE)
    return said.filter(~Exists(noted), position=Position.HOLD, until__lte=tomorrow)


def _lacking() -> QuerySet[RequiredTeam]:
    """Teams of an open round that have fewer approvals than their minimum; in debt, than one."""
    approved = SignOff.objects.filter(
        round__rfc=OuterRef("round__rfc"), team=OuterRef("slug"), position=Position.APPROVE
    )
    seats = Count(Coalesce("on_behalf_of", "signer"), distinct=True)
    count = Subquery(approved.order_by().values("team").annotate(seats=seats).values("seats"))
    least = Choice(When(round__in_debt=True, then=Value(1)), default=F("minimum"), output_field=IntegerField())
    teams = RequiredTeam.objects.filter(round=OuterRef("pk"), round__closed_at=None)
    return teams.annotate(approvals=Coalesce(count, 0, output_field=IntegerField()), least=least).filter(
        approvals__lt=F("least")
    )
