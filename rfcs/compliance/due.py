"""Waivers that run out, as things that are due: the ledger of reminders asks."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, QuerySet

from rfcs.case import Case
from rfcs.compliance.checklists import statuses
from rfcs.delivery.reminders import Call, number_in
from rfcs.delivery.steps import Due
from rfcs.models import ChecklistItem, Waiver
from rfcs.states import State

HELD_IN = (State.APPROVED, State.IMPLEMENTATION, State.POST_IMPLEMENTATION)
"""States in which an item that is not closed after all stands in the way of a later move."""


class Waivers:
    """Due at the end of their last day (UTC), until the item is closed, waived anew, or the RFC has ended."""

    prefix = "waiver:"

    def waiting(self) -> Iterator[tuple[int, datetime]]:
        return ((pk, _end(last)) for pk, last in standing().values_list("pk", "expires_on"))

    def open(self, numbers: Collection[int]) -> Iterator[Due]:
        for row in standing().filter(pk__in=numbers).select_related("rfc"):
            policy, ends = row.rfc.pinned.policy, _end(row.expires_on)
            key, calendar, ladder = f"{self.prefix}{row.pk}", policy.calendar, policy.reminders
            yield Due(key, row.rfc_id, row.granted_at, ends, calendar=calendar, ladder=ladder)

    def call(self, due: Due) -> Call | None:
        waiver = Waiver.objects.select_related("rfc__owner", "granted_by").get(pk=number_in(due.key))
        rfc = waiver.rfc
        item = next((item for item in statuses(Case(rfc)) if item.slug == waiver.slug), None)
        if item is None or item.state == "done":
            return None
        ask = "Close the item, or ask for another waiver: without one the RFC cannot be closed."
        path = f"{rfc.get_absolute_url()}checklist/"
        return Call((rfc.owner, waiver.granted_by), (), f"the waiver of “{item.text}”", ask, path)


def standing() -> QuerySet[Waiver]:
    """Waivers whose end somebody has to think of; also those that ran out, while nothing took their place."""
    later = Waiver.objects.filter(rfc=OuterRef("rfc"), slug=OuterRef("slug"), revoked_at=None, pk__gt=OuterRef("pk"))
    closed = ChecklistItem.objects.filter(rfc=OuterRef("rfc"), slug=OuterRef("slug"), closed_at__isnull=False)
    return Waiver.objects.filter(~Exists(later), ~Exists(closed), revoked_at=None, rfc__state__in=HELD_IN)


def _end(last: date) -> datetime:
    return datetime.combine(last, time(), UTC) + timedelta(days=1)
