"""When mail may go out: quiet hours, the mail of the day, over both clock changes, in every zone."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfcs.delivery.quiet import Hours, not_before

NIGHT = Hours("Europe/Berlin", time(22), time(7))
ZONES = st.sampled_from(sorted(available_timezones()))
INSTANTS = st.datetimes(datetime(2030, 1, 1), datetime(2032, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2031-05-05T21:59", None),
        ("2031-05-05T22:00", "2031-05-06T07:00"),
        ("2031-05-06T03:00", "2031-05-06T07:00"),
        ("2031-05-06T07:00", None),
        ("2031-03-29T23:00", "2031-03-30T07:00"),
        ("2031-10-25T23:00", "2031-10-26T07:00"),
    ],
)
def test_mail_waits_for_the_end_of_the_night(now: str, until: str | None) -> None:
    assert not_before(NIGHT, at(now), daily=False) == (at(until) if until else None)


def test_quiet_hours_within_a_day_and_none() -> None:
    noon = Hours("UTC", time(12), time(13))

    assert not_before(noon, at("2031-05-05T12:30", "UTC"), daily=False) == at("2031-05-05T13:00", "UTC")
    assert not_before(noon, at("2031-05-05T13:00", "UTC"), daily=False) is None
    assert not_before(Hours("UTC", time(9), time(9)), at("2031-05-05T09:00", "UTC"), daily=False) is None
    assert not_before(Hours(), at("2031-05-05T03:00", "UTC"), daily=False) is None


@given(ZONES, INSTANTS, st.times(), st.times())
def test_mail_waits_less_than_two_days_and_never_backwards(zone: str, now: datetime, begin: time, end: time) -> None:
    hours = Hours(zone, begin, end, begin)

    for daily in (True, False):
        until = not_before(hours, now, daily=daily)
        assert until is None or now < until < now + timedelta(hours=49)
