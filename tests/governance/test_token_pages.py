"""Tokens in the portal: made with what they may do, shown once, revoked with a click."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from governance.api import tokens
from governance.models import AccessToken
from rfcs import clock
from rfcs.models import Event
from tests.factories import PASSWORD, person

pytestmark = pytest.mark.django_db
FORM = {"name": "nightly", "scopes": ["read"], "life": "30d"}
SECRET = re.compile(r'id="secret"[^>]*>([0-9a-f]{64})<')


def client_of(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def make(client: Client, **changes):
    return client.post(reverse("tokens"), FORM | changes, follow=True)


def secret_in(response) -> str:
    found = SECRET.search(response.content.decode())
    assert found is not None
    return found[1]


def calls_with(secret: str) -> int:
    return Client(headers={"authorization": f"Token {secret}"}).get("/api/v1/rfcs/").status_code


def test_token_is_shown_once_and_works_and_its_event_has_no_secret():
    ada = person("ada")
    client = client_of(ada)

    made = make(client)
    secret = secret_in(made)

    assert calls_with(secret) == 200
    assert "no-store" in made["Cache-Control"]
    assert made.redirect_chain == [(reverse("tokens"), 302)]
    assert secret not in client.get(reverse("tokens")).content.decode()
    assert secret not in str(dict(client.session))
    event = Event.objects.get(kind="token.minted")
    assert (event.stream, event.actor, event.payload["name"]) == ("access", ada, "nightly")
    assert secret not in str(event.payload)


def test_secret_waits_sealed_for_the_page_that_shows_it():
    client = client_of(person("ada"))

    client.post(reverse("tokens"), FORM)
    waiting = str(dict(client.session))
    secret = secret_in(client.get(reverse("tokens")))

    assert "shown:token" in waiting
    assert secret not in waiting
    assert "shown:" not in str(dict(client.session))


def test_signing_token_asks_who_you_are_and_keeps_what_was_typed():
    client = client_of(person("ada"))

    asked = make(client, scopes=["read", "sign"], life="12h")
    wrong = make(client, scopes=["read", "sign"], life="12h", password="wrong")
    made = make(client, scopes=["read", "sign"], life="12h", password=PASSWORD)

    page = asked.content.decode()
    assert (asked.status_code, wrong.status_code, made.status_code) == (401, 401, 200)
    assert 'value="nightly"' in page
    assert re.search(r'value="sign"[^>]*checked', page)
    token = AccessToken.objects.get()
    assert token.scopes == ["read", "sign"]
    assert token.authenticated_at is not None


def test_signing_token_of_thirty_days_is_refused():
    response = make(client_of(person("ada")), scopes=["sign"], password=PASSWORD)

    assert response.status_code == 422
    assert "at most 12 hours" in response.content.decode()
    assert AccessToken.objects.count() == 0


@pytest.mark.parametrize("changes", [{"name": " "}, {"scopes": []}, {"life": "for ever"}, {"scopes": ["fly"]}])
def test_form_that_lacks_something_is_answered(changes):
    response = make(client_of(person("ada")), **changes)

    assert response.status_code == 422
    assert "Not made yet" in response.content.decode()


def test_revoked_token_is_refused_and_the_event_stays():
    client = client_of(ada := person("ada"))
    secret = secret_in(make(client))
    token = AccessToken.objects.get()

    response = client.post(reverse("token-revoke", args=[token.key]), follow=True)

    assert calls_with(secret) == 401
    assert "is revoked" in response.content.decode()
    event = Event.objects.get(kind="token.revoked")
    assert (event.actor, event.payload) == (ada, {"name": "nightly", "scopes": ["read"]})


@pytest.mark.parametrize("key", ["0", "zz", "1" * 32, "1" * 200])
def test_revoking_what_is_not_there_says_so(key):
    response = client_of(person("ada")).post(reverse("token-revoke", args=[key]), follow=True)

    assert "gone already" in response.content.decode()


def test_nobody_revokes_a_token_of_another_person():
    client_of(ada := person("ada"))
    token, secret = tokens.mint(ada, name="hers", scopes=["read"], password_ok=False, life=tokens.LONGEST_LIFE)

    client_of(person("eve")).post(reverse("token-revoke", args=[token.key]))

    assert calls_with(secret) == 200


def test_last_use_is_written_down_but_not_at_every_call(clock_shift):
    client = client_of(person("ada"))
    secret = secret_in(make(client))
    calls_with(secret)
    first = AccessToken.objects.get().last_used_at
    calls_with(secret)
    second = AccessToken.objects.get().last_used_at
    clock_shift(minutes=16)
    calls_with(secret)

    third = AccessToken.objects.get().last_used_at

    assert first is not None
    assert second == first
    assert third > first
    assert third <= clock.now()


def test_list_costs_the_same_for_one_token_and_for_five(django_assert_num_queries, django_assert_max_num_queries):
    user = person("ada")
    client = client_of(user)
    tokens.mint(user, name="one", scopes=["read"], password_ok=False, life=tokens.LONGEST_LIFE)
    client.get(reverse("tokens"))  # makes the policy, the first time
    with django_assert_max_num_queries(20) as few:
        client.get(reverse("tokens"))
    for n in range(4):
        tokens.mint(user, name=f"more {n}", scopes=["read"], password_ok=False, life=tokens.LONGEST_LIFE)

    with django_assert_num_queries(len(few.captured_queries)):
        client.get(reverse("tokens"))
