"""Versions of the policy; one is in force, an RFC keeps the one it was submitted under."""

from __future__ import annotations

from functools import cached_property
from typing import ClassVar

from django.db import models
from django.db.models import QuerySet

from rfcs import clock
from rfcs.compiled import Compiled
from rfcs.models.triggers import append_only
from rfcs.policy import Policy


class PolicyVersion(models.Model):
    version = models.PositiveIntegerField(unique=True)
    body = models.JSONField()
    in_force_from = models.DateTimeField()

    class Meta:
        triggers: ClassVar = append_only("policy")
        ordering: ClassVar = ["-version"]

    def __str__(self) -> str:
        return f"Policy {self.version}"

    @classmethod
    def current(cls) -> PolicyVersion:
        """The version in force; a new portal begins with the process's defaults as version 1."""
        newest = _in_force.first()
        if newest is not None:
            return cls.known(newest)
        first, _ = cls.objects.get_or_create(
            version=1, defaults={"body": Policy().json(), "in_force_from": clock.now()}
        )
        return cls.known(first.pk)

    @classmethod
    def known(cls, pk: int) -> PolicyVersion:
        """The version with this key, read and decoded once in a process: a version never changes."""
        if pk not in _read:
            _read[pk] = cls.objects.get(pk=pk)
        return _read[pk]

    @cached_property
    def policy(self) -> Policy:
        return Policy.read(self.body)


@Compiled
def _in_force() -> QuerySet[PolicyVersion, int]:
    rows = PolicyVersion.objects.filter(in_force_from__lte=clock.Now())
    return rows.order_by("-version").values_list("pk", flat=True)[:1]


_read: dict[int, PolicyVersion] = {}
"""Versions that this process has read, by key; a board makes a few in a year."""
