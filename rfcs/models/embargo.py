"""How the embargo of an RFC began by a verb, when it ends by itself, and how it ended."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from rfcs.models.record import RFC
from rfcs.models.triggers import only_set

USER = settings.AUTH_USER_MODEL


class Embargo(models.Model):
    """At most one for each RFC. Without a row, what the text says (`embargoed`) holds, with no end.

    `ends_at` is set by closing and taken back by a rollback; the sweep lifts what is past it.
    """

    rfc = models.OneToOneField(RFC, models.PROTECT, related_name="embargo", primary_key=True)
    imposed_at = models.DateTimeField(null=True)
    imposed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    ends_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    """Nobody where the clock lifted it."""
    reason = models.TextField(blank=True)

    class Meta:
        triggers: ClassVar = only_set("embargo", "rfc_id")
        indexes: ClassVar = [
            models.Index(fields=["ends_at"], condition=Q(lifted_at=None, ends_at__isnull=False), name="embargo_to_end"),
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} until {self.lifted_at or self.ends_at or 'it is lifted'}"

    @classmethod
    def decides(cls, rfc: RFC, said: bool) -> bool:
        """Whether it is under embargo now, when its text says so or not."""
        row = cls.objects.filter(rfc=rfc).first()
        if row is None:
            return said
        return row.lifted_at is None and (said or row.imposed_at is not None)
