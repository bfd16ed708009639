"""The days that the calendar shows: a month (`2026-11`) or a quarter (`2026-Q4`). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

YEARS = range(2000, 2101)
_spelled = re.compile(r"([0-9]{4})-(?:([0-9]{2})|Q([1-4]))")


@dataclass(frozen=True, slots=True)
class Span:
    """A month, or the three of a quarter; both ends included."""

    year: int
    month: int
    """The first one."""
    months: int = 1

    @property
    def is_quarter(self) -> bool:
        return self.months == 3

    @property
    def key(self) -> str:
        return f"{self.year}-Q{self.month // 3 + 1}" if self.is_quarter else f"{self.year}-{self.month:02}"

    @property
    def label(self) -> str:
        return f"Quarter {self.month // 3 + 1}, {self.year}" if self.is_quarter else f"{self.first:%B %Y}"

    @property
    def first(self) -> date:
        return date(self.year, self.month, 1)

    @property
    def last(self) -> date:
        return self._moved(self.months).first - timedelta(days=1)

    @property
    def previous(self) -> Span:
        return self._moved(-self.months)

    @property
    def next(self) -> Span:
        return self._moved(self.months)

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last

    def month_of(self, today: date) -> Span:
        """The month to look at closer: today's where this span holds it."""
        day = today if self.holds(today) else self.first
        return Span(day.year, day.month)

    @property
    def quarter(self) -> Span:
        return Span(self.year, (self.month - 1) // 3 * 3 + 1, 3)

    def _moved(self, months: int) -> Span:
        count = self.year * 12 + self.month - 1 + months
        return Span(count // 12, count % 12 + 1, self.months)


def this_month(today: date) -> Span:
    return Span(today.year, today.month)


def read(text: str) -> Span | None:
    """The span of this key; None for what is none, or lies beyond the years of any plan."""
    found = _spelled.fullmatch(text)
    if found is None or int(found[1]) not in YEARS:
        return None
    if found[3]:
        return Span(int(found[1]), int(found[3]) * 3 - 2, 3)
    return Span(int(found[1]), int(found[2])) if 1 <= int(found[2]) <= 12 else None
