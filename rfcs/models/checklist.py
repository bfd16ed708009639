"""Checklist items that people or CI close; the automatic ones are computed (rfcs/compliance/checklists.py)."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from rfcs.models.attachment import Attachment
from rfcs.models.record import RFC
from rfcs.models.triggers import only_set
from rfcs.states import Kind, Phase, WaiverKind

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


class Evidence(models.Model):
    """One piece: a link, a file, a text, or several of them. It stays; opening the item again sets it aside."""

    item = models.ForeignKey(ChecklistItem, models.PROTECT, related_name="evidence")
    link = models.URLField(max_length=500, blank=True)
    text = models.TextField(blank=True)
    attachment = models.ForeignKey(Attachment, models.PROTECT, null=True, related_name="+")
    given_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    given_at = models.DateTimeField()
    set_aside_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    set_aside_at = models.DateTimeField(null=True)

    class Meta:
        triggers: ClassVar = only_set("evidence", "item_id", "link", "text", "attachment_id", "given_by_id", "given_at")
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.item_id} {self.link or self.text[:40]}"


class Waiver(models.Model):
    """Somebody takes it on themselves, until the end of a day (UTC), that an item is not done or does not apply.

    The newest one of an item speaks for it that is not revoked and not by a party of now, asked when it matters.
    """

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="waivers")
    slug = models.CharField(max_length=40)
    kind = models.CharField(max_length=16, choices=WaiverKind)
    reason = models.TextField()
    granted_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    granted_at = models.DateTimeField()
    expires_on = models.DateField()
    revoked_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        triggers: ClassVar = only_set(
            "waiver", "rfc_id", "slug", "kind", "reason", "granted_by_id", "granted_at", "expires_on"
        )
        ordering: ClassVar = ["id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=WaiverKind.values), name="waiver_known_kind")
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} {self.slug} {self.kind} until {self.expires_on}"
