"""What a lie of the provider, or of somebody in its place, leads to."""

from __future__ import annotations

import html
import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from django.test import Client
from django.urls import reverse

from governance.accounts.oidc.tokens import Claims, Expected, Untrusted, read
from tests.factories import person
from tests.governance.oidc.signing_on import is_in, refused
from tests.provider import CLIENT, KEY, OTHER_KEY, WEAK_KEY, Provider, come, jwk, leave

pytestmark = pytest.mark.django_db


def unsigned(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "", algorithm="none", headers={"kid": "one"})


def public_key_as_a_secret(claims: dict[str, Any]) -> str:
    """The oldest confusion: HS256 with the published key. PyJWT refuses to make it, so it is made by hand."""
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    signed = jwt.api_jws.PyJWS()
    header, body = signed.encode(json.dumps(claims).encode(), b"x" * 64, "HS256", {"kid": "one"}).split(".")[:2]
    mac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(f"{header}.{body}".encode(), public)
    return f"{header}.{body}.{jwt.utils.base64url_encode(mac).decode()}"


def by(key: Any, kid: str | None = "one", algorithm: str = "RS256") -> Any:
    return lambda claims: jwt.encode(claims, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


LIES: dict[str, tuple[str, dict[str, Any]]] = {
    # what is said of it, and how it is told
    "nonce": ("nonce", {"lies": {"nonce": "another"}}),
    "no nonce": ("nonce", {"lies": {"nonce": None}}),
    "audience": ("audience", {"lies": {"aud": "another client"}}),
    "no audience": ("audience", {"lies": {"aud": None}}),
    "audience among others": ("authorized party", {"lies": {"aud": [CLIENT, "another"]}}),
    "authorized party": ("authorized party", {"lies": {"azp": "another"}}),
    "issuer": ("issuer", {"lies": {"iss": "https://another.example"}}),
    "issuer with a slash": ("issuer", {"lies": {"iss": "+/"}}),
    "expired": ("expired", {"lies": {"exp": "-61"}}),
    "not yet": ("not yet", {"lies": {"iat": "+600"}}),  # the minute exactly: below, by a clock that stands
    "not before": ("not yet", {"lies": {"nbf": "+600"}}),
    "no expiry": ("exp is no time", {"lies": {"exp": None}}),
    "expiry is a word": ("exp is no time", {"lies": {"exp": "never"}}),
    "expiry is beyond time": ("exp is no time", {"lies": {"exp": 1e300}}),
    "no subject": ("subject", {"person": {"sub": None}}),
    "empty subject": ("subject", {"person": {"sub": ""}}),
    "subject is a number": ("InvalidSubjectError", {"lies": {"sub": 7}}),
    "long subject": ("subject", {"person": {"sub": "x" * 192}}),
    "unsigned": ("algorithm none", {"sign": unsigned}),
    "public key as a secret": ("algorithm HS256", {"sign": public_key_as_a_secret}),
    "another key": ("InvalidSignatureError", {"sign": by(OTHER_KEY)}),
    "unknown kid": ("no such key", {"sign": by(KEY, "two")}),
    "kid of a key without one": ("no such key", {"keys": [jwk(KEY, kid=None)]}),
    "two keys that may be meant": ("several keys", {"sign": by(KEY, None), "keys": [jwk(KEY), jwk(OTHER_KEY, "two")]}),
    "key for encryption": ("no such key", {"keys": [jwk(KEY, use="enc")]}),
    "key for another algorithm": ("no such key", {"keys": [jwk(KEY, alg="RS512")]}),
    "algorithm that is not ours": ("algorithm RS384", {"sign": by(KEY, algorithm="RS384")}),
    "key too short": ("key too short", {"sign": by(WEAK_KEY), "keys": [jwk(WEAK_KEY)]}),
    "no keys": ("no such key", {"keys": []}),
    "keys are nonsense": ("InvalidKeyError", {"keys": ["x", None, {"kty": "RSA", "kid": "one"}, 7]}),
    "not a token": ("DecodeError", {"sign": lambda claims: "a.b.c"}),
    "token is no text": ("no ID token, but 'None'", {"sign": lambda claims: 7}),
    "token with letters of elsewhere": ("no ID token, but 'None'", {"sign": lambda claims: "é.é.é"}),
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("lie", LIES)
def test_lie_opens_nothing_and_is_recorded(provider: Provider, lie: str) -> None:
    person("ada")
    why, told = LIES[lie]
    for name, value in told.items():
        if isinstance(value, dict):
            value = {claim: _told(said, provider) for claim, said in value.items()}
            value = getattr(provider, name) | value
        setattr(provider, name, value)

    response = come(client := Client())

    assert (response.status_code, refused()) == (401, ["untrusted"])
    assert f"It does not hold: {why}. Begin again" in html.unescape(response.content.decode())
    assert not is_in(client)
    assert not SocialAccount.objects.exists()


def _told(said: Any, provider: Provider) -> Any:
    """“+61” is a moment that many seconds away."""
    if said == "+/":
        return provider.url + "/"
    return int(time.time()) + int(said) if isinstance(said, str) and said[1:].isdecimal() else said


def test_clock_of_the_provider_may_be_off(provider: Provider) -> None:
    person("ada")
    provider.skew = 30

    assert come()["Location"] == reverse("queue")


@pytest.mark.parametrize(
    ("claim", "last_good", "first_bad"),
    [("iat", 60, 61), ("nbf", 60, 61), ("exp", -59, -60)],
    ids=["iat", "nbf", "exp"],
)
def test_by_a_minute_and_no_more(claim: str, last_good: int, first_bad: int) -> None:
    now = int(datetime(2026, 11, 2, 9, tzinfo=UTC).timestamp())

    assert _read_at(now, {claim: now + last_good}).subject == "ada-1"
    with pytest.raises(Untrusted, match="expired" if claim == "exp" else "not yet"):
        _read_at(now, {claim: now + first_bad})


def _read_at(now: int, lies: dict[str, int]) -> Claims:
    claims = {
        "iss": "https://id.example",
        "aud": CLIENT,
        "nonce": "n",
        "sub": "ada-1",
        "iat": now,
        "exp": now + 300,
    } | lies
    return read(
        by(KEY)(claims),
        {"keys": [jwk(KEY)]},
        expected=Expected("https://id.example", CLIENT, "n"),
        now=datetime.fromtimestamp(now, UTC),
    )


def test_code_that_another_login_brought_is_refused(provider: Provider) -> None:
    """Codes are bound to the browser that asked by PKCE: a planted one fits no verifier."""
    person("ada")
    attacker, victim = Client(), Client()
    back = requests.get(leave(attacker), allow_redirects=False, timeout=60).headers["Location"]
    state = provider_state(leave(victim))
    code = parse_qs(urlsplit(back).query)["code"][0]

    response = victim.get(reverse("provider-callback"), {"code": code, "state": state})

    assert (response.status_code, refused()) == (401, ["untrusted"])
    assert not is_in(victim)


def provider_state(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def test_state_of_another_browser_or_none_leads_to_a_page_and_asks_the_provider_nothing(provider: Provider) -> None:
    person("ada")
    back = urlsplit(requests.get(leave(Client()), allow_redirects=False, timeout=60).headers["Location"])

    answers = [
        Client().get(f"{back.path}?{back.query}"),
        Client().get(reverse("provider-callback")),
        Client().get(reverse("provider-callback"), {"code": "x", "state": "\0"}),
    ]

    assert [answer.status_code for answer in answers] == [401] * 3
    assert {"begun in another browser" in answer.content.decode() for answer in answers} == {True}
    assert provider.tokens == 0


def test_answer_counts_once(provider: Provider) -> None:
    person("ada")
    client = Client()
    back = urlsplit(requests.get(leave(client), allow_redirects=False, timeout=60).headers["Location"])
    first = client.get(f"{back.path}?{back.query}")
    client.post(reverse("logout"))

    again = client.get(f"{back.path}?{back.query}")

    assert (first.status_code, again.status_code, provider.tokens) == (302, 401, 1)
    assert not is_in(client)


def test_answer_of_another_issuer_is_not_exchanged(provider: Provider) -> None:
    """RFC 9207: a code that another provider gave is never sent to ours."""
    client = Client()
    state = provider_state(leave(client))

    response = client.get(reverse("provider-callback"), {"code": "x", "state": state, "iss": "https://another.example"})

    assert (response.status_code, provider.tokens) == (401, 0)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"error": "access_denied"}, "You stopped on the way"),
        ({"error": "server_error"}, "server_error"),
        ({"error": "<script>alert(1)</script>"}, "&lt;script&gt;"),
        ({}, "without a code"),
    ],
)
def test_answer_without_a_code_says_what_happened(provider: Provider, said: dict[str, str], words: str) -> None:
    client = Client()
    state = provider_state(leave(client))

    response = client.get(reverse("provider-callback"), {"state": state, **said})

    assert response.status_code == 401
    assert words in response.content.decode()
    assert "<script>alert" not in response.content.decode()
