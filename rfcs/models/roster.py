"""Who leads a team. A team is a Django auth group; its members stand there."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class TeamLead(models.Model):
    """A person who leads a team; a team may have several. It counts only while they are an active member too."""

    group = models.ForeignKey(Group, models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "person"], name="team_lead_once")]

    def __str__(self) -> str:
        return f"{self.person_id} leads {self.group_id}"
