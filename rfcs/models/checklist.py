"""Items of the validation checklist that people or CI close; the automatic ones are computed (rfcs/checklists.py)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from rfcs.models.record import RFC
from rfcs.states import Kind, Phase

USER = settings.AUTH_USER_MODEL


class ChecklistItem(models.Model):
    """One line on one RFC. Closed means: `closed_at` is set, with who said so and the evidence."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="checklist")
    slug = models.CharField(max_length=40)
    phase = models.CharField(max_length=16, choices=Phase)
    kind = models.CharField(max_length=16, choices=Kind)
    link = models.URLField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    closed_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["rfc", "slug"], name="checklist_item_once")]

    def __str__(self) -> str:
        return f"{self.rfc_id} {self.slug}"
