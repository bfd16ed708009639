"""A file that somebody asked for, and the file."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from rfcs.models import RFC, Revision


class ExportKind(models.TextChoices):
    PDF = "pdf", "PDF"
    BUNDLE = "bundle", "Signed bundle"


class Export(models.Model):
    """One file of an RFC as it stood when it was asked for.

    `key` names kind, RFC and a digest of `facts`, so the same thing is made once, whoever asks how often. A worker
    leases the row; a lease that ran out is taken by the next.
    """

    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=8, choices=ExportKind)
    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="+")
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    facts = models.JSONField()
    """What the file says of the RFC (record.py); a later change of the RFC makes another export."""
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    asked_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    reason = models.TextField(blank=True)
    """Why it failed, or what is missing in it; a sentence."""
    name = models.CharField(max_length=120, blank=True)
    size = models.PositiveIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(made_at=None, dead_at=None), name="export_to_make"),
            models.Index(fields=["asked_at"], name="export_by_age"),
        ]

    def __str__(self) -> str:
        return self.key

    def get_absolute_url(self) -> str:
        return reverse("rfc-export", args=[self.rfc.number, self.pk])

    @property
    def status(self) -> str:
        """`waiting`, `working`, `ready` or `failed`."""
        if self.made_at:
            return "ready"
        if self.dead_at:
            return "failed"
        return "working" if self.leased_until and not self.reason else "waiting"

    @property
    def is_under_way(self) -> bool:
        return self.status in ("waiting", "working")


class ExportFile(models.Model):
    """The bytes, in the database: web and worker share no folder."""

    export = models.OneToOneField(Export, models.CASCADE, primary_key=True, related_name="file")
    data = models.BinaryField()

    def __str__(self) -> str:
        return f"file of {self.export_id}"
