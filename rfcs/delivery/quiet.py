"""When mail may go out to a person: not in their quiet hours, and the mail of the day at its hour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

EIGHT = time(8)


@dataclass(frozen=True, slots=True)
class Hours:
    """Local times of one zone; quiet hours may reach over midnight, and equal ends mean none."""

    zone: str = "UTC"
    quiet_from: time | None = None
    quiet_until: time | None = None
    daily_at: time = EIGHT


def not_before(hours: Hours, now: datetime, *, daily: bool) -> datetime | None:
    """From when on a mail of now may go out, UTC; None for at once."""
    if daily:
        return _next(hours.daily_at, now, ZoneInfo(hours.zone))
    return _next(hours.quiet_until, now, ZoneInfo(hours.zone)) if _is_quiet(hours, now) and hours.quiet_until else None


def _is_quiet(hours: Hours, now: datetime) -> bool:
    begin, end = hours.quiet_from, hours.quiet_until
    if begin is None or end is None or begin == end:
        return False
    local = now.astimezone(ZoneInfo(hours.zone)).time()
    return begin <= local < end if begin < end else local >= begin or local < end


def _next(hour: time, now: datetime, zone: ZoneInfo) -> datetime:
    """The next instant at which a clock on the wall there shows this hour, or has just passed it by a change."""
    day = now.astimezone(zone).date()
    today = _instant(day, hour, zone)
    return today if today > now else _instant(day + timedelta(days=1), hour, zone)


def _instant(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone).astimezone(UTC)
