"""The timeline as lanes: bars on one scale of days, for an SVG and for the table beside it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from governance.calendar.ticks import labelled

WIDTH = 760
"""About the width of the tab in pixels, so that text has its size."""
LETTER, MARGIN = 9, 8
"""At most about the width of a letter, and the room between a label and an edge."""
HEIGHT, GAP, TOP = 26, 8, 26


@dataclass(frozen=True, slots=True)
class Bar:
    """One stretch of days, both included. `kind` chooses colour and icon."""

    kind: str
    label: str
    first: date
    last: date
    note: str = ""


def lanes(bars: Iterable[Bar], today: date) -> dict[str, Any] | None:
    """Geometry in units of the SVG; None without a bar."""
    rows = list(bars)
    if not rows:
        return None
    first, last = min(bar.first for bar in rows), max(bar.last for bar in rows)
    days = (last - first).days + 1
    now = (today - first).days
    return {
        "width": WIDTH,
        "height": TOP + len(rows) * (HEIGHT + GAP),
        "rows": [_row(bar, place, first, days) for place, bar in enumerate(rows)],
        "ticks": list(labelled(_ticks(first, days), width=WIDTH)),
        "today": _x(now, days) if 0 <= now < days else None,
        "first": first,
        "last": last,
    }


def _row(bar: Bar, place: int, first: date, days: int) -> dict[str, Any]:
    x = _x((bar.first - first).days, days)
    y = TOP + place * (HEIGHT + GAP)
    width = max(4, _x((bar.last - first).days + 1, days) - x)
    text_x, is_before = _label(len(bar.label) * LETTER + MARGIN, x, width)
    shape = {"x": x, "y": y, "width": width, "height": HEIGHT}
    return {"bar": bar, **shape, "text_y": y + 18, "text_x": text_x, "is_before": is_before}


def _label(room: int, x: int, width: int) -> tuple[int, bool]:
    """Where a label stands, and whether it ends there: in its bar, else after it, else before; no edge crosses it."""
    if room + MARGIN <= width:
        return x + MARGIN, False
    if x + width + room <= WIDTH or x < room:
        return x + width + MARGIN, False
    return x - MARGIN, True


def _x(day: int, days: int) -> int:
    return round(WIDTH * day / days)


def _ticks(first: date, days: int) -> Iterator[tuple[int, date]]:
    """Mondays, at most a dozen of them."""
    step = 7 * max(1, days // 84)
    day = (7 - first.weekday()) % 7
    while day < days:
        yield _x(day, days), first + timedelta(days=day)
        day += step
