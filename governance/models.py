"""What the shell keeps: tokens of the API (hashed by knox, named, scoped, expiring), saved views, and exports."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from knox.models import AbstractAuthToken

from governance.exporting.models import Export, ExportFile  # noqa: F401 - Django looks for models here

LONGEST_SIGNING_LIFE = timedelta(hours=12)


class Scope(models.TextChoices):
    READ = "read", "Read"
    WRITE = "write", "Write"
    SIGN = "sign", "Sign"


class AccessToken(AbstractAuthToken):  # type: ignore[misc] # knox has no types
    """One token of one person. The scope `sign` needs re-authentication when minted, and ends within 12 hours."""

    name = models.CharField(max_length=80)
    scopes = ArrayField(models.CharField(max_length=8, choices=Scope))
    authenticated_at = models.DateTimeField(null=True)
    """When its owner proved for it who they are; a signature made with it counts as fresh while the token lives."""

    last_used_at = models.DateTimeField(null=True)
    """To the quarter of an hour: a script that calls often does not write as often."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(scopes__contains=[Scope.SIGN]) | Q(expiry__isnull=False, authenticated_at__isnull=False),
                name="signing_token_expires",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """What names it in an address: the beginning of the digest, which opens nothing."""
        return str(self.digest)[:32]


class CalendarFeed(models.Model):
    """The address under which a calendar program reads one person's agenda. The database holds its digest alone."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    """To the quarter of an hour."""

    def __str__(self) -> str:
        return f"calendar of {self.person_id}"


class SavedView(models.Model):
    """A list of RFCs that somebody comes back to: the query string of its filters, under a name of their own."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=1_000)

    class Meta:
        ordering: ClassVar = ["name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class KeptAnswer(models.Model):
    """What one call with an `Idempotency-Key` was answered; sealed, for an answer may hold a secret."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    route = models.CharField(max_length=500)
    """`POST /api/v1/rfcs/RFC-0042/threads/`."""
    key = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    """SHA-256 of the body."""
    status = models.PositiveSmallIntegerField(default=0)
    sealed_body = models.TextField(blank=True)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "route", "key"], name="answered_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.route} {self.key}"
