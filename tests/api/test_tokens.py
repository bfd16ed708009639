from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches

from governance.accounts import limits
from governance.api import tokens
from governance.models import AccessToken
from rfcs import clock
from rfcs.errors import Refused
from rfcs.models import Event
from tests.api.conftest import Caller, Client, codes
from tests.factories import person

pytestmark = pytest.mark.django_db
GOOD: dict[str, Any] = {"name": "ci", "scopes": ["write", "read"], "password_ok": False, "life": timedelta(days=30)}


def test_minting_stores_a_digest_and_records_no_secret(clock_stands: None) -> None:
    user = person("ada")
    token, secret = tokens.mint(user, **GOOD)
    event = Event.objects.get(stream="access")
    assert (event.kind, event.actor, event.payload["scopes"]) == ("token.minted", user, ["read", "write"])
    assert secret[:15] not in str(event.payload)
    assert secret not in str(AccessToken.objects.values())
    assert token.expiry == clock.now() + timedelta(days=30)
    assert token.authenticated_at is None


@pytest.mark.parametrize(
    ("change", "codes", "status"),
    [
        ({"name": "  "}, ["name"], 422),
        ({"name": "x" * 81}, ["name"], 422),
        ({"name": "\0"}, ["name"], 422),
        ({"scopes": []}, ["scopes"], 422),
        ({"scopes": ["read", "fly"]}, ["scopes"], 422),
        ({"life": timedelta()}, ["life"], 422),
        ({"life": timedelta(days=400_000)}, ["life"], 422),
        ({"scopes": ["sign"], "life": timedelta(hours=1)}, ["reauthenticate"], 401),
        ({"scopes": ["sign"], "password_ok": True, "life": timedelta(hours=12, seconds=1)}, ["life"], 422),
        (
            {"name": "", "scopes": ["sign", "fly"], "life": timedelta(days=1)},
            ["name", "scopes", "reauthenticate", "life"],
            401,
        ),
    ],
)
def test_minting_is_refused_with_every_reason(change: dict[str, Any], codes: list[str], status: int) -> None:
    with pytest.raises(Refused) as refusal:
        tokens.mint(person(), **(GOOD | change))
    assert ([reason.code for reason in refusal.value.reasons], refusal.value.status) == (codes, status)
    assert AccessToken.objects.count() == 0
    assert Event.objects.get().kind == "refused"


def test_minting_for_a_deactivated_account_is_refused() -> None:
    with pytest.raises(Refused, match="deactivated"):
        tokens.mint(person(is_active=False), **GOOD)


def test_signing_token_of_twelve_hours_remembers_the_password() -> None:
    token, _ = tokens.mint(person(), name="desk", scopes=["sign"], password_ok=True, life=timedelta(hours=12))
    assert token.authenticated_at == token.expiry - timedelta(hours=12)


def test_guessing_tokens_ends_in_429_and_a_good_token_works_all_the_same(as_: Client, monkeypatch: Any) -> None:
    """Test plan, row 33: once recorded, and counted where a restart forgets nothing."""
    monkeypatch.setitem(limits.TOKENS, "token", "3/5m/ip")
    guesses = [Caller(f"{n:064d}").get("rfcs/") for n in range(5)]

    assert [answer.status_code for answer in guesses] == [401] * 3 + [429] * 2
    assert guesses[-1]["Retry-After"] == "300"
    assert codes(guesses[-1]) == ["throttled"]
    assert as_(person("ada"), "read").get("rfcs/").status_code == 200
    event = Event.objects.get(kind="limit.reached")
    assert (event.stream, event.payload) == ("access", {"at": "api-token", "address": "127.0.0.1"})


def test_guesses_are_remembered_by_the_database_alone(monkeypatch: Any) -> None:
    """All that a process knows of its cache is thrown away, as by a restart: the count is there."""
    monkeypatch.setitem(limits.TOKENS, "token", "3/5m/ip")
    for n in range(3):
        Caller(f"{n:064d}").get("rfcs/")

    del caches["default"]

    assert Caller("f" * 64).get("rfcs/").status_code == 429
