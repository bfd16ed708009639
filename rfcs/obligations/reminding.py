"""What emergencies and hotfixes owe, as things that are due: the ledger of reminders asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from rfcs.delivery.reminders import Call, number_in
from rfcs.delivery.steps import Due
from rfcs.models import Obligation
from rfcs.obligations.due import BY_THE_WALL_CLOCK, TO_DO
from rfcs.states import ObligationKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User


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
        return Call(_who(row), teams, f"“{kind.label}”", TO_DO[kind], row.rfc.get_absolute_url())


def _who(row: Obligation) -> Sequence[User]:
    if not row.owed_by:
        return (row.rfc.owner,)
    members = get_user_model()._default_manager.filter(groups__name=row.owed_by, is_active=True)
    return tuple(row.rfc.seen_by(members))
