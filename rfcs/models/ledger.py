"""What happened (events, chained) and what must be told (messages)."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from rfcs.models.triggers import append_only
from rfcs.notices import Notice

USER = settings.AUTH_USER_MODEL


def announced() -> pgtrigger.Trigger:
    """While there is a webhook, an event of an RFC is noted for it, in the event's own transaction."""
    return pgtrigger.Trigger(
        name="event_announced",
        level=pgtrigger.Row,
        when=pgtrigger.After,
        operation=pgtrigger.Insert,
        condition=pgtrigger.Condition("NEW.stream LIKE 'rfc:%'"),
        func="""
            IF EXISTS (SELECT FROM rfcs_webhook WHERE ended_at IS NULL) THEN
              INSERT INTO rfcs_announcement (event_id) VALUES (NEW.id);
            END IF;
            RETURN NULL;
        """,
    )


class Event(models.Model):
    """One thing that happened; written by rfcs/events.py alone, in the transaction that it tells of."""

    stream = models.CharField(max_length=64)
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=64)
    actor = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()
    payload = models.JSONField()
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        triggers: ClassVar = [*append_only("event"), announced()]
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["stream", "seq"], name="event_once")]

    def __str__(self) -> str:
        return f"{self.stream}#{self.seq} {self.kind}"


class Chain(models.Model):
    """The head of one stream: its last sequence number and digest, locked while an event is appended."""

    stream = models.CharField(max_length=64, primary_key=True)
    seq = models.PositiveIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return f"{self.stream}@{self.seq}"


class Channel(models.TextChoices):
    IN_APP = "in_app", gettext_noop("In the portal")
    MAIL = "mail", gettext_noop("Mail")


class Reminded(models.TextChoices):
    PENDING = "pending", gettext_noop("Waits for its time")
    TOLD = "told", gettext_noop("Told")
    OVERTAKEN = "overtaken", gettext_noop("A later step was told instead")
    CANCELLED = "cancelled", gettext_noop("Its reason is gone")


class Reminder(models.Model):
    """One step of one thing that somebody waits for; each thing has one step ahead (rfcs/delivery/reminders.py)."""

    key = models.CharField(max_length=200)
    thing = models.CharField(max_length=120)
    """`round:12:decision`."""
    rfc = models.ForeignKey("rfcs.RFC", models.PROTECT, related_name="+")
    step = models.CharField(max_length=20)
    at = models.DateTimeField()
    due_at = models.DateTimeField()
    """When the thing was due as this row was written; a row of another due time is out of date."""
    status = models.CharField(max_length=12, choices=Reminded, default=Reminded.PENDING)
    decided_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key"], condition=~Q(status="cancelled"), name="reminder_once"),
            models.UniqueConstraint(fields=["thing"], condition=Q(status="pending"), name="reminder_one_ahead"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], condition=Q(status="pending"), name="reminder_pending"),
            models.Index(fields=["thing", "-decided_at"], condition=Q(status="told"), name="reminder_told"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.status}"


class Owed(models.Model):
    """What rfcs/delivery/leases.py sends at least once and marks once."""

    created_at = models.DateTimeField()
    not_before = models.DateTimeField(null=True)
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    class Meta:
        abstract = True

    @property
    def standing(self) -> str:
        """`sent`, `dead`, `failed` while it is tried again, else `queued`."""
        if self.sent_at:
            return "sent"
        if self.dead_at:
            return "dead"
        return "failed" if self.last_error else "queued"


class Message(Owed):
    """One thing to tell one person over one channel; `key` makes it once, whatever sweeps twice."""

    HIDDEN = "Not sent: the RFC is under embargo for this person by now."
    """The error of what is held back until the embargo is lifted."""
    CLOSED = "Not sent: the account of this person is closed."
    MUTED = "Not sent: this person takes no mail of this kind by now."
    DROPPED = (HIDDEN, CLOSED, MUTED)
    """The errors of what nobody waits for."""

    key = models.CharField(max_length=200, unique=True)
    channel = models.CharField(max_length=8, choices=Channel)
    kind = models.CharField(max_length=40, default=Notice.NEWS.value)
    recipient = models.ForeignKey(USER, models.PROTECT, related_name="+")
    rfc = models.ForeignKey("rfcs.RFC", models.PROTECT, null=True, related_name="+")
    subject = models.CharField(max_length=200)
    text = models.TextField()
    path = models.CharField(max_length=200)
    in_digest = models.BooleanField(default=False)
    """It goes out in the one mail of a day."""
    at_once = models.BooleanField(default=False, db_default=False)
    """It goes out at any hour, whatever its kind."""
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(sent_at=None, dead_at=None), name="message_to_send"),
            models.Index(fields=["recipient", "-id"], condition=Q(channel="in_app"), name="message_inbox"),
            models.Index(fields=["recipient"], condition=Q(channel="in_app", read_at=None), name="message_unread"),
        ]

    def __str__(self) -> str:
        return self.key
