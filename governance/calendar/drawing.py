"""The calendar as lanes: geometry in units of an SVG, from plain days. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from governance.calendar.ticks import labelled

WIDTH = 960
"""About the width of the page in pixels, so that text has its size."""
TOP, ROW, BAND, BAR = 30, 50, 24, 18
NARROW = 64
"""The name of a band that is not three times as wide stands beside it."""
LATE = 0.55
"""The name of a band that begins beyond this share of the width ends before it."""
LETTER, BAR_LETTER = 8, 7
"""About the width of a letter of a title, and of a word in a bar."""
WORDS = {"development": "Development", "testing": "Testing", "deployment": "Deployment"}
SHORT = {"development": "Dev", "testing": "Test", "deployment": "Deploy"}


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days, both included; `kind` chooses colour and edge."""

    kind: str
    first: date
    last: date
    note: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of the drawing: a title that leads somewhere, its bars, and the days on which it meets others."""

    title: str
    url: str
    bars: tuple[Stretch, ...]
    marks: tuple[Stretch, ...] = field(default=())


def drawn(lanes: Iterable[Lane], bands: Iterable[Stretch], *, first: date, last: date, today: date) -> dict[str, Any]:
    """`bands` go through all lanes, each with its name above them; what lies outside the days is cut off."""
    scale = _Scale(first, last)
    shown = [band for band in bands if scale.cuts(band)]
    top = TOP + BAND * len(shown)
    rows = [_row(lane, top + place * ROW, scale) for place, lane in enumerate(lanes)]
    height = top + max(1, len(rows)) * ROW
    return {
        "width": WIDTH,
        "height": height,
        "ticks": list(labelled(((scale.x(day), day) for day in scale.mondays()), width=WIDTH)),
        "bands": [_band(band, TOP + place * BAND, scale) for place, band in enumerate(shown)],
        "rows": rows,
        "today": scale.x(today) + scale.width_of_day // 2 if first <= today <= last else None,
    }


class _Scale:
    def __init__(self, first: date, last: date) -> None:
        self.first, self.last, self.days = first, last, (last - first).days + 1

    @property
    def width_of_day(self) -> int:
        return WIDTH // self.days

    def x(self, day: date) -> int:
        return round(WIDTH * (day - self.first).days / self.days)

    def cuts(self, stretch: Stretch) -> bool:
        return stretch.first <= self.last and stretch.last >= self.first

    def placed(self, stretch: Stretch) -> tuple[int, int]:
        """Where it begins, and how wide it is."""
        start, end = max(stretch.first, self.first), min(stretch.last, self.last)
        x = self.x(start)
        return x, max(4, self.x(end + timedelta(days=1)) - x)

    def mondays(self) -> Iterator[date]:
        day = self.first + timedelta(days=-self.first.weekday() % 7)
        while day <= self.last:
            yield day
            day += timedelta(days=7)


def _band(band: Stretch, y: int, scale: _Scale) -> dict[str, Any]:
    x, width = scale.placed(band)
    is_late = x > LATE * WIDTH
    label_x = x - 8 if is_late else x + width + 8 if width < NARROW * 3 else x + 8
    return {"note": band.note, "x": x, "y": y, "width": width, "label_x": label_x, "is_late": is_late, "text_y": y + 16}


def _row(lane: Lane, y: int, scale: _Scale) -> dict[str, Any]:
    bars = [_bar(bar, y + 22, scale) for bar in lane.bars if scale.cuts(bar)]
    marks = [_bar(mark, y + 22 + BAR + 2, scale) for mark in lane.marks if scale.cuts(mark)]
    start = min((bar["x"] for bar in bars), default=0)
    end = max((bar["x"] + bar["width"] for bar in bars), default=WIDTH)
    wide = len(lane.title) * LETTER
    is_late = start + wide > WIDTH
    return {
        "title": lane.title,
        "url": lane.url,
        "y": y,
        "text_y": y + 15,
        "text_x": min(max(end, wide), WIDTH) if is_late else start + 2,
        "is_late": is_late,
        "bars": bars,
        "marks": marks,
    }


def _bar(bar: Stretch, y: int, scale: _Scale) -> dict[str, Any]:
    x, width = scale.placed(bar)
    words = (names.get(bar.kind, "") for names in (WORDS, SHORT))
    return {
        "kind": bar.kind,
        "note": bar.note,
        "label": next((word for word in words if len(word) * BAR_LETTER + 12 <= width), ""),
        "x": x,
        "y": y,
        "width": width,
        "height": BAR,
        "text_y": y + 14,
    }
