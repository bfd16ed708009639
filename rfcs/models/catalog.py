"""The packages of the monorepo and who owns them; imported from CODEOWNERS or the manifest."""

from typing import ClassVar

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models


class Package(models.Model):
    path = models.CharField(max_length=255, unique=True)
    name = models.CharField(max_length=200, blank=True)
    owners = models.ManyToManyField(settings.AUTH_USER_MODEL, related_name="+", blank=True)
    owner_teams = models.ManyToManyField(Group, related_name="+", blank=True)

    class Meta:
        ordering: ClassVar = ["path"]

    def __str__(self) -> str:
        return self.path
