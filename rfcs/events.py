"""What happened, appended to its chain in the transaction that it tells of. The only writer of Event."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import QuerySet

from rfcs import clock
from rfcs.compiled import Compiled, Place
from rfcs.digests import sha256
from rfcs.errors import Refused, forbidden
from rfcs.models.ledger import Chain, Event
from rfcs.states import AUDITORS
from rfcs.teams import teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ACCESS = "access"


def record(
    stream: str, kind: str, *, actor: User | None, payload: Mapping[str, Any] | None = None, at: datetime | None = None
) -> Event:
    """Append one event under the lock of its stream's head; call it inside the transaction of the change."""
    head = _locked_head(stream)
    event = Event(
        stream=stream,
        seq=head.seq + 1,
        kind=kind,
        actor=actor,
        at=at or clock.now(),
        payload=dict(payload or {}),
        previous=head.digest,
    )
    event.digest = digest_of(event)
    event.save(force_insert=True)
    Chain.objects.filter(pk=stream).update(seq=event.seq, digest=event.digest)
    return event


def _locked_head(stream: str) -> Chain:
    head = _head.first(stream)
    if head is None:
        Chain.objects.bulk_create([Chain(stream=stream)], ignore_conflicts=True)
        (head,) = _head(stream)
    return head


@Compiled
def _head(stream: Place) -> QuerySet[Chain]:
    return Chain.objects.select_for_update().filter(pk=stream)


def digest_of(event: Event) -> str:
    """SHA-256 over everything the event says and the digest before it."""
    return digest_of_row(event.stream, event.seq, event.kind, event.actor_id, event.at, event.payload, event.previous)


def digest_of_row(
    stream: str, seq: int, kind: str, actor: int | None, at: datetime, payload: Mapping[str, Any], previous: str
) -> str:
    """The same from an event's columns, for whoever reads many."""
    return sha256(
        {
            "stream": stream,
            "seq": seq,
            "kind": kind,
            "actor": actor,
            "at": at.astimezone(UTC).isoformat(),
            "payload": payload,
            "previous": previous,
        }
    )


@contextmanager
def attempt(what: str, *, actor: User | None, on: str, changes: bool = True) -> Iterator[None]:
    """One transaction; a refusal rolls it back and is then recorded, apart, in the `access` stream.

    `on` names the stream that the attempt was about, for example `rfc:42`. An auditor is refused here, whatever
    the verb, unless it `changes` nothing of the record.
    """
    try:
        with transaction.atomic():
            if changes and actor is not None and AUDITORS in teams_of(actor):
                raise Refused(
                    forbidden("Auditors read everything and change nothing.", who="an engineer", code="auditor")
                )
            yield
    except Refused as refusal:
        reasons = [reason.as_json() for reason in refusal.reasons]
        with transaction.atomic():
            payload = {"what": what, "on": on, "status": refusal.status, "reasons": reasons}
            record(ACCESS, "refused", actor=actor, payload=payload)
        raise
