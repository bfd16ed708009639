"""The steps of a reminder: pure, so tried with thousands of cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given
from hypothesis import strategies as st

from rfcs.delivery.steps import Due, Step, climb, following, latest, steps
from rfcs.ladder import EMERGENCY, Ladder
from rfcs.policy import Calendar
from rfcs.working_time import after_working_days

BEGIN = datetime(2031, 3, 3, 10, tzinfo=UTC)
HOURS = Calendar("Europe/Berlin")
instants = st.datetimes(datetime(2030, 1, 1), datetime(2032, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))
ladders = st.builds(
    Ladder,
    st.lists(st.floats(0, 1.2, allow_nan=False), max_size=4).map(tuple),
    st.integers(1, 5),
    st.integers(0, 6),
    st.integers(0, 6),
)


@st.composite
def dues(draw: st.DrawFn) -> Due:
    opened = draw(instants)
    due = opened + draw(st.timedeltas(timedelta(0), timedelta(days=30)))
    settled = draw(st.none() | st.timedeltas(timedelta(0), timedelta(days=60)).map(lambda after: opened + after))
    calendar = draw(st.none() | st.just(HOURS))
    return Due("thing:1", 1, opened, due, settled, calendar, draw(ladders))


def of(days: float = 4, **facts: object) -> Due:
    return Due("thing:1", 1, BEGIN, BEGIN + timedelta(days=days), **facts)  # type: ignore[arg-type]


def names(found: tuple[Step, ...]) -> list[str]:
    return [step.name for step in found]


def test_half_most_due_then_every_day_lead_and_board():
    found = steps(of(), BEGIN + timedelta(days=7, hours=1))

    assert names(found) == ["50%", "80%", "due", "overdue-1", "overdue-2", "overdue-3"]
    assert [step.at - BEGIN for step in found[:3]] == [timedelta(days=2), timedelta(days=3.2), timedelta(days=4)]
    assert [step.name for step in found if step.to_lead] == ["overdue-1"]
    assert [step.name for step in found if step.to_board] == ["overdue-3"]


def test_an_emergency_reaches_everybody_the_moment_it_is_due():
    due = steps(of(1, ladder=EMERGENCY), BEGIN + timedelta(days=1))[-1]

    assert due == Step("due", BEGIN + timedelta(days=1), to_lead=True, to_board=True)


def test_steps_in_working_time_fall_into_working_time():
    friday = datetime(2031, 3, 7, 14, tzinfo=UTC)  # 15:00 in Berlin
    due = Due("thing:1", 1, friday, after_working_days(friday, 1, HOURS), calendar=HOURS)

    at = [step.at.astimezone(ZoneInfo("Europe/Berlin")).strftime("%a %H:%M") for step, _ in zip(climb(due), range(4))]  # noqa: B905

    assert at == ["Mon 11:00", "Mon 13:24", "Mon 15:00", "Tue 15:00"]


def test_late_the_last_step_is_told_to_everybody_whom_any_of_them_tells():
    reached = steps(of(), BEGIN + timedelta(days=10))

    assert latest(reached) == Step("overdue-6", BEGIN + timedelta(days=10), to_lead=True, to_board=True)


@given(dues(), instants)
def test_steps_are_in_order_and_never_ahead_of_now(due, now):
    found = steps(due, now)

    assert list(found) == sorted(found, key=lambda step: step.at)
    assert len(set(names(found))) == len(found)
    assert all(due.opened_at <= step.at <= now for step in found)


@given(dues(), instants)
def test_what_is_settled_has_no_step_from_then_on(due, now):
    assert all(due.settled_at is None or step.at < due.settled_at for step in steps(due, now))
    assert (following(due, now) is None) == (due.settled_at is not None)


@given(dues(), instants, st.timedeltas(timedelta(0), timedelta(days=90)))
def test_a_later_look_only_adds(due, now, more):
    before, after = steps(due, now), steps(due, now + more)

    assert after[: len(before)] == before


@given(dues(), instants)
def test_reached_and_following_leave_nothing_out(due, now):
    ahead = following(due, now)
    if ahead is not None:
        assert steps(due, ahead.at)[:-1] == steps(due, now) or steps(due, ahead.at) != steps(due, now)
        assert ahead.at > now
        assert ahead in steps(due, ahead.at)


@given(dues(), st.lists(st.timedeltas(timedelta(0), timedelta(days=20)), min_size=1, max_size=12))
def test_however_often_and_late_it_is_swept_each_step_is_told_at_most_once_and_the_last_one_is(due, pauses):
    """What the ledger does, in memory: the step ahead, then everything from it to now."""
    told, ahead, now = [], following(due, due.opened_at), due.opened_at
    for pause in pauses:
        now += pause
        reached = tuple(step for step in steps(due, now) if ahead and step.at >= ahead.at)
        if reached:
            told.append(latest(reached).name)
            ahead = following(due, reached[-1].at)

    assert len(told) == len(set(told)) <= len(pauses)
    everything = [step for step in steps(due, now) if step.at > due.opened_at]
    if everything and due.settled_at is None:
        assert told[-1] == everything[-1].name


def test_a_day_is_24_hours_over_both_clock_changes_in_every_zone():
    """Row 45: by the wall clock of the place it may look like 23 or 25 hours; computed there, this fails."""
    thirds = [timedelta(hours=12), timedelta(hours=19.2), timedelta(hours=24)]
    for zone in map(ZoneInfo, sorted(available_timezones())):
        for day in range(365):
            opened = (datetime(2031, 1, 1, 23, 30, tzinfo=zone) + timedelta(days=day)).astimezone(UTC)
            due = Due("thing:1", 1, opened, opened + timedelta(hours=24), ladder=EMERGENCY)
            if day % 7 == 0 or _changes(zone, opened):
                assert [step.at - opened for step in steps(due, due.due_at)] == thirds, (zone, opened)


def _changes(zone: ZoneInfo, at: datetime) -> bool:
    """Whether the offset of this zone changes within a day from this instant."""
    return at.astimezone(zone).utcoffset() != (at + timedelta(days=1)).astimezone(zone).utcoffset()
