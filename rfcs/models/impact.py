"""What the owners of affected packages say to a change, and until when they are asked."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from rfcs.models.catalog import Package
from rfcs.models.ledger import Event
from rfcs.models.record import RFC, Revision
from rfcs.models.triggers import append_only
from rfcs.states import Acknowledged, Answer

USER = settings.AUTH_USER_MODEL


class Acknowledgement(models.Model):
    """One package of the catalogue whose owners were asked; any one of them answers for all. Once in an RFC.

    Submitted again, the RFC asks again: the row begins anew, the answers before stay in the record and count no more.
    `path` is the name under which it was asked: the package's, and before, a path of the RFC; it never goes to another
    package. `status` mirrors the last answer that counts.
    """

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="acknowledgements")
    path = models.CharField(max_length=255)
    package = models.ForeignKey(Package, models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=Acknowledged, default=Acknowledged.WAITING)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    extended_at = models.DateTimeField(null=True)
    """When an owner asked for time; once."""
    lapsed_at = models.DateTimeField(null=True)
    """When the clock found nobody's answer at the deadline."""

    class Meta:
        ordering: ClassVar = ["path"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["rfc", "path"], name="acknowledgement_once")]
        indexes: ClassVar = [
            models.Index(fields=["due_at"], condition=Q(status="waiting"), name="acknowledgement_waiting"),
            models.Index(fields=["package"], condition=Q(status="waiting"), name="acknowledgement_of_package"),
            models.Index(fields=["rfc"], condition=Q(status="objected"), name="acknowledgement_objected"),
        ]

    def __str__(self) -> str:
        return f"{self.rfc_id} {self.path}: {self.status}"


class OwnerAnswer(models.Model):
    """One answer of one owner. Appended, never changed; the last one counts. `event` holds the same in the chain."""

    acknowledgement = models.ForeignKey(Acknowledgement, models.PROTECT, related_name="answers")
    person = models.ForeignKey(USER, models.PROTECT, related_name="+")
    answer = models.CharField(max_length=16, choices=Answer)
    reason = models.TextField(blank=True)
    revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    event = models.OneToOneField(Event, models.PROTECT, related_name="+")

    class Meta:
        ordering: ClassVar = ["id"]
        triggers: ClassVar = append_only("owner_answer")

    def __str__(self) -> str:
        return f"{self.person_id} {self.answer}"


class ClashResolution(models.Model):
    """How two owners settled that their changes meet. Counts while packages and dates are those it was about."""

    first = models.ForeignKey(RFC, models.PROTECT, related_name="+")
    second = models.ForeignKey(RFC, models.PROTECT, related_name="+")
    """The one with the higher number."""
    fingerprint = models.CharField(max_length=64)
    note = models.TextField()
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        triggers: ClassVar = append_only("clash_resolution")
        indexes: ClassVar = [models.Index(fields=["first", "second"]), models.Index(fields=["second"])]
        constraints: ClassVar = [models.CheckConstraint(condition=Q(first__lt=F("second")), name="clash_in_order")]

    def __str__(self) -> str:
        return f"{self.first_id} and {self.second_id}"


class FreezeOverride(models.Model):
    """A steward lets one RFC start in spite of one freeze window."""

    rfc = models.ForeignKey(RFC, models.PROTECT, related_name="freeze_overrides")
    freeze = models.CharField(max_length=200)
    """Name and days of the window: another window of the same name is another one."""
    reason = models.TextField()
    by = models.ForeignKey(USER, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["id"]
        triggers: ClassVar = append_only("freeze_override")

    def __str__(self) -> str:
        return f"{self.rfc_id} {self.freeze}"
