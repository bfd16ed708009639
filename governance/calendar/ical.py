"""An agenda as iCalendar (RFC 5545): instants in UTC, windows as whole days, the same bytes while nothing changed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from icalendar import Calendar
from icalendar import Event as Entry

from governance.calendar.items import Item

PRODUCT = "-//Breakwater//Calendar//EN"
REFRESH = "PT1H"
"""How often a calendar program may look again."""


def rendered(items: Iterable[Item], *, name: str) -> bytes:
    """One calendar. `name` is what programs show for it."""
    calendar = Calendar()
    for key, value in (("prodid", PRODUCT), ("version", "2.0"), ("calscale", "GREGORIAN"), ("x-wr-calname", name)):
        calendar.add(key, value)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"}, encode=False)
    for item in items:
        calendar.add_component(_event(item))
    return bytes(calendar.to_ical())


def _event(item: Item) -> Entry:
    event, changed = Entry(), item.changed.astimezone(UTC).replace(microsecond=0)
    event.add("uid", f"{item.name}@{urlsplit(settings.PORTAL_URL).hostname}")
    event.add("dtstamp", changed)
    event.add("last-modified", changed)
    event.add("sequence", item.sequence)
    event.add("summary", item.summary)
    event.add("description", f"{item.text}\n{item.url}")
    event.add("url", item.url)
    _when(event, item.start, item.last)
    return event


def _when(event: Entry, start: date | datetime, last: date | None) -> None:
    """The end of whole days is the day after the last one; whole days take nobody's time."""
    if last is not None:
        event.add("dtstart", start)
        event.add("dtend", last + timedelta(days=1))
        event.add("transp", "TRANSPARENT")
    elif isinstance(start, datetime):
        event.add("dtstart", start.astimezone(UTC).replace(microsecond=0))
        event.add("duration", timedelta())
        event.add("transp", "TRANSPARENT")
