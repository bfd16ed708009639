"""When what is owed is due: 24 hours by the wall clock, working days by the policy's calendar."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from rfcs.obligations import due
from rfcs.policy import Calendar, Policy
from rfcs.states import ObligationKind, Track

FRIDAY = datetime(2026, 11, 20, 14, 30, tzinfo=UTC)
"""15:30 in the policy's Berlin."""


def owed(track: Track, at: datetime, policy: Policy | None = None) -> dict[str, tuple[str, datetime]]:
    return {
        debt.kind.value: (debt.owed_by, debt.due_at) for debt in due.after_authorisation(track, at, policy or Policy())
    }


def test_an_emergency_owes_three_things_and_the_justification_within_24_hours() -> None:
    five_days_on = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)

    assert owed(Track.EMERGENCY, FRIDAY) == {
        "post_hoc_justification": ("", FRIDAY + timedelta(hours=24)),
        "compliance_checklist": ("", five_days_on),
        "retroactive_review": ("architecture", five_days_on),
    }


def test_a_hotfix_owes_a_follow_up_and_a_review_of_the_incident() -> None:
    five_days_on = datetime(2026, 11, 27, 14, 30, tzinfo=UTC)

    assert owed(Track.HOTFIX, FRIDAY) == {
        "follow_up_rfc": ("", five_days_on),
        "post_incident_review": ("", five_days_on),
    }


def test_the_standard_track_owes_nothing() -> None:
    assert owed(Track.STANDARD, FRIDAY) == {}


def test_a_denial_is_resolved_within_a_working_day() -> None:
    debt = due.after_denial(FRIDAY, Policy())

    assert (debt.kind, debt.due_at) == (ObligationKind.DENIAL_RESOLUTION, datetime(2026, 11, 23, 14, 30, tzinfo=UTC))


def test_holidays_move_working_days_and_never_the_24_hours() -> None:
    policy = Policy(calendar=Calendar(holidays=("2026-11-23", "2026-11-24")))

    found = owed(Track.EMERGENCY, FRIDAY, policy)

    assert found["post_hoc_justification"][1] == FRIDAY + timedelta(hours=24)
    assert found["retroactive_review"][1] == datetime(2026, 12, 1, 14, 30, tzinfo=UTC)


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
@pytest.mark.parametrize("day", [(2026, 3, 28), (2026, 10, 24), (2026, 3, 7), (2026, 10, 31), (2026, 4, 4)])
def test_24_hours_are_24_hours_across_every_change_of_the_clocks(zone: str, day: tuple[int, int, int]) -> None:
    at = datetime(*day, 22, 0, tzinfo=ZoneInfo(zone)).astimezone(UTC)

    found = owed(Track.EMERGENCY, at, Policy(calendar=Calendar(zone=zone)))

    assert found["post_hoc_justification"][1] - at == timedelta(hours=24)
