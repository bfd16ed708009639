"""Single sign-on against a real provider on the loopback: who comes in, who does not, and what a lie leads to."""

from __future__ import annotations

import html
import json
import time
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from cryptography.hazmat.primitives import serialization
from django.test import Client
from django.urls import reverse

from approvals import freshness
from governance import checks
from governance.accounts import factors, limits
from governance.accounts.oidc import identities
from governance.accounts.oidc import provider as asking
from rfcs import clock
from rfcs.errors import Refused
from rfcs.models import Event, Message
from rfcs.notices import Notice
from rfcs.states import STEWARDS
from tests.factories import PASSWORD, client_of, person
from tests.provider import CLIENT, CURVE, KEY, OTHER_KEY, SECRET, WEAK_KEY, Provider, arrive, come, jwk, leave

pytestmark = pytest.mark.django_db


def is_in(client: Client) -> bool:
    return client.get(reverse("queue")).status_code == 200


def refused() -> list[str]:
    rows = Event.objects.filter(stream="access", kind="refused").order_by("seq")
    return [reason["code"] for row in rows for reason in row.payload["reasons"]]


def linked(user: Any, provider: Provider, **more: Any) -> SocialAccount:
    row: SocialAccount = SocialAccount.objects.create(user=user, provider=provider.url, uid="ada-1", **more)
    return row


# Who comes in ---------------------------------------------------------------------------------------------------


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


# Lies -----------------------------------------------------------------------------------------------------------


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
    "not yet": ("not yet", {"lies": {"iat": "+61"}}),
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


def test_clock_of_the_provider_may_be_off_by_a_minute(provider: Provider) -> None:
    person("ada")
    provider.skew = 55

    assert come()["Location"] == reverse("queue")


def test_code_that_another_login_brought_is_refused(provider: Provider) -> None:
    """Codes are bound to the browser that asked by PKCE: a planted one fits no verifier."""
    person("ada")
    attacker, victim = Client(), Client()
    back = requests.get(leave(attacker), allow_redirects=False, timeout=10).headers["Location"]
    state = provider_state(leave(victim))
    code = parse_qs(urlsplit(back).query)["code"][0]

    response = victim.get(reverse("provider-callback"), {"code": code, "state": state})

    assert (response.status_code, refused()) == (401, ["untrusted"])
    assert not is_in(victim)


def provider_state(address: str) -> str:
    return parse_qs(urlsplit(address).query)["state"][0]


def test_state_of_another_browser_or_none_leads_to_a_page_and_asks_the_provider_nothing(provider: Provider) -> None:
    person("ada")
    back = urlsplit(requests.get(leave(Client()), allow_redirects=False, timeout=10).headers["Location"])

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
    back = urlsplit(requests.get(leave(client), allow_redirects=False, timeout=10).headers["Location"])
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


# A provider that is away, slow, or broken -----------------------------------------------------------------------

DISCOVERY = "/.well-known/openid-configuration"
BROKEN: dict[str, dict[str, Any]] = {
    "error": {"answers": {DISCOVERY: (500, b"{}")}},
    "not found": {"answers": {DISCOVERY: (404, b"nothing")}},
    "no JSON": {"answers": {DISCOVERY: (200, b"<html>")}},
    "a list": {"answers": {DISCOVERY: (200, b"[]")}},
    "deep": {"answers": {DISCOVERY: (200, b"[" * 100_000)}},
    "huge": {"answers": {DISCOVERY: (200, b" " * 2_000_000)}},
    "redirect": {"answers": {DISCOVERY: (302, b"")}},
    "another issuer": {"description": {"issuer": "https://another.example"}},
    "no address": {"description": {"authorization_endpoint": None}},
    "an address of scripts": {"description": {"authorization_endpoint": "javascript:alert(1)"}},
    "an address with a line": {"description": {"authorization_endpoint": "http://127.0.0.1/\r\nX: y"}},
    "an address without a host": {"description": {"token_endpoint": "http:///token"}},
}
LATER: dict[str, dict[str, Any]] = {
    "error": {"answers": {"/token": (503, b"{}")}},
    "no JSON": {"answers": {"/token": (200, b"code=7")}},
    "keys away": {"answers": {"/keys": (500, b"{}")}},
    "keys elsewhere": {"answers": {"/keys": (302, b"")}},
}


@pytest.mark.parametrize("broken", BROKEN)
def test_provider_that_is_broken_is_said_before_anybody_leaves(provider: Provider, broken: str) -> None:
    for name, value in BROKEN[broken].items():
        setattr(provider, name, value)

    response = Client().post(reverse("provider-login"))

    assert response.status_code == 503
    assert "Acme does not answer" in response.content.decode()
    assert "Refresh" not in response


@pytest.mark.parametrize("broken", LATER)
def test_provider_that_breaks_on_the_way_is_said(provider: Provider, broken: str) -> None:
    person("ada")
    client = Client()
    address = leave(client)
    for name, value in LATER[broken].items():
        setattr(provider, name, value)

    response = arrive(client, address)

    assert response.status_code == 503
    assert not is_in(client)


def test_provider_that_is_gone_or_slow_is_not_waited_for(provider: Provider, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(asking, "READ", 0.4)
    monkeypatch.setattr(asking, "WHOLE", 1.5)
    provider.waits = {DISCOVERY: 30}  # a byte a second
    began = time.monotonic()
    slow = Client().post(reverse("provider-login"))
    took = time.monotonic() - began
    monkeypatch.setattr(asking, "READ", 5)
    dripping = Client().post(reverse("provider-login"))
    settings.OIDC_ISSUER = "http://127.0.0.1:9"

    gone = Client().post(reverse("provider-login"))

    assert [answer.status_code for answer in (slow, dripping, gone)] == [503] * 3
    assert took < 15
    assert time.monotonic() - began < 25


def test_nothing_answers_without_a_provider(provider: Provider, settings: Any) -> None:
    settings.OIDC_ISSUER = ""
    ada = person("ada")
    client = client_of(ada)
    session = client.session
    session[freshness.KEY] = clock.now().isoformat()
    session.save()

    answers = [
        Client().post(reverse("provider-login")),
        Client().get(reverse("provider-callback")),
        client.post(reverse("provider-confirm")),
        client.get(reverse("identity-add")),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert "Continue with" not in Client().get(reverse("login")).content.decode()


def test_asking_too_often_ends_in_429(provider: Provider, monkeypatch: Any) -> None:
    monkeypatch.setitem(limits.PROVIDER, "provider", "3/m/ip")

    statuses = [Client().get(reverse("provider-callback")).status_code for _ in range(5)]

    assert statuses == [401] * 3 + [429] * 2
    assert Event.objects.filter(kind="limit.reached").count() == 1


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        ({}, []),
        ({"OIDC_ISSUER": ""}, []),
        ({"OIDC_CLIENT_SECRET": ""}, ["breakwater.E004"]),
        ({"OIDC_ISSUER": "login.example.org"}, ["breakwater.E004"]),
        ({"OIDC_ISSUER": "https://x.example/" + "y" * 200}, ["breakwater.E004"]),
        ({"PRODUCTION": True}, ["breakwater.E004"]),
        ({"PRODUCTION": True, "OIDC_ISSUER": "https://login.example.org"}, []),
    ],
)
def test_half_a_configuration_stops_the_start(
    provider: Provider, settings: Any, change: dict[str, Any], ids: list[str]
) -> None:
    for name, value in change.items():
        setattr(settings, name, value)

    assert [error.id for error in checks.single_sign_on_is_whole()] == ids


# The second factor ----------------------------------------------------------------------------------------------


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


# A fresh proof --------------------------------------------------------------------------------------------------


def fresh(client: Client) -> bool:
    return client.get(reverse("passkey-add")).status_code == 200


def stale(client: Client) -> None:
    session = client.session
    session.pop(freshness.KEY, None)
    session.save()


def without_password(username: str, provider: Provider) -> Any:
    user = person(username)
    user.set_unusable_password()
    user.save()
    linked(user, provider)
    return user


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


# Links ----------------------------------------------------------------------------------------------------------


def logged_in(username: str) -> Client:
    client = Client()
    assert client.post(reverse("login"), {"login": username, "password": PASSWORD}).status_code == 302
    return client


def test_link_by_hand_needs_no_verified_address_and_opens_the_account_from_then_on(provider: Provider) -> None:
    ada = person("ada")
    provider.person |= {"email": "ada@elsewhere.example", "email_verified": False}
    client = logged_in("ada")

    done = come(client, "identity-add")
    page = client.get(reverse("security")).content.decode()
    other = Client()
    come(other)

    assert done["Location"] == reverse("security")
    assert "Linked as ada@elsewhere.example" in page
    assert other.get(reverse("queue")).wsgi_request.user == ada
    assert Event.objects.get(kind="identity.linked").payload["by"] == "hand"


def test_link_is_touched_only_with_a_fresh_proof(provider: Provider, clock_shift: Any) -> None:
    row = linked(person("ada"), provider)
    client = logged_in("ada")
    clock_shift(hours=1)

    for address in (reverse("identity-add"), reverse("identity-remove", args=[row.pk])):
        for answer in (client.get(address), client.post(address)):
            assert answer["Location"].partition("?")[0] == reverse("confirm")
    assert SocialAccount.objects.count() == 1


def test_link_of_another_account_is_refused(provider: Provider) -> None:
    linked(person("eve"), provider)
    person("ada")

    response = come(logged_in("ada"), "identity-add")

    assert (response.status_code, refused()) == (409, ["identity_taken"])


def test_one_link_a_provider(provider: Provider) -> None:
    linked(person("ada"), provider)
    provider.person |= {"sub": "ada-2"}

    response = come(logged_in("ada"), "identity-add")

    assert (response.status_code, refused()) == (409, ["identity_there"])


def test_link_is_removed_and_the_account_told(provider: Provider) -> None:
    ada = person("ada")
    row = linked(ada, provider)
    client = logged_in("ada")

    asked = client.get(reverse("identity-remove", args=[row.pk]))
    done = client.post(reverse("identity-remove", args=[row.pk]))

    assert "Remove the link with Acme?" in asked.content.decode()
    assert done["Location"] == reverse("security")
    assert not SocialAccount.objects.exists()
    payload = Event.objects.get(kind="identity.unlinked").payload
    assert payload == {"of": "ada", "issuer": provider.url, "subject": "ada-1"}
    assert client.get(reverse("identity-remove", args=[row.pk])).status_code == 404


def test_nobody_touches_a_link_of_another_person(provider: Provider) -> None:
    row = linked(person("ada"), provider)
    person("eve")

    assert logged_in("eve").post(reverse("identity-remove", args=[row.pk])).status_code == 404
    assert SocialAccount.objects.count() == 1


def passkey(user: Any, *, alone: bool) -> Authenticator:
    credential = {"clientExtensionResults": {"credProps": {"rk": alone}}}
    data = {"name": "Laptop", "credential": credential}
    row: Authenticator = Authenticator.objects.create(user=user, type=factors.PASSKEY, data=data)
    return row


def test_last_way_in_stays(provider: Provider, settings: Any) -> None:
    ada = without_password("ada", provider)
    row, beside, key = SocialAccount.objects.get(), passkey(ada, alone=False), passkey(ada, alone=True)

    factors.remove_passkey(ada, key.pk)
    with pytest.raises(Refused, match="Nothing else opens your account"):
        identities.unlink(ada, row.pk)
    again = passkey(ada, alone=True)
    identities.unlink(ada, row.pk)
    with pytest.raises(Refused, match="Nothing else opens your account"):
        factors.remove_passkey(ada, again.pk)
    factors.remove_passkey(ada, beside.pk)
    linked(ada, provider)
    settings.OIDC_ISSUER = "https://another.example"
    with pytest.raises(Refused, match="Nothing else opens your account"):
        factors.remove_passkey(ada, again.pk)


def test_identity_of_an_earlier_provider_opens_nothing_and_can_be_removed(provider: Provider) -> None:
    ada = person("ada")
    row = SocialAccount.objects.create(user=ada, provider="https://old.example", uid="ada-1")
    client = logged_in("ada")

    page = client.get(reverse("security")).content.decode()
    asked = client.get(reverse("identity-remove", args=[row.pk])).content.decode()

    assert "Opens nothing any more" in page
    assert "another provider now" in asked
    assert freshness.ways(ada).single_sign_on == ""


def test_steward_ends_the_link_of_somebody_whom_the_provider_knows_anew(provider: Provider) -> None:
    ada, steward = person("ada"), person("stu", STEWARDS)
    linked(ada, provider)
    provider.person |= {"sub": "ada-2"}
    before = come().status_code

    with pytest.raises(Refused, match="Only stewards"):
        identities.unlink_all(ada, by=ada)
    assert identities.unlink_all(ada, by=steward) == 1

    assert (before, come()["Location"]) == (403, reverse("queue"))
    assert Event.objects.get(kind="identity.unlinked").actor == steward


def test_sessions_say_how_they_were_opened(provider: Provider) -> None:
    person("ada")
    come(Client())
    client = logged_in("ada")

    page = client.get(reverse("security")).content.decode()

    assert [word in page for word in (">Single sign-on<", ">Password<")] == [True, True]


def test_secrets_stand_in_no_event(provider: Provider) -> None:
    """Test plan, row 35."""
    person("ada")
    provider.answers = {"/token": (400, b'{"error": "canary-of-an-error"}')}
    come()
    provider.answers = {}
    come()

    told = str(list(Event.objects.values_list("payload", flat=True))) + str(list(SocialAccount.objects.values()))
    assert [word for word in (SECRET, *provider.codes, "never used", provider.asked[-1]["nonce"]) if word in told] == []
