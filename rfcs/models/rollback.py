"""What a rollback leaves behind: the times of the outage, if there was one."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from rfcs.models.triggers import append_only


class Outage(models.Model):
    """From when to when users were hit, as whoever rolled back said it. UTC."""

    rfc = models.ForeignKey("rfcs.RFC", models.PROTECT, related_name="outages")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only("outage")
        ordering: ClassVar = ["started_at"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ended_at__gt=models.F("started_at")), name="outage_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} out from {self.started_at} to {self.ended_at}"
