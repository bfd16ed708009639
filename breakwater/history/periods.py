"""Days as quarters, months or years, and back."""

from collections.abc import Callable
from datetime import date
from functools import lru_cache

from breakwater.findings import Usage

_FIRST = date(1970, 1, 1).toordinal()
_NAMES: dict[str, Callable[[date], str]] = {
    "quarter": lambda day: f"{day.year:04d}-Q{(day.month + 2) // 3}",
    "month": lambda day: f"{day.year:04d}-{day.month:02d}",
    "year": lambda day: f"{day.year:04d}",
}
LENGTHS = tuple(_NAMES)


@lru_cache(maxsize=50_000)
def name(day: int, length: str) -> str:
    """The period that holds the day (from 1970): 2026-Q4, 2026-11, 2026."""
    return _NAMES[length](on(day))


def on(day: int) -> date:
    return date.fromordinal(_FIRST + day)


def number(text: str) -> int:
    """The day of a date as people write it. Raises Usage."""
    try:
        return date.fromisoformat(text).toordinal() - _FIRST
    except ValueError:
        raise Usage(f"{text!r} is no date; write it as 2026-11-20.") from None
