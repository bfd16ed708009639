"""Whom reviews wait for, kept: the answer of a list is never older than what it was read from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import delegations
from governance import reviews, rosters
from governance.reviews import Review, reviews_of
from rfcs import clock
from rfcs.models import RFC
from rfcs.states import ARCHITECTURE, State
from tests.factories import board, person, rfc_in, sign

pytestmark = pytest.mark.django_db


def seen(*rfcs: RFC) -> Mapping[int, Review]:
    """As a list reads them."""
    return reviews_of(RFC.objects.select_related("owner").filter(pk__in=[rfc.pk for rfc in rfcs]), now=clock.now())


def words(rfc: RFC) -> list[str]:
    return [turn.who for turn in seen(rfc)[rfc.pk].turns]


def test_what_was_read_once_is_not_read_again():
    board(2)
    rfcs = [rfc_in(State.REVIEW), rfc_in(State.REVIEW)]
    with CaptureQueriesContext(connection) as first:
        answers = seen(*rfcs)

    with CaptureQueriesContext(connection) as second:
        again = seen(*rfcs)

    assert again == answers
    assert len(first) > len(second) == 4  # the clock, the rows, the chains, the teams


CHANGES: Mapping[str, Callable[[RFC, User, User], object]] = {
    "signed": lambda rfc, ada, bea: sign(rfc, ada),
    "left the team": lambda rfc, ada, bea: rosters.remove(ARCHITECTURE, ada, by=person("sam", "stewards")),
    "left the team behind the portal's back": lambda rfc, ada, bea: ada.groups.clear(),
    "team renamed": lambda rfc, ada, bea: Group.objects.filter(name=ARCHITECTURE).update(name="else"),
    "became an auditor": lambda rfc, ada, bea: ada.groups.add(Group.objects.get_or_create(name="auditors")[0]),
    "deactivated": lambda rfc, ada, bea: User.objects.filter(pk=ada.pk).update(is_active=False),
    "renamed": lambda rfc, ada, bea: User.objects.filter(pk=ada.pk).update(last_name="Stone"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_whatever_changes_the_answer_is_seen_at_once(name: str):
    ada, bea = board(2)
    rfc = rfc_in(State.REVIEW)
    before = words(rfc)

    CHANGES[name](rfc, ada, bea)

    assert words(rfc) != before


def test_seat_that_was_lent_is_told_from_then_on():
    ada, _ = board(2)
    rfc, kofi = rfc_in(State.REVIEW), person("kofi")
    assert kofi.pk not in seen(rfc)[rfc.pk].people

    today = delegations.today()
    delegations.grant(by=ada, delegate=kofi, team=ARCHITECTURE, starts_on=today, ends_on=today, reason="At a fair.")

    assert kofi.pk in seen(rfc)[rfc.pk].people
    assert seen(rfc)[rfc.pk].principals_of(kofi.pk) == (ada.get_full_name() or ada.username,)
    with clock.shifted(timedelta(days=1)):
        assert kofi.pk not in seen(rfc)[rfc.pk].people


def test_process_keeps_a_limited_number(monkeypatch):
    monkeypatch.setattr(reviews, "MOST_KEPT", 2)
    board(2)
    rfcs = [rfc_in(State.REVIEW) for _ in range(3)]

    seen(*rfcs)

    assert len(reviews._kept.answers) == 2
