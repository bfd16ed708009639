"""What chat tools and other systems are told: webhooks that stewards made, and what is owed to each."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_noop

from rfcs.models.ledger import Event, Owed

USER = settings.AUTH_USER_MODEL


class Style(models.TextChoices):
    """The shape of the body."""

    STANDARD = "standard", gettext_noop("Standard Webhooks (JSON)")
    SLACK = "slack", gettext_noop("Slack")
    TEAMS = "teams", gettext_noop("Microsoft Teams")
    MATTERMOST = "mattermost", gettext_noop("Mattermost")


class Webhook(models.Model):
    """One receiver. Address and secrets are sealed (rfcs/sealing.py); an empty filter lets everything through."""

    name = models.CharField(max_length=80)
    host = models.CharField(max_length=255)
    """Of the address; the rest of it may be a secret."""
    sealed_url = models.TextField()
    style = models.CharField(max_length=12, choices=Style, default=Style.STANDARD)
    topics = models.JSONField(default=list)
    packages = models.JSONField(default=list)
    """Paths; each stands for what lies below, too."""
    teams = models.JSONField(default=list)
    sealed_secret = models.TextField()
    sealed_past_secret = models.TextField(blank=True)
    past_secret_until = models.DateTimeField(null=True)
    """While both secrets sign."""
    made_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["name", "id"]

    def __str__(self) -> str:
        return self.name


class Announcement(models.Model):
    """An event that no webhook was told of yet; written by a trigger of the events, in their transaction."""

    event = models.OneToOneField(Event, models.PROTECT, related_name="+")
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    not_before = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"event {self.event_id}"


class WebhookCall(Owed):
    """One event owed to one webhook; `uid` is the same in every try, so a receiver knows it again."""

    webhook = models.ForeignKey(Webhook, models.PROTECT, related_name="calls")
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")
    """None for a test."""
    uid = models.CharField(max_length=40, unique=True)
    topic = models.CharField(max_length=40)
    body = models.TextField()
    answered = models.PositiveSmallIntegerField(null=True)
    """The status of the last answer."""

    class Meta:
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["webhook", "event"], name="webhook_call_once")]
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(sent_at=None, dead_at=None), name="webhook_call_to_send"),
        ]

    def __str__(self) -> str:
        return f"{self.uid} to {self.webhook_id}"
