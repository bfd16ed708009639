"""Outages without an end, as things that are due: the ledger of reminders asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from django.db.models import QuerySet

from rfcs import authority
from rfcs.delivery.reminders import Call, number_in
from rfcs.delivery.steps import Due
from rfcs.models import Outage
from rfcs.states import INCIDENT_COMMAND
from rfcs.working_time import after_working_days

ASK = "Say when it ended, or correct it: until then its time counts on."
CLOSED = "The account of the RFC's owner is closed."


class Outages:
    """Due a first response after it was told of, until its row has an end, is corrected, or was taken back.

    Whatever became of the RFC: closed and rolled back ones count in every measure too.
    """

    prefix = "outage:"

    def waiting(self) -> Iterator[tuple[int, datetime]]:
        return ((number_in(due.key), due.due_at) for due in self._dues(_lasting()))

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        return self._dues(_lasting().filter(pk__in=numbers))

    def _dues(self, rows: QuerySet[Outage]) -> Iterator[Due]:
        for row in rows.select_related("rfc"):
            policy, key = row.rfc.pinned.policy, f"{self.prefix}{row.pk}"
            due = after_working_days(row.at, policy.first_response_days, policy.calendar)
            yield Due(key, row.rfc_id, row.at, due, calendar=policy.calendar, ladder=policy.reminders)

    def call(self, due: Due) -> Call | None:
        """The owner, or the stewards once the account is closed; then the leads of incident command, who may end it."""
        rfc = Outage.objects.select_related("rfc__owner").get(pk=number_in(due.key)).rfc
        is_open = rfc.owner.is_active
        whom = (rfc.owner,) if is_open else authority.stewards(rfc)
        what, ask = "the end of an outage", ASK if is_open else f"{CLOSED} {ASK}"
        return Call(whom, (INCIDENT_COMMAND,), what, ask, f"{rfc.get_absolute_url()}#outages")


def _lasting() -> QuerySet[Outage]:
    return Outage.objects.standing().filter(ended_at=None)
