"""Uploaded files of an RFC: the row says whose and what, the bytes lie in the folder of rfcs/files/storage.py."""

from __future__ import annotations

from typing import ClassVar

import pgtrigger
from django.conf import settings
from django.db import models

from rfcs.models.record import RFC
from rfcs.models.triggers import no_truncate

USER = settings.AUTH_USER_MODEL


class Attachment(models.Model):
    """One file of one RFC under one name. It never changes; rfcs/files/uploads.py removes it when nothing names it."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="attachments")
    sha256 = models.CharField(max_length=64, db_index=True)
    name = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    uploaded_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = [
            pgtrigger.Protect(name="attachment_never_changes", operation=pgtrigger.Update),
            no_truncate("attachment"),
        ]
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["rfc", "sha256", "name"], name="attachment_once"),
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="attachment_digest"),
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} {self.name}"
