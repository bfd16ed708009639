"""The secret address under which a calendar program reads one person's agenda: made, ended, looked up."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db.models import Q

from governance.models import CalendarFeed
from rfcs import clock, events
from rfcs.clock import Now
from rfcs.events import attempt

if TYPE_CHECKING:
    from django.contrib.auth.models import User

BYTES = 32
PAUSE = timedelta(minutes=15)
"""How long a look at the feed is not written down again."""


def digest_of(secret: str) -> str:
    """What the database keeps: of 256 random bits a plain digest gives nothing away."""
    return sha256(secret.encode()).hexdigest()


def feed_of(person: User) -> CalendarFeed | None:
    return CalendarFeed.objects.filter(person=person).first()


def make(person: User) -> str:
    """A new secret, told this once; the address before it ends. It reads the agenda and opens nothing else."""
    with attempt("make a calendar address", actor=person, on=events.ACCESS, changes=False):
        secret, at = secrets.token_urlsafe(BYTES), clock.now()
        said = {"digest": digest_of(secret), "made_at": at, "last_used_at": None}
        CalendarFeed.objects.update_or_create(person=person, defaults=said)
        events.record(events.ACCESS, "calendar.made", actor=person, at=at)
    return secret


def end(person: User) -> bool:
    """End the address; False where there is none."""
    with attempt("end a calendar address", actor=person, on=events.ACCESS, changes=False):
        gone, _ = CalendarFeed.objects.filter(person=person).delete()
        if gone:
            events.record(events.ACCESS, "calendar.ended", actor=person)
    return bool(gone)


def reader_of(secret: str) -> CalendarFeed | None:
    """Whose feed this secret opens, if they are active still; notes that it was read."""
    feed = CalendarFeed.objects.select_related("person").filter(digest=digest_of(secret)).first()
    if feed is None or not feed.person.is_active:
        return None
    unseen = Q(last_used_at=None) | Q(last_used_at__lt=Now() - PAUSE)
    CalendarFeed.objects.filter(unseen, pk=feed.pk).update(last_used_at=Now())
    return feed
