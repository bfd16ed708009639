"""When mail may go out to a person: not in their quiet hours, and the mail of the day at its hour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EIGHT = time(8)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """Local times of one zone; quiet hours may reach over midnight, and equal ends mean none."""

    zone: str = "UTC"
    quiet_from: time | None = None
    quiet_until: time | None = None
    daily_at: time = EIGHT


def not_before(hours: Hours, now: datetime, *, daily: bool, queued_at: datetime | None = None) -> datetime | None:
    """From when on a mail that was queued then (or now) may go out, asked now; UTC, and None for at once.

    The mail of the day that comes late waits for the end of quiet hours too, unless its own hour lies in them.
    """
    zone, quiet = ZoneInfo(hours.zone), _quiet(hours, now)
    if daily:
        of_the_day = _next(hours.daily_at, queued_at or now, zone)
        if of_the_day > now:
            return of_the_day
        return min(_next(hours.daily_at, now, zone), quiet.until) if quiet and quiet.since > of_the_day else None
    return quiet.until if quiet else None


@dataclass(frozen=True, slots=True)
class _Night:
    since: datetime
    until: datetime


def _quiet(hours: Hours, now: datetime) -> _Night | None:
    """The quiet hours that this instant lies in."""
    begin, end, zone = hours.quiet_from, hours.quiet_until, ZoneInfo(hours.zone)
    if begin is None or end is None or begin == end:
        return None
    local = now.astimezone(zone).time()
    is_quiet = begin <= local < end if begin < end else local >= begin or local < end
    return _Night(_last(begin, now, zone), _next(end, now, zone)) if is_quiet else None


def _next(hour: time, now: datetime, zone: ZoneInfo) -> datetime:
    """The next instant at which a clock on the wall there shows this hour, or has just passed it by a change."""
    return min(at for at in _around(hour, now, zone) if at > now)


def _last(hour: time, now: datetime, zone: ZoneInfo) -> datetime:
    return max(at for at in _around(hour, now, zone) if at <= now)


def _around(hour: time, now: datetime, zone: ZoneInfo) -> list[datetime]:
    day = now.astimezone(zone).date()
    return [at for days in (-2, -1, 0, 1, 2) for at in _instants(day + days * DAY, hour, zone)]


def _instants(day: date, hour: time, zone: ZoneInfo) -> list[datetime]:
    """When a clock there shows this: twice where it is set back, and where it is set forward, as if it were not."""
    local = datetime.combine(day, hour, zone)
    both = [local.replace(fold=fold).astimezone(UTC) for fold in (0, 1)]
    return both if both[0] < both[1] else both[:1]
