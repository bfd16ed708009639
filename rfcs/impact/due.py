"""Acknowledgements that wait, as things that are due: the ledger of reminders asks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from django.db.models import Prefetch

from rfcs import authority
from rfcs.delivery.reminders import Call, number_in
from rfcs.delivery.steps import Due
from rfcs.impact.acknowledgements import waiting
from rfcs.impact.owners import owners_of, with_owners
from rfcs.models import Acknowledgement


class Acknowledgements:
    """Due while an owner may answer in time; what nobody answered lapses, and is no longer waited for."""

    prefix = "acknowledgement:"

    def waiting(self) -> Iterable[tuple[int, datetime]]:
        return waiting().values_list("pk", "due_at")

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        for row in waiting().filter(pk__in=numbers).select_related("rfc"):
            policy = row.rfc.pinned.policy
            key, calendar, ladder = f"{self.prefix}{row.pk}", policy.calendar, policy.reminders
            yield Due(key, row.rfc_id, row.asked_at, row.due_at, calendar=calendar, ladder=ladder)

    def call(self, due: Due) -> Call | None:
        owned = Prefetch("package", with_owners())
        row = Acknowledgement.objects.select_related("rfc").prefetch_related(owned).get(pk=number_in(due.key))
        owners, teams = owners_of(row.package), tuple(row.package.owner_teams.values_list("name", flat=True))
        whom = row.rfc.who_see(owners) if owners else authority.stewards(row.rfc)
        name = "Name an owner of the package: nobody is left who could acknowledge the change."
        ask = "Acknowledge, object, or ask for time; without an answer the lapse is recorded, and the review goes on."
        what = f"the acknowledgement of {row.path}"
        return Call(whom, teams, what, ask if owners else name, row.rfc.impact_url) if whom else None
