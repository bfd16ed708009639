"""How long users were hit: spans of time together, what overlaps counted once. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Span:
    """From the first instant to the last; without an end it still lasts. UTC."""

    start: datetime
    end: datetime | None = None


def length(spans: Iterable[Span], *, until: datetime, since: datetime | None = None) -> timedelta:
    """The time that at least one of these covers between `since` and `until`; what has no end lasts to `until`."""
    total, covered = timedelta(), since
    for span in sorted(spans, key=lambda span: span.start):
        start = span.start if covered is None else max(span.start, covered)
        end = min(span.end or until, until)
        if end > start:
            total += end - start
            covered = end
    return total


def minutes(spans: Iterable[Span], *, until: datetime, since: datetime | None = None) -> int:
    """The same in whole minutes, rounded down."""
    return int(length(spans, until=until, since=since).total_seconds()) // 60
