"""Away: foreseen in every forecast, decided by none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from approvals import absences
from approvals.models import Absence
from approvals.panel import panel
from approvals.standing import Standing, latest_round
from approvals.standings import standings_of
from rfcs import audit, clock
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.models import RFC, Event
from rfcs.policy import Policy
from rfcs.working_time import local_day
from tests import factories as f

pytestmark = pytest.mark.django_db


def today() -> date:
    return local_day(clock.now(), Policy().calendar)


def away(person: User, days: int, *, starts: int = 0) -> Absence:
    return absences.add(by=person, starts_on=today() + timedelta(starts), ends_on=today() + timedelta(days))


def standing(rfc: RFC) -> Standing:
    round_ = latest_round(rfc)
    assert round_ is not None
    return Standing(round_, Case(f.again(rfc)))


def test_who_is_away_past_the_decision_is_foreseen_loudly() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "recuse")
    last = away(two, 30).ends_on

    (row,) = standing(rfc).rows

    why = "1 recused, 1 away; 2 approvals needed, 1 possible"
    assert row.forecast == f"Cannot pass: {why}. 1 away until {last:%A %-d %B}."
    assert row.tally.is_blocked
    assert three in row.silent


def test_who_is_back_before_the_decision_is_due_blocks_nothing() -> None:
    one, two, _ = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "recuse")
    last = away(two, 0).ends_on

    (row,) = standing(rfc).rows

    assert row.forecast == f"Needs 2 more approvals (0 of 2). 1 away until {last:%A %-d %B}."
    assert (row.tally.away, row.tally.is_blocked) == (0, False)


def test_absence_decides_nothing_and_bars_nobody() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    for member in (one, two, three):
        away(member, 30)
    assert f.again(rfc).state == "review"

    f.sign(rfc, one)
    f.sign(rfc, two)

    assert f.again(rfc).state == "approved"


def test_an_absence_counts_from_its_first_day_to_its_last(clock_shift: Callable[..., None]) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    away(one, 6, starts=3)

    seen = []
    for days in (2, 3, 6, 7):
        clock_shift(days=days)
        seen.append(one.pk in standing(rfc).away)

    assert seen == [False, True, True, False]


def test_who_came_back_early_is_not_away() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    row = away(one, 10)

    absences.end(row, by=one)
    absences.end(row, by=one)

    assert standing(rfc).away == {}
    assert [event.kind for event in Event.objects.filter(stream="roster").order_by("seq")] == [
        "absence.added",
        "absence.ended",
    ]
    assert list(audit.verify(["roster"])) == []


def test_nobody_ends_the_absence_of_another() -> None:
    one, two, _ = f.board(3)
    row = away(one, 10)

    with pytest.raises(Refused) as refusal:
        absences.end(row, by=two)

    assert (refusal.value.status, Absence.objects.get().ended_at) == (403, None)


@pytest.mark.parametrize(
    ("starts", "ends", "note", "code"),
    [
        (3, 2, "", "days_reversed"),
        (-9, -2, "", "days_past"),
        (0, 400, "", "days_too_many"),
        (0, 1, "nul\0", "unstorable"),
        (0, 1, "x" * 201, "unstorable"),
    ],
)
def test_days_that_cannot_be_meant_are_refused(starts: int, ends: int, note: str, code: str) -> None:
    said: dict[str, Any] = {"starts_on": today() + timedelta(starts), "ends_on": today() + timedelta(ends)}

    with pytest.raises(Refused) as refused:
        absences.add(by=f.person(), note=note, **said)

    assert (refused.value.status, [reason.code for reason in refused.value.reasons]) == (422, [code])


def test_the_same_days_told_twice_are_one() -> None:
    one = f.person()

    assert away(one, 3) == away(one, 3)


def test_an_auditor_tells_their_own_absence() -> None:
    row = away(f.person(None, "auditors"), 3)

    assert absences.upcoming(row.person) == [row]


def test_lists_say_what_the_page_says(django_assert_num_queries: Any) -> None:
    one, *_ = f.board(3)
    rfcs = [f.rfc_in("review") for _ in range(3)]
    away(one, 30)
    with django_assert_num_queries(13):
        few = standings_of([rfcs[0].pk])
        assert few[rfcs[0].pk].rows[0].forecast
    with django_assert_num_queries(13):
        many = standings_of([rfc.pk for rfc in rfcs])
        said = [many[rfc.pk].rows[0].forecast for rfc in rfcs]

    assert said == [standing(rfc).rows[0].forecast for rfc in rfcs]


def test_the_panel_names_the_day() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    last = away(one, 10).ends_on

    seats = panel(rfc, rfc.owner, is_fresh=True)["seats"]

    assert {seat["label"] for seat in seats} == {f"Away until {last:%A %-d %B}", "Waiting"}


def test_a_closed_round_waits_for_nobody() -> None:
    one, two, *_ = f.board(3)
    rfc = f.rfc_in("review")
    for signer in (one, two):
        f.sign(rfc, signer)

    seats = panel(f.again(rfc), rfc.owner, is_fresh=True)["seats"]

    assert [(seat["label"], seat["position"]) for seat in seats if seat["position"] != "approve"] == [
        ("Took no position", "abstain")
    ]
