"""The page on which people say that they are away, and its calls of the API."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from approvals import delegations
from approvals.models import Absence, Delegation
from approvals.standing import open_round
from tests import factories as f
from tests.api.conftest import Caller, mint

pytestmark = pytest.mark.django_db


def desk(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def days(first: int, last: int) -> dict[str, str]:
    today = f.today()
    return {"starts_on": str(today + timedelta(first)), "ends_on": str(today + timedelta(last))}


def test_add_and_take_back():
    one = f.person()
    client = desk(one)
    assert "You are not away" in client.get(reverse("away")).content.decode()

    client.post(reverse("away"), days(2, 9) | {"note": "Holiday"})
    assert "Holiday" in client.get(reverse("away")).content.decode()
    client.post(reverse("away-end", args=[Absence.objects.get().pk]))

    assert "You are not away" in client.get(reverse("away")).content.decode()


@pytest.mark.parametrize("said", [{}, {"starts_on": "x", "ends_on": "2031-01-01"}, (9, 2), (-9, -8)])
def test_a_refusal_keeps_what_was_typed(said):
    sent = days(*said) if isinstance(said, tuple) else said

    response = desk(f.person()).post(reverse("away"), sent | {"note": "Kept"})

    assert response.status_code == 422
    assert 'value="Kept"' in response.content.decode()
    assert not Absence.objects.exists()


def test_the_absence_of_another_is_not_there():
    one = f.person()
    desk(one).post(reverse("away"), days(2, 9))

    assert desk(f.person()).post(reverse("away-end", args=[Absence.objects.get().pk])).status_code == 404


def test_the_same_through_the_api():
    one, other = f.person(), f.person()
    mine, theirs = Caller(mint(one)), Caller(mint(other))

    made = mine.post("me/absences/", days(2, 9))
    assert (made.status_code, made.json()["ends_on"]) == (201, days(2, 9)["ends_on"])
    assert mine.post("me/absences/", days(9, 2)).status_code == 422
    assert [row["id"] for row in mine.get("me/absences/").json()] == [made.json()["id"]]
    assert theirs.get("me/absences/").json() == []
    assert theirs.post(f"me/absences/{made.json()['id']}/end/").status_code == 404
    assert mine.post(f"me/absences/{made.json()['id']}/end/").json()["ended_at"] is not None
    assert mine.get("me/absences/").json() == []


def lent(**said):
    return days(0, 9) | {"team": "architecture", "reason": "Holiday"} | said


def test_lending_a_seat_asks_who_one_is_and_keeps_what_was_typed():
    (one,), friend = f.board(1), f.person()
    client = desk(one)
    assert "Nobody signs for you" in client.get(reverse("away")).content.decode()

    sent = lent(delegate=friend.username)
    refused = client.post(reverse("delegate"), sent)
    assert refused.status_code == 401
    assert f'value="{friend.username}"' in refused.content.decode()
    assert client.post(reverse("delegate"), sent | {"password": "wrong"}).status_code == 401
    assert not Delegation.objects.exists()

    client.post(reverse("delegate"), sent | {"password": f.PASSWORD})
    assert f"{friend.get_full_name()} signs for you" in client.get(reverse("away")).content.decode()
    assert f"You sign for {one.get_full_name()}" in desk(friend).get(reverse("away")).content.decode()

    row = Delegation.objects.get()
    assert desk(f.person()).post(reverse("delegation-end", args=[row.pk])).status_code == 404
    desk(friend).post(reverse("delegation-end", args=[row.pk]))
    assert "Nobody signs for you" in client.get(reverse("away")).content.decode()


@pytest.mark.parametrize("said", [{}, {"delegate": "nobody"}, {"delegate": "", "reason": "x" * 300}])
def test_a_lending_that_cannot_be_is_refused_with_reasons(said):
    (one,) = f.board(1)

    response = desk(one).post(reverse("delegate"), lent(**said) | {"password": f.PASSWORD})

    assert response.status_code == 422
    page = response.content.decode()
    assert "Not lent:" in page[page.index("data-focus") :]


def test_a_delegate_signs_on_the_page_and_finds_it_in_the_queue():
    one, *_ = f.board(3)
    friend = f.person("friend")
    rfc = f.rfc_in("review")
    day = f.today()
    delegations.grant(
        by=one, delegate=friend, team="architecture", starts_on=day, ends_on=day + timedelta(9), reason="Holiday"
    )
    client, url = desk(friend), reverse("rfc-sign-offs", args=[rfc.number])
    assert f"for {one.get_full_name()}" in client.get(reverse("queue")).content.decode()
    assert f'value="architecture/{one.username}"' in client.get(url).content.decode()

    round_ = open_round(rfc)
    assert round_ is not None
    sent = {"team": f"architecture/{one.username}", "position": "approve", "digest": rfc.material_digest}
    answer = client.post(reverse("sign-off", args=[round_.pk]), sent | {"password": f.PASSWORD}, follow=True)

    assert f"on behalf of {one.get_full_name()}" in answer.content.decode()
    history = client.get(reverse("rfc-history", args=[rfc.number])).content.decode()
    assert f"on behalf of {one.get_full_name()}" in history
    assert rfc.number not in client.get(reverse("queue")).content.decode()


def test_delegations_through_the_api():
    one, *_ = f.board(3)
    friend = f.person("friend")
    rfc = f.rfc_in("review")
    mine, theirs = Caller(mint(one, "read", "write", "sign")), Caller(mint(friend, "read", "write", "sign"))

    assert Caller(mint(one, "read", "write")).post("me/delegations/", lent(delegate="friend")).status_code == 403
    made = mine.post("me/delegations/", lent(delegate="friend"))
    assert (made.status_code, made.json()["delegate"]) == (201, "friend")
    assert mine.post("me/delegations/", lent(delegate="nobody")).status_code == 422
    assert theirs.get("me/delegations/").json() == mine.get("me/delegations/").json()

    said = {"team": "architecture", "position": "approve", "digest": rfc.material_digest, "on_behalf_of": one.username}
    signed = theirs.post(f"rfcs/{rfc.number}/sign-offs/", said)
    assert (signed.status_code, signed.json()["on_behalf_of_name"]) == (201, one.get_full_name())
    path = f"me/delegations/{made.json()['id']}/"
    assert Caller(mint(f.person())).call("delete", path).status_code == 404
    assert theirs.call("delete", path).json()["revoked_at"] is not None
    assert mine.get("me/delegations/").json() == []
