"""A review never waits for nobody: where everybody has spoken, it says who can still move it, and in whose queue."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse

from approvals import concerns
from governance.standing import waiting_on
from rfcs.models import RFC
from rfcs.teams import display_name
from tests import factories as f

pytestmark = pytest.mark.django_db


def turns(rfc: RFC) -> list[tuple[tuple[str, ...], str]]:
    return [(turn.names, turn.what) for turn in waiting_on(f.again(rfc))]


def is_asked(user: Any, rfc: RFC) -> bool:
    rows = f.client_of(user).get(reverse("queue")).context["mine"]
    return rfc.number in [row.number for row in rows]


def test_whoever_did_not_object_is_asked_where_nobody_is_silent() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    f.sign(rfc, two, "no_objection")
    f.sign(rfc, three, "no_objection")

    what = "Approve or reject for the Architecture Team, which has nobody else to ask. Needs 1 more approval (1 of 2)."
    assert turns(rfc) == [((display_name(two), display_name(three)), what)]
    assert [is_asked(user, rfc) for user in (one, two, three, rfc.owner)] == [False, True, True, False]

    f.sign(rfc, three)

    assert f.again(rfc).state == "approved"


def test_the_owner_asks_anew_where_nobody_can_pass_it() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "recuse")
    f.sign(rfc, two, "recuse")
    f.sign(rfc, three)

    ((names, what),) = turns(rfc)
    assert names == (display_name(rfc.owner),)
    assert what.startswith("Recall the RFC and ask anew; then the team is asked as it is that day. Architecture Team: ")
    assert what.endswith("Cannot pass: 2 recused; 2 approvals needed, 1 possible.")
    assert [is_asked(user, rfc) for user in (one, two, three, rfc.owner)] == [False, False, False, True]


def test_who_got_an_answer_has_a_turn_beside_the_owner_who_owes_another() -> None:
    one, two, _ = f.board(3)
    rfc = f.rfc_in("review")
    answered = f.sign(rfc, one, "discuss", title="Old callers")
    f.sign(rfc, two, "discuss", title="The load")
    concerns.answer(answered, by=rfc.owner, text="They are told by mail.")

    (owner, _), (raiser, what) = turns(rfc)
    assert (owner, raiser) == ((display_name(rfc.owner),), (display_name(one),))
    assert what.startswith("Clear the concern “Old callers”")
    assert [is_asked(user, rfc) for user in (one, two, rfc.owner)] == [True, False, True]
