"""What a rollback leaves behind: the lesson."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models

from rfcs.models.ledger import Event
from rfcs.models.triggers import append_only, only_set


class Lesson(models.Model):
    """Opened by a rollback, once for an RFC; owed by its owner while nobody has written it."""

    rfc = models.OneToOneField("rfcs.RFC", models.PROTECT, related_name="lesson")
    opened_at = models.DateTimeField()
    written_at = models.DateTimeField(null=True)
    """When its first version was."""

    class Meta:
        triggers: ClassVar = only_set("lesson", "rfc_id", "opened_at")
        indexes: ClassVar = [
            models.Index(fields=["rfc"], condition=models.Q(written_at=None), name="lesson_unwritten"),
        ]

    def __str__(self) -> str:
        return f"Lesson of {self.rfc_id}"

    @property
    def latest(self) -> LessonVersion | None:
        """What is shown; reads all versions, which a list has read along."""
        return next(reversed(self.versions.all()), None)


class LessonVersion(models.Model):
    """What was learnt, as one person wrote it. Appended, never changed; the last one is shown."""

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    happened = models.TextField()
    missed = models.TextField()
    """Why the process did not catch it."""
    changes = models.TextField()
    actions = models.JSONField()
    """A list of `{"what", "owner", "due"}`: what is done, by whom (user name), until which day."""
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    class Meta:
        triggers: ClassVar = append_only("lesson_version")
        ordering: ClassVar = ["number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["lesson", "number"], name="lesson_version_once"),
        ]

    def __str__(self) -> str:
        return f"Version {self.number} of lesson {self.lesson_id}"

    @property
    def said(self) -> dict[str, object]:
        """What the event in the chain says beside the number."""
        texts = {"happened": self.happened, "missed": self.missed, "changes": self.changes}
        return {**texts, "actions": self.actions}
