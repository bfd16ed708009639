"""The page on which people say that they are away, and its calls of the API."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from approvals.models import Absence
from rfcs import clock
from tests import factories as f
from tests.api.conftest import Caller, mint

pytestmark = pytest.mark.django_db


def desk(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def days(first: int, last: int) -> dict[str, str]:
    today = clock.now().date()
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
