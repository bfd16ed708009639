"""What people say about an RFC: threads on its sections, comments, and every wording that a comment ever had."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from rfcs.models.record import RFC, Revision
from rfcs.models.triggers import append_only

USER = settings.AUTH_USER_MODEL


class Thread(models.Model):
    """One matter. `section` is an anchor of the document (rfcs/forms.py), or empty for the whole RFC."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="threads")
    section = models.CharField(max_length=40, blank=True)
    revision = models.ForeignKey(Revision, models.PROTECT, null=True, related_name="+")
    """What the RFC said when it was opened; none in a first draft."""
    opened_by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    resolved_by = models.ForeignKey(USER, models.PROTECT, null=True, related_name="+")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["rfc", "-id"], name="thread_of_rfc"),
            models.Index(fields=["rfc", "section"], condition=Q(resolved_at=None), name="thread_open"),
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} thread {self.pk}"

    @property
    def is_resolved(self) -> bool:
        return self.resolved_at is not None


class Comment(models.Model):
    """One contribution to a thread; what it says is its last version."""

    thread = models.ForeignKey(Thread, models.PROTECT, related_name="comments")
    author = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    once = models.CharField(max_length=64)
    """What makes the same form sent twice one comment: a digest of its token, its place and its text."""
    retracted_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["thread", "id"], name="comment_of_thread")]
        constraints: ClassVar = [models.UniqueConstraint(fields=["author", "once"], name="comment_once")]

    def __str__(self) -> str:
        return f"{self.thread_id} comment {self.pk}"

    @property
    def is_retracted(self) -> bool:
        return self.retracted_at is not None


class CommentVersion(models.Model):
    """One wording of a comment: the event of its writing holds the digest of the text."""

    comment = models.ForeignKey(Comment, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    text = models.TextField()
    at = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only("comment_version")
        ordering: ClassVar = ["-number"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["comment", "number"], name="comment_version_once")]

    def __str__(self) -> str:
        return f"{self.comment_id} version {self.number}"
