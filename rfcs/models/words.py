"""The words and paths that RFCs are written with, to forgive a typo in a search."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from rfcs.models.record import SearchText


class TextToRead(models.Model):
    """A text whose words are not among the words yet; written by a trigger of SearchText, removed by the reading."""

    text = models.OneToOneField(SearchText, models.CASCADE, primary_key=True, related_name="+")

    def __str__(self) -> str:
        return f"text of {self.text_id}"


class Word(models.Model):
    """A word in small letters, or the path of a package or of a folder above one, and RFCs where it was seen last.

    It may be gone from there, or be under embargo by now: whoever suggests it looks once more.
    """

    class Kind(models.TextChoices):
        WORD = "word", "Word"
        PATH = "path", "Path"

    text = models.CharField(max_length=255)
    kind = models.CharField(max_length=4, choices=Kind)
    seen_in = ArrayField(models.BigIntegerField())
    """Keys of RFCs, the last one first."""

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["text", "kind"], name="word_once")]
        indexes: ClassVar = [GinIndex(fields=["text"], name="word_by_likeness", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.text
