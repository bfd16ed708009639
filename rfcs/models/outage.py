"""The times of outages, as people told them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from rfcs.models.ledger import Event
from rfcs.models.triggers import append_only
from rfcs.outages.lengths import Span

if TYPE_CHECKING:
    from datetime import datetime


class OutageQuerySet(models.QuerySet["Outage"]):
    def standing(self) -> Self:
        """What counts: neither corrected by a later row nor taken back."""
        return self.filter(correction=None, retracted=False)


class Outage(models.Model):
    """From when to when users were hit, as one person said it. Appended, never changed: a correction is a new row."""

    rfc = models.ForeignKey("rfcs.RFC", models.PROTECT, related_name="outages")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """Nothing while it still lasts."""
    note = models.TextField(blank=True)
    corrects = models.OneToOneField("self", models.PROTECT, null=True, related_name="correction")
    """The row that this one takes the place of."""
    retracted = models.BooleanField(default=False)
    """Whether it says that there was none; the times are those of the row that it corrects."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    objects: ClassVar[OutageQuerySet] = OutageQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        triggers: ClassVar = append_only("outage")
        ordering: ClassVar = ["started_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(ended_at__gt=F("started_at")), name="outage_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(retracted=False) | Q(corrects__isnull=False), name="outage_retracts_another"
            ),
            models.CheckConstraint(condition=~Q(corrects=F("id")), name="outage_corrects_another"),
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} out from {self.started_at} to {self.ended_at}"

    @property
    def lasts(self) -> bool:
        return self.ended_at is None

    @property
    def span(self) -> Span:
        return Span(self.started_at, self.ended_at)

    def facts(self) -> dict[str, object]:
        """What the event in the chain says of it."""
        end: datetime | None = self.ended_at
        return {
            "started_at": self.started_at.isoformat(),
            "ended_at": end.isoformat() if end else None,
            "note": self.note,
            "corrects": self.corrects_id,
            "retracted": self.retracted,
        }
