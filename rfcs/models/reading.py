"""What one person wants to be told, and over which channels."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

USER = settings.AUTH_USER_MODEL


class Preference(models.Model):
    """A person's choice for one kind of message; without a row its defaults hold (rfcs/notices.py)."""

    person = models.ForeignKey(USER, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=40)
    in_app = models.BooleanField()
    mail = models.BooleanField()
    daily = models.BooleanField(default=False)
    """Mail of this kind waits for the one mail of the day."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind}"


class Rhythm(models.Model):
    """When a person takes mail: no hours are quiet, and the mail of the day goes out at eight, without a row."""

    person = models.OneToOneField(USER, models.CASCADE, related_name="+")
    zone = models.CharField(max_length=64)
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)
    daily_at = models.TimeField()

    def __str__(self) -> str:
        return f"{self.person_id} in {self.zone}"


class Watched(models.TextChoices):
    RFC = "rfc", "RFC"
    PACKAGE = "package", "Package"
    TEAM = "team", "Team"


class Watch(models.Model):
    """Somebody wants to hear of an RFC (its number), a package (its path), a team (its slug), or is `muted`.

    Whoever wrote an RFC or in its discussion watches it without a row; only a muted row keeps it away from them.
    """

    person = models.ForeignKey(USER, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Watched)
    key = models.CharField(max_length=255)
    muted = models.BooleanField(default=False)
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "kind", "key"], name="watch_once")]
        indexes: ClassVar = [models.Index(fields=["kind", "key"], name="watch_of")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.kind} {self.key}"
