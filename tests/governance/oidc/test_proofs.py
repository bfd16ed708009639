"""The provider as a fresh proof, for a signature and for changes of an account."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from approvals import freshness
from rfcs import clock
from tests.factories import person
from tests.governance.oidc.signing_on import is_in, refused, without_password
from tests.provider import Provider, come

pytestmark = pytest.mark.django_db


def fresh(client: Client) -> bool:
    return client.get(reverse("passkey-add")).status_code == 200


def stale(client: Client) -> None:
    session = client.session
    session.pop(freshness.KEY, None)
    session.save()


@pytest.mark.parametrize(
    ("has_session", "lies", "is_fresh"), [(False, {}, True), (True, {}, False), (False, {"auth_time": None}, False)]
)
def test_login_proves_what_the_provider_says_of_its_own_moment(
    provider: Provider, has_session: bool, lies: dict[str, Any], is_fresh: bool
) -> None:
    person("ada")
    provider.has_session, provider.lies = has_session, lies
    client = Client()

    come(client)

    assert (is_in(client), fresh(client)) == (True, is_fresh)


def test_moment_in_the_future_counts_as_now(provider: Provider) -> None:
    person("ada")
    provider.lies = {"auth_time": int(time.time()) + 86_400}
    client = Client()

    come(client)

    given = freshness.given_at(client.get(reverse("queue")).wsgi_request)
    assert given is not None
    assert given <= clock.now()


def test_who_has_no_password_confirms_with_the_provider_which_has_to_ask(provider: Provider) -> None:
    without_password("ada", provider)
    provider.has_session = True
    client = Client()
    come(client)
    page = client.get(reverse("confirm")).content.decode()

    done = come(client, "provider-confirm", next=reverse("confirm-done"))

    assert "Confirm with Acme" in page
    assert 'name="password"' not in page
    assert (provider.asked[-1]["prompt"], provider.asked[-1]["max_age"]) == ("login", "0")
    assert "prompt" not in provider.asked[0]
    assert done["Location"] == reverse("confirm-done")
    assert client.get(reverse("confirm-done")).status_code == 200
    assert fresh(client)


@pytest.mark.parametrize("lies", [{"auth_time": None}, {"auth_time": -3_600}])
def test_provider_that_did_not_ask_confirms_nothing(provider: Provider, lies: dict[str, Any]) -> None:
    without_password("ada", provider)
    client = Client()
    come(client)
    stale(client)
    at = lies["auth_time"]
    provider.lies = {"auth_time": at and int(time.time()) + at}

    response = come(client, "provider-confirm")

    assert (response.status_code, refused()) == (401, ["not_asked"])
    assert "without asking who you are" in response.content.decode()
    assert not fresh(client)


def test_somebody_elses_identity_confirms_nothing(provider: Provider) -> None:
    """Eve at Ada's open browser logs in to the provider as herself."""
    without_password("ada", provider)
    client = Client()
    come(client)
    stale(client)
    provider.person |= {"sub": "eve-1"}

    response = come(client, "provider-confirm")

    assert (response.status_code, refused()) == (401, ["other_person"])
    assert not fresh(client)


def test_old_proof_is_asked_anew_after_the_signing_window(provider: Provider, clock_shift: Any) -> None:
    person("ada")
    client = Client()
    come(client)
    seen = []
    for minutes in (0, 14, 16):
        clock_shift(minutes=minutes)
        seen.append(fresh(client))

    assert seen == [True, True, False]


def test_what_is_signed_offers_the_provider_in_another_tab_so_that_nothing_typed_is_lost(provider: Provider) -> None:
    without_password("ada", provider)
    client = Client()
    come(client)
    stale(client)

    page = client.get(reverse("tokens")).content.decode()

    assert f'href="{reverse("confirm")}?next=/me/confirm/done/"' in page
    assert 'target="_blank"' in page
