"""Tokens of the API: hashed by knox, named, scoped, expiring."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from knox.models import AbstractAuthToken

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
    """When its owner gave the password for it; a signature made with it counts as fresh while the token lives."""

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(scopes__contains=[Scope.SIGN]) | Q(expiry__isnull=False, authenticated_at__isnull=False),
                name="signing_token_expires",
            )
        ]

    def __str__(self) -> str:
        return self.name
