"""Who comes in by a real provider on the loopback, and who does not."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.urls import reverse

from governance.accounts import factors
from rfcs.models import Event, Message
from rfcs.notices import Notice
from tests.factories import person
from tests.governance.oidc.signing_on import is_in, linked, refused
from tests.provider import CURVE, KEY, Provider, arrive, come, jwk, leave

pytestmark = pytest.mark.django_db


def test_invited_person_comes_in_by_their_verified_address_and_is_linked_and_told(provider: Provider) -> None:
    ada = person("ada", email="Ada@Example.org")
    client = Client()

    first = come(client, next=reverse("rfc-list"))
    again = come(Client())

    assert (first.status_code, first["Location"], again["Location"]) == (302, reverse("rfc-list"), reverse("queue"))
    assert is_in(client)
    kinds = list(Event.objects.filter(stream="access").order_by("seq").values_list("kind", "actor__username"))
    assert kinds == [("identity.linked", "ada"), ("logged_in", "ada"), ("logged_in", "ada")]
    payload = Event.objects.get(kind="identity.linked").payload
    assert payload == {"issuer": provider.url, "subject": "ada-1", "by": "address"}
    assert Event.objects.filter(kind="logged_in").latest("seq").payload == {"methods": ["single_sign_on"]}
    assert Message.objects.filter(recipient=ada, kind=Notice.SECURITY).count() == 2


def test_an_identity_opens_its_account_whatever_its_address_says_later(provider: Provider) -> None:
    ada = person("ada")
    person("eve", email="new@example.org")
    come()
    provider.person |= {"email": "new@example.org"}

    client = Client()
    come(client)

    assert client.get(reverse("queue")).wsgi_request.user == ada


def test_portal_asks_with_state_nonce_and_challenge_and_never_what_an_address_says(provider: Provider) -> None:
    person("ada")
    client = Client()
    page = client.post(reverse("provider-login") + "?scope=admin&auth_params=prompt%3Dnone&process=connect", {})
    asked = {name: values[0] for name, values in parse_qs(urlsplit(page["Refresh"].partition("url=")[2]).query).items()}

    assert asked.keys() == {
        "response_type",
        "client_id",
        "scope",
        "state",
        "nonce",
        "redirect_uri",
        "code_challenge",
        "code_challenge_method",
    }
    assert (asked["scope"], asked["code_challenge_method"]) == ("openid profile email", "S256")
    assert asked["redirect_uri"] == "http://127.0.0.1:8000/login/provider/back/"
    assert min(len(asked["nonce"]), len(asked["code_challenge"])) >= 43
    assert "form-action 'self'" in page["Content-Security-Policy"]


@pytest.mark.parametrize("next_", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_login_by_the_provider_leads_nowhere_else(provider: Provider, next_: str) -> None:
    person("ada")

    assert come(next=next_)["Location"] == reverse("queue")


def test_login_by_the_provider_changes_the_key_of_the_session(provider: Provider) -> None:
    """Test plan, row 32."""
    person("ada")
    client = Client()
    address = leave(client)
    before = client.session.session_key

    arrive(client, address)

    assert client.session.session_key != before
    assert Client(headers={"cookie": f"sessionid={before}"}).get(reverse("queue")).status_code == 302


def test_deactivated_account_stays_out_and_is_not_linked(provider: Provider) -> None:
    person("ada", is_active=False)

    response = come(client := Client())

    assert response["Location"] == reverse("account_inactive")
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


@pytest.mark.parametrize(
    ("about", "code"),
    [
        ({"email_verified": False}, "unverified_address"),
        ({"email_verified": None}, "unverified_address"),
        ({"email_verified": "false"}, "unverified_address"),
        ({"email_verified": 1.5}, "unverified_address"),
        ({"email": None}, "no_address"),
        ({"email": ["ada@example.org"]}, "no_address"),
        ({"email": "nobody@example.org"}, "no_account"),
        ({"email": "%@example.org"}, "no_account"),
    ],
)
def test_who_is_not_known_is_told_whom_to_ask(provider: Provider, about: dict[str, Any], code: str) -> None:
    person("ada")
    provider.person |= about

    response = come(client := Client())

    assert (response.status_code, refused()) == (403, [code])
    assert "steward" in response.content.decode()
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def test_address_that_only_looks_like_another_opens_nothing(provider: Provider) -> None:
    """Case folding in a database is not that of Unicode: the dotless i is not an i."""
    person("mike", email="mike@example.org")
    provider.person |= {"email": "mıke@example.org"}

    assert come().status_code == 403


def test_address_of_two_accounts_opens_neither(provider: Provider) -> None:
    person("ada")
    person("ada2", email="ADA@example.org")

    assert (come().status_code, refused()) == (403, ["several_accounts"])


def test_second_identity_with_the_same_address_does_not_take_the_account(provider: Provider) -> None:
    """An address is given away when somebody leaves; the account is not."""
    linked(person("ada"), provider)
    provider.person |= {"sub": "the-next-ada"}

    assert (come().status_code, refused()) == (403, ["other_identity"])


def test_same_subject_at_another_provider_is_somebody_else(provider: Provider) -> None:
    SocialAccount.objects.create(user=person("root"), provider="https://old.example", uid="ada-1")
    person("ada")
    client = Client()

    come(client)

    assert client.get(reverse("queue")).wsgi_request.user.username == "ada"


def test_provider_may_sign_on_the_curve_and_without_naming_its_only_key(provider: Provider) -> None:
    person("ada")
    provider.keys = [jwk(CURVE, kid=None), {"kty": "oct", "k": "AAAA"}, jwk(KEY, use="enc")]
    provider.sign = lambda claims: jwt.encode(claims, CURVE, algorithm="ES256")

    assert come()["Location"] == reverse("queue")


def test_secret_goes_into_the_body_where_the_provider_wants_it_there(provider: Provider) -> None:
    person("ada")
    provider.description = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}

    assert come()["Location"] == reverse("queue")


def test_second_factor_of_the_portal_is_asked_of_who_has_one(provider: Provider) -> None:
    factors.add_app(ada := person("ada"), "A" * 32)
    codes = factors.show_codes(ada)

    response = come(client := Client())
    page = client.get(reverse("mfa_authenticate")).content.decode()
    done = client.post(reverse("mfa_authenticate"), {"code": codes[0]})

    assert response["Location"] == reverse("mfa_authenticate")
    assert "Acme knows you" in page
    assert "confirm with" not in page
    assert done["Location"] == reverse("queue")
    assert Event.objects.get(kind="logged_in").payload == {"methods": ["single_sign_on", "recovery_codes"]}


@pytest.mark.parametrize(("methods", "is_enough"), [(["pwd", "mfa"], True), (["pwd", "otp"], False), ("mfa", False)])
def test_second_factor_of_the_provider_counts_when_it_says_so(
    provider: Provider, methods: Any, is_enough: bool
) -> None:
    factors.add_app(person("ada"), "A" * 32)
    provider.lies = {"amr": methods}

    response = come(client := Client())

    assert is_in(client) == is_enough
    assert response["Location"] == reverse("queue" if is_enough else "mfa_authenticate")
