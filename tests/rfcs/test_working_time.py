"""Working time: weekends, holidays, both changes of the clock, any zone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfcs.policy import Calendar
from rfcs.working_time import after_working_days, working_time_between

BERLIN = Calendar("Europe/Berlin")
ZONES = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "America/St_Johns",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "Pacific/Auckland",
    "Africa/Casablanca",
)


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2031-03-04T15:00", 1, "2031-03-05T15:00"),  # Tuesday to Wednesday
        ("2031-03-04T15:00", 3, "2031-03-07T15:00"),
        ("2031-03-07T15:00", 1, "2031-03-10T15:00"),  # over the weekend
        ("2031-03-08T12:00", 1, "2031-03-10T17:00"),  # a Saturday begins on Monday
        ("2031-03-09T23:59", 3, "2031-03-12T17:00"),
        ("2031-03-04T08:00", 1, "2031-03-04T17:00"),  # before opening
        ("2031-03-04T17:00", 1, "2031-03-05T17:00"),  # at closing
        ("2031-03-04T23:00", 1, "2031-03-05T17:00"),
        ("2031-03-04T09:00", 0, "2031-03-04T09:00"),
        ("2031-03-28T15:00", 1, "2031-03-31T15:00"),  # summer time begins on Sunday 30 March 2031
        ("2031-10-24T15:00", 1, "2031-10-27T15:00"),  # and ends on Sunday 26 October
    ],
)
def test_a_deadline_in_working_days(start: str, days: int, end: str) -> None:
    assert after_working_days(at(start), days, BERLIN) == at(end)


def test_holidays_are_left_out() -> None:
    easter = Calendar("Europe/Berlin", holidays=("2031-04-11", "2031-04-14"))

    assert after_working_days(at("2031-04-10T15:00"), 1, easter) == at("2031-04-15T15:00")


def test_the_answer_is_in_utc_and_a_wall_clock_week_of_the_change_is_an_hour_off() -> None:
    before, after = at("2031-03-28T15:00"), after_working_days(at("2031-03-28T15:00"), 1, BERLIN)

    assert after.tzinfo == UTC
    assert after - before == timedelta(days=3, hours=-1)


def test_hours_across_a_change_of_the_clock_at_night_are_as_long_as_they_are() -> None:
    nights = Calendar("America/Santiago", opens="00:00", closes="08:00")

    assert working_time_between(
        at("2031-03-03T00:00", "America/Santiago"), at("2031-03-04T00:00", "America/Santiago"), nights
    ) == timedelta(hours=8)


def test_a_calendar_without_working_time_is_refused() -> None:
    year = [(date(2031, 1, 1) + timedelta(days=day)).isoformat() for day in range(4_000)]

    with pytest.raises(ValueError, match="no working time"):
        after_working_days(at("2031-01-01T12:00"), 1, Calendar("UTC", holidays=tuple(year)))


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2031-03-04T09:00", "2031-03-04T17:00", 8),
        ("2031-03-04T12:00", "2031-03-04T13:30", 1.5),
        ("2031-03-07T16:00", "2031-03-10T10:00", 2),
        ("2031-03-08T00:00", "2031-03-10T00:00", 0),
        ("2031-03-28T09:00", "2031-04-04T09:00", 40),
        ("2031-03-05T09:00", "2031-03-04T09:00", 0),
    ],
)
def test_working_time_between(start: str, end: str, hours: float) -> None:
    assert working_time_between(at(start), at(end), BERLIN) == timedelta(hours=hours)


moments = st.datetimes(datetime(2029, 1, 1), datetime(2033, 1, 1)).map(lambda moment: moment.replace(tzinfo=UTC))
hours = st.tuples(st.integers(0, 11), st.integers(12, 23)).map(lambda pair: (f"{pair[0]:02}:00", f"{pair[1]:02}:30"))
days_off = st.lists(st.dates(date(2029, 1, 1), date(2033, 1, 1)).map(date.isoformat), max_size=5).map(tuple)
calendars = st.builds(
    lambda zone, span, off: Calendar(zone, opens=span[0], closes=span[1], holidays=off),
    st.sampled_from(ZONES),
    hours,
    days_off,
)


@given(moments, st.integers(0, 8), calendars)
def test_deadlines_are_never_before_they_begin_and_grow_with_the_days(
    start: datetime, days: int, calendar: Calendar
) -> None:
    first, second = (after_working_days(start, count, calendar) for count in (days, days + 1))

    assert start <= first < second


@given(moments, moments, st.integers(1, 5), calendars)
def test_who_begins_later_is_not_due_earlier(one: datetime, two: datetime, days: int, calendar: Calendar) -> None:
    early, late = sorted((one, two))

    assert after_working_days(early, days, calendar) <= after_working_days(late, days, calendar)


@given(moments, moments, moments, calendars)
def test_working_time_adds_up(one: datetime, two: datetime, three: datetime, calendar: Calendar) -> None:
    start, middle, end = sorted((one, two, three))
    start = max(start, end - timedelta(days=400))
    middle = max(start, middle)

    whole = working_time_between(start, end, calendar)

    assert whole == working_time_between(start, middle, calendar) + working_time_between(middle, end, calendar)
    assert timedelta() <= whole <= end - start


@given(moments, st.integers(1, 5), calendars)
def test_the_deadline_lies_that_much_working_time_ahead(start: datetime, days: int, calendar: Calendar) -> None:
    opens, closes = calendar.hours
    length = timedelta(hours=closes.hour - opens.hour, minutes=closes.minute - opens.minute)

    end = after_working_days(start, days, calendar)

    assert working_time_between(start, end, calendar) == days * length


@given(moments, calendars)
def test_a_deadline_falls_into_opening_hours(start: datetime, calendar: Calendar) -> None:
    local = after_working_days(start, 1, calendar).astimezone(ZoneInfo(calendar.zone))
    opens, closes = calendar.hours

    assert local.weekday() < 5
    assert local.date() not in calendar.days_off
    assert opens <= local.time() <= closes
