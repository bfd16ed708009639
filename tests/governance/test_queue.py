"""My queue: what waits for whom, the longest first, and never more than a person can take in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.timesince import timesince
from hypothesis import given
from hypothesis import strategies as st

from governance.pages import queue
from governance.pages.rows import Row, span
from governance.standing import turns_of, waiting_on
from rfcs import clock, embargo
from rfcs.impact import answering
from rfcs.obligations import accepting
from rfcs.teams import display_name
from tests.factories import (
    again,
    board,
    client_of,
    draft,
    edit,
    file_full,
    move,
    owned,
    package,
    person,
    reject,
    rfc_in,
    short_in,
    sign,
    today,
)

pytestmark = pytest.mark.django_db


def seen(user: Any) -> Any:
    response = client_of(user).get(reverse("queue"))
    assert response.status_code == 200
    return response.context


def numbers(rows: list[Row]) -> list[str]:
    return [row.number for row in rows]


def reviews(count: int) -> list[Any]:
    return [rfc_in("review", packages=(package(f"src/packages/p{n}"),)) for n in range(count)]


def test_reviews_that_wait_for_me_are_there_the_longest_first_until_i_sign() -> None:
    me, *_ = board(4)
    first, second, third = reviews(3)
    sign(second, me)
    assert numbers(seen(me)["mine"]) == [first.number, third.number]


def test_what_is_due_first_stands_first_and_what_is_never_due_comes_last() -> None:
    me = person("me", "architecture", "security")
    idle, (review, *_) = draft(author=me), reviews(1)
    urgent = short_in("review")

    assert numbers(seen(me)["mine"]) == [urgent.number, review.number, idle.number]


def test_what_i_signed_makes_room_for_what_waits_behind_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "BATCH", 2)
    monkeypatch.setattr(queue, "MOST", 2)
    monkeypatch.setattr(queue, "_reads", queue._reads.__wrapped__)  # the kept ones know the other numbers
    me, *_ = board(4)
    rfcs = reviews(5)
    for rfc in rfcs[:2]:
        sign(rfc, me)
    page = seen(me)
    assert (numbers(page["mine"]), page["has_more"]) == ([rfc.number for rfc in rfcs[2:4]], True)
    sign(rfcs[2], me)
    page = seen(me)
    assert (numbers(page["mine"]), page["has_more"]) == ([rfc.number for rfc in rfcs[3:]], False)


def test_the_next_deadline_is_named_when_nothing_waits_for_me() -> None:
    board(4)
    rfc = rfc_in("review")
    page = seen(rfc.owner)
    assert (page["mine"], page["next"].number) == ([], rfc.number)
    assert page["next"].deadline is not None
    assert seen(draft().owner)["next"] is None


def test_objection_waits_for_the_owner_then_for_who_raised_it() -> None:
    other = "src/packages/shop/checkout"
    owned(other, olga := person("olga"))
    rfc = rfc_in("assessment", packages=(package(),))
    rfc = edit(rfc, packages=(package(), package(other)))
    answering.answer(rfc, other, by=olga, answer="object", reason="Too early.")
    assert numbers(seen(olga)["mine"]) == []
    assert seen(rfc.owner)["mine"][0].turn.startswith("You: Answer the objection of Olga Example")

    edit(rfc, title="Later")
    assert seen(olga)["mine"][0].turn.startswith("You: Withdraw the objection")


@pytest.mark.parametrize("case", ["owns", "in a team", "left the package", "closed", "nobody owns", "embargo"])
def test_whoever_an_objection_names_has_it_in_their_queue_and_can_settle_it(case: str) -> None:
    path = "src/packages/shop/checkout"
    olga, otto, guard = person("olga"), person("otto"), person("gus", "security")
    row = owned(path, olga)
    rfc = rfc_in("assessment", packages=(package(path),))
    answering.answer(rfc, path, by=olga, answer="object", reason="Too early.")
    row.owners.set({"nobody owns": [], "in a team": [otto, guard], "left the package": [otto]}.get(case, [olga, otto]))
    if case == "in a team":
        owned(path, teams=("shop",)).owner_teams.get().user_set.add(olga)
    if case == "embargo":
        row.owners.add(guard)
        embargo.impose(rfc, by=rfc.owner, reason="It is a weakness.")
    edit(rfc, title="Later")
    User.objects.filter(pk=olga.pk).update(is_active=case != "closed")

    (turn, _) = waiting_on(again(rfc))

    wanted = {
        "owns": [olga],
        "in a team": [olga],
        "left the package": [olga, otto],
        "closed": [otto],
        "nobody owns": [olga],
        "embargo": [guard],
    }[case]
    assert turn.names == tuple(display_name(one) for one in wanted)
    people = [one for one in (olga, otto, guard) if case != "closed" or one != olga]
    assert [one for one in people if numbers(seen(one)["mine"])] == wanted
    for one in wanted:
        answering.answer(rfc, path, by=one, answer="withdraw" if one == olga else "object", reason="Still.")


def test_objection_in_review_is_its_owners_turn() -> None:
    other = "src/packages/shop/checkout"
    owned(other, olga := person("olga"))
    rfc = rfc_in("review", packages=(package(),))
    rfc = edit(rfc, packages=(package(), package(other)))
    assert numbers(seen(rfc.owner)["mine"]) == []
    answering.answer(rfc, other, by=olga, answer="object", reason="Too early.")
    assert numbers(seen(rfc.owner)["mine"]) == [rfc.number]


def test_risk_whose_day_has_passed_waits_for_who_bore_it_and_the_board(clock_shift: Any) -> None:
    bearer, member, _ = board(3)
    rfc = reject(file_full(short_in("implementation")))
    until = today() + timedelta(days=10)
    accepting.accept(rfc, by=bearer, reason="The way back is worse.", until=until)
    assert "risk" not in str([turn.what for turn in waiting_on(again(rfc))])

    clock_shift(days=12)
    (turn,) = (turn for turn in waiting_on(again(rfc)) if "risk" in turn.what)
    assert turn.names == (display_name(bearer), "Architecture Team")
    assert turn in turns_of([again(rfc)], now=clock.now())[rfc.pk]
    for reader in (bearer, member, rfc.owner):
        assert numbers(seen(reader)["mine"]) == [rfc.number]

    accepting.accept(rfc, by=member, reason="One more week.", until=until + timedelta(days=9))
    assert [numbers(seen(reader)["mine"]) for reader in (bearer, member)] == [[], []]
    clock_shift(days=30)
    assert [numbers(seen(reader)["mine"]) for reader in (person(), member)] == [[], [rfc.number]]
    move(rfc, "roll_back")
    assert "risk" not in str([turn.what for turn in waiting_on(again(rfc))])


def test_queue_asks_the_same_number_of_queries_for_one_review_and_for_four() -> None:
    me, *_ = board(4)
    counts = []
    for more in (1, 3):
        for at in range(more):
            rfc_in("review", packages=(package(f"src/packages/q{more}{at}"),))
        client = client_of(me)
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("queue"))
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_concern_whose_answerer_left_is_in_the_queue_of_the_stewards() -> None:
    member, *_ = board(3)
    steward = person(None, "stewards")
    rfc = rfc_in("review")
    sign(rfc, member, "discuss")
    assert numbers(seen(steward)["mine"]) == []

    rfc.owner.is_active = False
    rfc.owner.save()

    (row,) = seen(steward)["mine"]
    assert (row.number, "You: Answer the concern" in row.turn) == (rfc.number, True)


def test_a_review_after_an_emergency_is_in_the_queue_of_whoever_it_waits_for() -> None:
    me, other, *_ = board(4)
    rfc = file_full(short_in("rolled_back"))
    (row,) = seen(me)["mine"]
    assert row.turn.startswith("You and 3 others: Take a position for the Architecture Team.")

    sign(rfc, other, "discuss")

    assert numbers(seen(me)["mine"]) == []
    (row,) = [row for row in seen(rfc.owner)["mine"] if "Answer" in row.turn]
    assert row.number == rfc.number
    page = client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode()
    assert "Answer the concern</a>" in page


@given(st.timedeltas(timedelta(0), timedelta(days=28)))
def test_a_span_reads_as_djangos_does(length: timedelta) -> None:
    now = datetime(2026, 11, 30, 12, tzinfo=UTC)
    assert span(now - length, now) == timesince(now - length, now)
