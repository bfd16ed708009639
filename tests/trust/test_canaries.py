"""Secrets that the portal holds stand in no page, answer, error, export, message or event (trust list, row 35).

Each is made by its own verb; then every address is read by those who see most, and every file is opened.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import timedelta
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from governance.accounts import factors
from governance.api import tokens
from governance.calendar import feeds
from governance.exporting import asking, making, printing
from governance.exporting.models import Export
from governance.models import Scope
from rfcs.delivery import webhooks
from rfcs.delivery.webhooks import Wish
from rfcs.models import RFC, Event, Message
from rfcs.states import AUDITORS, STEWARDS
from tests import factories as f
from tests.trust.routes import PLAIN, Route, routes

pytestmark = pytest.mark.django_db
APP = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
TITLE = "the title"
HOOK = "https://hooks.example.org/services/canary-of-an-address"


def reader(name: str, *teams: str) -> tuple[User, dict[str, str]]:
    """Somebody with one secret of every kind that a person has; and these, by what they are."""
    user = f.person(name, *teams, password=f"canary of the password of {name}")
    _, token = tokens.mint(user, name="canary", scopes=list(Scope), password_ok=True, life=timedelta(hours=1))
    return user, {
        "password": f"canary of the password of {name}",
        "hash": User.objects.get(pk=user.pk).password,
        "token": token,
        "feed": feeds.make(user),
    }


def client_of(user: User, token: str) -> Client:
    client = Client(headers={"authorization": f"Token {token}"}, raise_request_exception=False)
    client.force_login(user)
    return client


def secrets_of_the_portal(steward: User) -> dict[str, str]:
    """Those of the installation, and of what a steward set up."""
    _, hook = webhooks.create(Wish("Chat", HOOK), by=steward)
    return {"hook": hook, "hook address": "canary-of-an-address", "key": settings.SECRET_KEY}


def with_an_app(user: User) -> dict[str, str]:
    factors.add_app(user, APP)
    return {"app": APP} | {f"code {n}": code for n, code in enumerate(factors.show_codes(user))}


def leaks(data: bytes, canaries: Mapping[str, str]) -> list[str]:
    return [name for name, secret in canaries.items() if secret.encode() in data]


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


def addresses(rfc: RFC, export: Export) -> Iterator[tuple[Route, str]]:
    known = {**PLAIN, "number": rfc.number, "username": "steward"}
    for route in routes():
        more = {"pk": export.pk} if "export" in route.name else {"slug": STEWARDS} if "team" in route.name else {}
        yield route, route.address(**(known | more))


def filled() -> RFC:
    """An RFC that two people signed."""
    f.board(2)
    return f.approve(f.rfc_in("review", author=User.objects.get(username="author")))


def made(rfc: RFC, kind: str) -> Export:
    export = asking.ask(rfc, kind, by=rfc.owner)
    while waiting := making.claim():
        making.make(waiting)
    return Export.objects.get(pk=export.pk)


def answers(client: Client, address: str) -> Iterator[bytes]:
    """To a GET and to a POST that is no good; whatever they did is undone, a logout too."""
    kept = {name: morsel.value for name, morsel in client.cookies.items()}
    for ask in (client.get, lambda address: client.post(address, "{", content_type="application/json")):
        with transaction.atomic():
            data = body(ask(address))
            transaction.set_rollback(True)
        client.cookies = SimpleCookie(kept)
        yield data


def test_no_address_and_no_file_tells_a_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The title, looked for beside the secrets, shows that they would be found."""
    monkeypatch.setattr(printing, "pdf", lambda facts: json.dumps(facts, default=str).encode())
    readers = [reader("author"), reader("steward", STEWARDS), reader("auditor", AUDITORS)]
    canaries = {f"{what} of {user}": secret for user, mine in readers for what, secret in mine.items()}
    canaries |= secrets_of_the_portal(readers[1][0])
    clients = [client_of(user, mine["token"]) for user, mine in readers]
    canaries |= with_an_app(readers[0][0])
    rfc = filled()
    export = made(rfc, "bundle")
    canaries[TITLE] = rfc.title

    said = {
        (str(route), leak)
        for route, address in addresses(rfc, export)
        for client in clients
        for data in answers(client, address)
        for leak in leaks(data, canaries)
    }
    archive = zipfile.ZipFile(io.BytesIO(bytes(export.file.data)))
    said |= {(name, leak) for name in archive.namelist() for leak in leaks(archive.read(name), canaries)}

    assert {found for found in said if found[1] != TITLE} == set()
    assert {"queue", "rfc-page", "rfc-list-csv", "rfc-html", "api-rfc", "api-events", "record.json"} <= {
        place for place, what in said if what == TITLE
    }


def test_no_event_and_no_message_holds_a_secret() -> None:
    (author, mine), (steward, theirs) = reader("author"), reader("steward", STEWARDS)
    canaries = mine | {f"steward's {what}": secret for what, secret in theirs.items()}
    canaries |= secrets_of_the_portal(steward) | with_an_app(author)
    filled()

    events = [json.dumps(payload, ensure_ascii=False) for payload in Event.objects.values_list("payload", flat=True)]
    texts = [f"{subject}\n{text}" for subject, text in Message.objects.values_list("subject", "text")]

    assert [leak for said in (*events, *texts) for leak in leaks(said.encode(), canaries)] == []
    assert {"token.minted", "calendar.made", "webhook.created"} <= set(Event.objects.values_list("kind", flat=True))
    assert texts
