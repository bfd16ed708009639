"""Working time. Pure: instants in UTC in and out, the calendar's zone decides which local hours count."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from rfcs.policy import Calendar

LONGEST_SEARCH = 3_660
"""Days; a calendar with no working day in ten years is a mistake."""


def after_working_days(start: datetime, days: int, calendar: Calendar) -> datetime:
    """The instant at which `days` working days of working time have passed since `start`, UTC.

    A working day is the calendar's whole opening hours; from Tuesday 15:00, one day later is Wednesday 15:00.
    Raises ValueError when the calendar has no working time.
    """
    return after_working_time(start, days * _length(calendar), calendar)


def after_working_time(start: datetime, left: timedelta, calendar: Calendar) -> datetime:
    """The instant at which so much working time has passed since `start`, UTC; `start` itself for none."""
    if not left:
        return start
    for opens, closes in _spells(start, calendar):
        spell = closes - opens
        if left <= spell:
            return (opens + left).astimezone(UTC)
        left -= spell
    raise ValueError(f"{calendar} has no working time after {start:%Y-%m-%d}")


def working_time_between(start: datetime, end: datetime, calendar: Calendar) -> timedelta:
    """Working time from `start` to `end`; zero when `end` is not later."""
    total = timedelta()
    for opens, closes in _spells(start, calendar):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def local_day(instant: datetime, calendar: Calendar) -> date:
    """Which day it is where the calendar's hours count."""
    return instant.astimezone(ZoneInfo(calendar.zone)).date()


def last_day(start: datetime, days: int, calendar: Calendar) -> date:
    """The latest day that is at most so many working days away."""
    return local_day(after_working_days(start, days, calendar), calendar)


def end_of(day: date, calendar: Calendar) -> datetime:
    """The midnight with which this day ends there, UTC."""
    return _instant(day + timedelta(days=1), time(), ZoneInfo(calendar.zone))


def _length(calendar: Calendar) -> timedelta:
    opens, closes = calendar.hours
    return datetime.combine(date.min, closes) - datetime.combine(date.min, opens)


def _spells(start: datetime, calendar: Calendar) -> Iterator[tuple[datetime, datetime]]:
    """Stretches of working time from `start` on, in UTC."""
    zone, days_off = ZoneInfo(calendar.zone), calendar.days_off
    day = start.astimezone(zone).date()
    for _ in range(LONGEST_SEARCH):
        if day.weekday() < 5 and day not in days_off:
            opens, closes = (_instant(day, hour, zone) for hour in calendar.hours)
            if closes > start:
                yield max(opens, start), closes
        day += timedelta(days=1)


def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)
