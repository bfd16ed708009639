"""One entry of a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.conf import settings

MOST = 300
"""Entries of one kind that stand in one feed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One entry. Days (`last` included) for a window, an instant in UTC for a deadline."""

    name: str
    """Stable: what names the same entry in every version of the feed."""
    summary: str
    text: str
    path: str
    start: date | datetime
    last: date | None
    sequence: int
    """Grows with every change of the days."""
    changed: datetime

    @property
    def url(self) -> str:
        return f"{settings.PORTAL_URL}{self.path}"
