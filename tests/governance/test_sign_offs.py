"""The page of sign-offs says what a round is about, and why a position counts in it."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from approvals.standing import asking_round
from rfcs.models import RFC
from rfcs.states import SECURITY
from rfcs.teams import display_name
from tests import factories as f

pytestmark = pytest.mark.django_db


def rows(rfc: RFC) -> dict[str, str]:
    """By person, the text of their row."""
    html = f.client_of(rfc.owner).get(reverse("rfc-sign-offs", args=[rfc.number])).content.decode()
    found = (re.sub(r"<[^>]+>|\s+", " ", row) for row in re.findall(r"<tr[ >].*?</tr>", html, flags=re.DOTALL))
    people = {display_name(user): user for user in User.objects.all()}
    return {name: " ".join(row.split()) for row in found for name in people if name in row}


def test_amendment_says_what_it_is_and_what_is_carried_over() -> None:
    one, *_ = f.board(2)
    guard, silent = f.person(None, SECURITY), f.person(None, SECURITY)
    rfc = f.rfc_in("approved", touches_security=True)
    f.edit(rfc, justification="Other reasons, the same interface.")
    rfc = f.move(rfc, "amend", note="Only the reasons")
    assert rfc.revision
    revision = rfc.revision.number

    html = f.client_of(one).get(reverse("rfc-sign-offs", args=[rfc.number])).content.decode()
    shown = rows(rfc)

    assert "An amendment of what was approved" in html
    assert "<blockquote>Only the reasons</blockquote>" in html
    assert f"Void: revision {revision} changed what this team signs." in shown[display_name(one)]
    assert {"Carried over" in shown[display_name(who)] for who in (guard, silent)} == {True, False}
    assert "Not needed any more" in shown[display_name(silent)] + shown[display_name(guard)]


def test_first_review_is_no_amendment_and_carries_nothing_over() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)

    html = f.client_of(one).get(reverse("rfc-sign-offs", args=[rfc.number])).content.decode()

    assert "An amendment" not in html
    assert "Carried over" not in html


def test_signature_that_decides_says_so() -> None:
    one, two = f.board(2)
    rfc = f.rfc_in("review")
    said = []
    for user in (one, two):
        round_ = asking_round(rfc)
        assert round_ is not None
        digest = f.again(rfc).material_digest
        sent = {"team": "architecture", "position": "approve", "digest": digest, "password": f.PASSWORD}
        answer = f.client_of(user).post(reverse("sign-off", args=[round_.pk]), sent, follow=True)
        said.append([str(message) for message in answer.context["messages"]])

    first = "Signed: Approve for the Architecture Team."
    assert said == [[first], [f"{first} {rfc.number} is approved."]]


def test_owner_whose_round_is_stuck_is_told_to_recall_and_not_to_take_a_position() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    for user, position in ((one, "recuse"), (two, "recuse"), (three, "approve")):
        f.sign(rfc, user, position)

    html = f.client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode()

    assert "Recall the RFC and ask anew" in html
    assert "Take your position" not in html
