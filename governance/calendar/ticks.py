"""Words at the lines of a scale of days: inside the drawing, and none over the one before it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

WORD = 46
"""About the width of “30 Nov” in the type of the drawings."""
BESIDE = 2
"""A word begins so far behind its line."""


def labelled(lines: Iterable[tuple[int, date]], *, width: int) -> Iterator[dict[str, Any]]:
    """Each line with the place of its word; None where there is no room for one."""
    taken = 0
    for x, day in lines:
        left = min(x + BESIDE, width - WORD)
        has_room = left >= taken
        yield {"x": x, "day": day, "label_x": left if has_room else None}
        taken = left + WORD if has_room else taken
