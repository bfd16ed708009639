"""What auditors read is recorded, each look one event in the stream `access` (process-table, Events)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction

from rfcs import events
from rfcs.states import AUDITORS
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def note(reader: User, *, what: str, on: str) -> None:
    """Record that an auditor looked at something: `what` is the address, `on` the stream or list that it shows."""
    if AUDITORS in teams_of(reader):
        with transaction.atomic():
            events.record(events.ACCESS, "read", actor=reader, payload={"what": what[:500], "on": on})
