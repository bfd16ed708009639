"""What emergencies and hotfixes owe, and risks borne until a day, as things that are due: the ledger asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from rfcs import authority
from rfcs.delivery.reminders import Call, number_in
from rfcs.delivery.steps import Due
from rfcs.models import Obligation, RiskAcceptance
from rfcs.obligations import bearing
from rfcs.obligations.due import BY_THE_WALL_CLOCK, to_do
from rfcs.states import ARCHITECTURE, ObligationKind
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CLOSED = "The account of its owner is closed: hand the RFC over to somebody, on its page."


class Obligations:
    """Due from their first second until they are met, whatever became of the RFC; told at any hour."""

    prefix = "obligation:"

    def waiting(self) -> Iterable[tuple[int, datetime]]:
        return Obligation.objects.filter(met_at=None).values_list("pk", "due_at")

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        for row in Obligation.objects.filter(met_at=None, pk__in=numbers).select_related("rfc", "event"):
            policy = row.rfc.pinned.policy
            calendar = None if row.kind in BY_THE_WALL_CLOCK else policy.calendar
            key, ladder = f"{self.prefix}{row.pk}", policy.emergency_reminders
            yield Due(key, row.rfc_id, row.event.at, row.due_at, calendar=calendar, ladder=ladder, is_urgent=True)

    def call(self, due: Due) -> Call | None:
        """Who owes it; the leads of the team whose debt it becomes hear of it once it is overdue."""
        row = Obligation.objects.select_related("rfc__owner").get(pk=number_in(due.key))
        kind = ObligationKind(row.kind)
        teams = tuple({row.team, row.owed_by} - {""})
        ask = "" if row.owed_by or row.rfc.owner.is_active else f"{CLOSED} "
        ask += to_do(kind, set(row.rfc.obligations.filter(met_at=None).values_list("kind", flat=True)))
        return Call(_who(row), teams, f"“{kind.label}”", ask, row.rfc.get_absolute_url())


class Acceptances:
    """Due at the end of the day until which a risk is borne, and no more once it is borne anew or rolled back.

    A closed RFC makes no difference: what the board denied is still there.
    """

    prefix = "acceptance:"

    def waiting(self) -> Iterable[tuple[int, datetime]]:
        return ((row.pk, bearing.end(row)) for row in bearing.borne())

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        for row in bearing.borne().filter(pk__in=numbers):
            policy, key = row.rfc.pinned.policy, f"{self.prefix}{row.pk}"
            ladder = policy.emergency_reminders
            yield Due(key, row.rfc_id, row.at, bearing.end(row), calendar=policy.calendar, ladder=ladder)

    def call(self, due: Due) -> Call | None:
        row = RiskAcceptance.objects.select_related("by", "rfc__owner").get(pk=number_in(due.key))
        ask = f"{display_name(row.by)} bears it until {row.until:%-d %B %Y}. Then: roll back, or bear it anew."
        whom = (row.by, row.rfc.owner)
        return Call(whom, (ARCHITECTURE,), "the decision about the accepted risk", ask, row.rfc.get_absolute_url())


def _who(row: Obligation) -> Sequence[User]:
    """Where nobody is at the owner's desk any more, the stewards, who hand the RFC over."""
    if not row.owed_by and row.rfc.owner.is_active:
        return (row.rfc.owner,)
    if not row.owed_by:
        return authority.stewards(row.rfc)
    members = get_user_model()._default_manager.filter(groups__name=row.owed_by, is_active=True)
    return tuple(row.rfc.seen_by(members))
