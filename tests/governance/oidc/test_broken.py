"""A provider that is away, slow or broken, or half configured."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from approvals import freshness
from governance import checks
from governance.accounts import limits
from governance.accounts.oidc import provider as asking
from rfcs import clock
from rfcs.models import Event
from tests.factories import client_of, person
from tests.governance.oidc.signing_on import is_in
from tests.provider import Provider, arrive, leave
from tests.receivers import closed_port

pytestmark = pytest.mark.django_db


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
    with closed_port() as port:
        settings.OIDC_ISSUER = f"http://127.0.0.1:{port}"
        gone = Client().post(reverse("provider-login"))

    assert [answer.status_code for answer in (slow, dripping, gone)] == [503] * 3
    assert took < 15  # of 30
    assert time.monotonic() - began < 30


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
