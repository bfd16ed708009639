"""What of leased mail goes out at this moment: not to closed accounts, not past an embargo, not in quiet hours.

Asked just before sending: what held when a message was queued, or claimed behind a slow server, may hold no more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from django.contrib.auth import get_user_model

from rfcs import clock
from rfcs.delivery import leases, preferences, quiet
from rfcs.models import RFC, Message
from rfcs.notices import FACTS, Notice

URGENT = frozenset(kind.value for kind in Notice if FACTS[kind].keeps_mail)
"""Kinds that go out at any hour."""


def to_send(messages: Sequence[Message]) -> list[Message]:
    """Those that may go out now; the others are given up with the reason, or wait for their reader's hours."""
    dropped = _dropped(messages)
    for message in messages:
        if why := dropped.get(message.pk):
            leases.give_up(message, why)
    left = [message for message in messages if message.pk not in dropped]
    waits = _waits(left)
    _hold(left, waits)
    return [message for message in left if message.pk not in waits]


def _dropped(messages: Iterable[Message]) -> dict[int, str]:
    """By message, why it is never sent to this person."""
    closed = _closed(messages)
    hidden = {message.pk: Message.HIDDEN for message in _hidden(messages)}
    return hidden | {row.pk: Message.CLOSED for row in messages if row.recipient_id in closed}


def _closed(messages: Iterable[Message]) -> set[int]:
    """Of their readers, whose account is closed."""
    ids = {message.recipient_id for message in messages}
    closed = get_user_model()._default_manager.filter(pk__in=ids, is_active=False) if ids else None
    return set(closed.values_list("pk", flat=True)) if closed is not None else set()


def _hidden(messages: Iterable[Message]) -> list[Message]:
    """What came under embargo after it was queued, and its reader may not see."""
    ids = {message.rfc_id for message in messages if message.rfc_id}
    embargoed = set(RFC.objects.filter(pk__in=ids, embargoed=True).values_list("pk", flat=True)) if ids else set()
    return [message for message in messages if message.rfc_id in embargoed and not _is_seen(message)]


def _is_seen(message: Message) -> bool:
    seen = RFC.objects.visible_to(message.recipient)
    return message.rfc_id is not None and seen.filter(pk=message.rfc_id).exists()


def _waits(messages: Iterable[Message]) -> dict[int, datetime]:
    """By message, from when on it may go out; none that may now."""
    patient = [message for message in messages if not message.at_once and message.kind not in URGENT]
    if not patient:
        return {}
    hours, now = preferences.hours_for({message.recipient for message in patient}), clock.now()
    found = {
        message.pk: quiet.not_before(
            hours[message.recipient_id], now, daily=message.in_digest, queued_at=message.created_at
        )
        for message in patient
    }
    return {pk: until for pk, until in found.items() if until is not None}


def _hold(messages: Iterable[Message], waits: Mapping[int, datetime]) -> None:
    together = defaultdict(list)
    for message in messages:
        if message.pk in waits:
            together[waits[message.pk]].append(message)
    for until, some in together.items():
        leases.hold(some, until)
