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


@pytest.mark.parametrize(
    ("now", "fold", "until", "until_fold"),
    [("2031-10-26T02:10", 0, "2031-10-26T02:30", 0), ("2031-10-26T02:10", 1, "2031-10-26T02:30", 1)],
)
def test_a_night_that_ends_twice_ends_the_second_time_too(now: str, fold: int, until: str, until_fold: int) -> None:
    """Clocks are set back from three to two: nobody waits a day for the end of the night that came already."""
    hours = Hours("Europe/Berlin", time(22), time(2, 30))

    found = not_before(hours, at(now).replace(fold=fold), daily=False)

    assert found == at(until).replace(fold=until_fold).astimezone(UTC)


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        (Hours("UTC", time(22), time(7)), "2031-05-06T07:59", "2031-05-06T08:00"),
        (Hours("UTC", time(22), time(7)), "2031-05-06T09:00", None),
        (Hours("UTC", time(22), time(7)), "2031-05-06T23:00", "2031-05-07T07:00"),
        (Hours("UTC", time(22), time(9)), "2031-05-06T08:00", None),
        (Hours("UTC", time(22), time(9)), "2031-05-06T23:00", "2031-05-07T08:00"),
        (Hours("UTC", time(7), time(6)), "2031-05-06T08:00", None),
    ],
)
def test_the_mail_of_the_day_that_comes_late_waits_for_quiet_hours(hours: Hours, now: str, until: str | None) -> None:
    """Its own hour is a choice that goes before quiet hours; later it is mail like any other."""
    queued_at = at("2031-05-05T12:00", "UTC")

    found = not_before(hours, at(now, "UTC"), daily=True, queued_at=queued_at)

    assert found == (at(until, "UTC") if until else None)


@given(ZONES, INSTANTS, st.times(), st.times())
def test_mail_waits_less_than_two_days_and_never_backwards(zone: str, now: datetime, begin: time, end: time) -> None:
    hours = Hours(zone, begin, end, begin)

    for daily in (True, False):
        until = not_before(hours, now, daily=daily)
        assert until is None or now < until < now + timedelta(hours=49)


@given(ZONES, INSTANTS, st.times(), st.times())
def test_what_waited_for_the_end_of_the_night_may_go_then(zone: str, now: datetime, begin: time, end: time) -> None:
    """But where a change of the clock carries it into the next one, which is asked again as it goes out."""
    hours = Hours(zone, begin, end)

    until = not_before(hours, now, daily=False)
    local = until.astimezone(ZoneInfo(zone)).time() if until else end

    assert until is None or local != end or not_before(hours, until, daily=False) is None
