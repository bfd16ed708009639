"""What changes while a round is open asks more, or stops it; it never lets one through (trust plan, rows 7 and 8)."""

from typing import Any

import pytest
from django.contrib.auth.models import Group

from approvals.standing import Standing, latest_round
from rfcs.case import Case
from rfcs.models import RFC
from rfcs.states import ARCHITECTURE, SECURITY
from tests import factories as f

pytestmark = pytest.mark.django_db


def standing(rfc: RFC) -> Standing:
    round_ = latest_round(rfc)
    assert round_ is not None
    return Standing(round_, Case(f.again(rfc)))


def asked(rfc: RFC) -> list[str]:
    return [row.slug for row in standing(rfc).rows]


@pytest.mark.parametrize("change", [{"touches_security": True}, {"scenario": "security"}])
def test_a_flag_set_late_asks_security_and_the_board_alone_does_not_approve(change: dict[str, Any]) -> None:
    one, two, _ = f.board(3)
    guard = f.person(None, SECURITY)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)

    f.edit(rfc, **change)
    f.sign(rfc, one)
    f.sign(rfc, two)

    assert (f.again(rfc).state, asked(rfc)) == ("review", [ARCHITECTURE, SECURITY])
    f.sign(rfc, guard, team=SECURITY)
    assert f.again(rfc).state == "approved"


def test_a_flag_taken_back_frees_nobody_who_was_asked() -> None:
    one, two, _ = f.board(3)
    f.person(None, SECURITY)
    rfc = f.rfc_in("review", touches_security=True)

    f.edit(rfc, touches_security=False)
    f.sign(rfc, one)
    f.sign(rfc, two)

    assert (f.again(rfc).state, asked(rfc)) == ("review", [ARCHITECTURE, SECURITY])


@pytest.mark.parametrize("end", ["deleted", "renamed", "emptied"])
def test_a_team_that_is_gone_stops_the_round_loudly(end: str) -> None:
    f.board(3)
    guard = f.person(None, SECURITY)
    rfc = f.rfc_in("review", scenario="security")
    f.sign(rfc, guard, team=SECURITY)

    group = Group.objects.get(name=SECURITY)
    if end == "deleted":
        group.delete()
    elif end == "renamed":
        Group.objects.filter(pk=group.pk).update(name="safety")
    else:
        group.user_set.clear()
    for person, team in f.signers(rfc):
        f.sign(rfc, person, team=team)

    row = standing(rfc).rows[1]
    assert f.again(rfc).state == "review"
    assert (row.slug, row.tally.approvals, row.tally.is_blocked) == (SECURITY, 0, True)
    assert row.forecast.startswith("Cannot pass:")
