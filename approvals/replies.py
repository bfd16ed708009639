"""Writing what became of a concern; the caller holds the RFC's lock."""

from __future__ import annotations

from typing import TYPE_CHECKING

from approvals.models import Reply, SignOff
from approvals.positions import ReplyKind
from rfcs import clock, events

if TYPE_CHECKING:
    from django.contrib.auth.models import User

EVENTS = {
    ReplyKind.ANSWER: "concern.answered",
    ReplyKind.OVERRIDE: "concern.overridden",
    ReplyKind.LAPSE: "hold.lapsed",
}


def append(concern: SignOff, kind: ReplyKind, *, by: User | None, text: str) -> Reply:
    """The reply and its event in the RFC's chain."""
    reply = Reply(sign_off=concern, kind=kind, by=by, text=text, at=clock.now())
    stream = f"rfc:{concern.round.rfc_id}"
    reply.event = events.record(stream, EVENTS[kind], actor=by, payload=reply.facts(), at=reply.at)
    reply.save(force_insert=True)
    return reply
