"""The button names what it will bring about, and that is what happens."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from approvals import foresight
from approvals.positions import Position
from approvals.standing import Standing, open_round
from rfcs.case import Case
from rfcs.models import RFC
from rfcs.states import ARCHITECTURE, SECURITY
from tests import factories as f

pytestmark = pytest.mark.django_db


def label(rfc: RFC, by: User, position: str = "approve", team: str = ARCHITECTURE) -> str:
    round_ = open_round(rfc)
    assert round_ is not None
    return foresight.label(Standing(round_, Case(f.again(rfc))), team, by.pk, Position(position))


def test_an_approval_names_how_far_the_team_gets_and_the_last_one_what_it_decides() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")

    assert label(rfc, one) == "Approve revision 1 (1 of 2 for architecture)"
    f.sign(rfc, one)
    assert label(rfc, two) == "Approve revision 1 → Approved"


def test_a_last_approval_is_none_while_a_concern_or_another_team_is_open() -> None:
    one, two, three = f.board(3)
    security = f.person(None, SECURITY)
    rfc = f.rfc_in("review", touches_security=True)
    f.sign(rfc, one)

    assert label(rfc, two) == "Approve revision 1 (2 of 2 for architecture)"
    f.sign(rfc, security, team=SECURITY)
    assert label(rfc, two) == "Approve revision 1 → Approved"
    f.sign(rfc, three, "discuss")
    assert label(rfc, two) == "Approve revision 1 (2 of 2 for architecture)"
    assert label(rfc, three) == "Approve revision 1 → Approved"


def test_an_approval_more_than_the_team_needs_says_so() -> None:
    one, two, three = f.board(3)
    f.person(None, SECURITY)
    rfc = f.rfc_in("review", touches_security=True)
    f.sign(rfc, one)
    f.sign(rfc, two)

    assert label(rfc, three) == "Approve revision 1 (architecture has its 2 already)"


def test_a_signature_that_is_void_does_not_count_in_what_is_promised() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    f.edit(rfc, rollback_plan="1. Another plan.\n2. Deploy.")

    assert label(rfc, two) == "Approve revision 2 (1 of 2 for architecture)"


@pytest.mark.parametrize("position", Position.values)
@pytest.mark.parametrize("before", ["", "approve", "reject", "recuse", "discuss"])
def test_what_the_button_promises_happens(position: str, before: str) -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    if before:
        f.sign(rfc, one, before)
    promised = label(rfc, two, position).partition(" → ")[2] or "Architecture review"

    f.sign(rfc, two, position)

    assert f.again(rfc).get_state_display() == promised
