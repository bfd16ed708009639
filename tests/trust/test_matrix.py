"""Every route x role x RFC answers as `matrix.txt` says (test plan, rows 9 and 29): a GET, an empty POST, and of calls
the other methods that they know.

The routes come from the URLconf, so one that nobody listed fails. `MATRIX=write` in the environment writes
the lines that are missing; read them before you keep them: they say who may what. Delete a line to have it anew.
The long run asks for all roles, the usual one for those that differ most.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client
from pytest_django.plugin import DjangoDbBlocker

from approvals.models import Round
from approvals.positions import Position
from governance.api import tokens
from governance.exporting import asking
from governance.models import LONGEST_SIGNING_LIFE, Scope
from rfcs import clock, editing
from rfcs.conversation import discussion
from rfcs.files import attachments
from rfcs.models import RFC, Chain, Event
from rfcs.states import ARCHITECTURE, AUDITORS, SECURITY, STEWARDS
from tests import factories as f
from tests.shared import taken_back
from tests.trust.routes import Route, routes

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("matrix.txt")
ROUTES = routes()
ROLES = ("anonymous", "stranger", "package", "owner", "coauthor", "board", "security", "steward", "auditor")
FEW = ("anonymous", "stranger", "owner", "auditor")
OUTSIDE = ("stranger", "package")
"""Who does not see what is under embargo. Owners of an affected package neither: they are asked once it is lifted."""
KINDS = ("plain", "embargoed")
OPEN = {
    "unsubscribe",
    "mfa_login_webauthn",
    "provider-login",
    "provider-callback",
    "account_signup",
    "account_inactive",
    "login",
    "account_login",
    "logout",
    "account_logout",
    "calendar-ics",
} | {name for name in (route.name for route in ROUTES) if name.startswith("account_reset") or name == "health"}
"""Pages for people who are not logged in."""
OPEN_CALLS = {"api-schema", "api-docs", "api-health", "api-signing-keys"}
HEADER = """# What each address answers, by role: a GET, an empty POST, and of calls the other methods they know.
# One line: kind of RFC, route, method, then a status for each of: {roles}
"""


@dataclass(slots=True)
class Cast:
    """One RFC of each kind, in review, with all that hangs on an RFC; one person for each role."""

    folder: Path
    people: dict[str, User] = field(default_factory=dict)
    known: dict[str, dict[str, Any]] = field(default_factory=dict)
    headers: dict[str, dict[str, str]] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)


@pytest.fixture(scope="module")
def cast_of_all(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Cast]:
    """Made once, in a transaction that is rolled back after the last test of this file."""
    with taken_back(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        cast = Cast(tmp_path_factory.mktemp("matrix"))
        patch.setattr(settings, "ATTACHMENTS_ROOT", cast.folder)
        _people(cast)
        for kind in KINDS:
            cast.known[kind] = _known(cast, embargoed=kind == "embargoed")
        yield cast


def _people(cast: Cast) -> None:
    teams = {"board": ARCHITECTURE, "security": SECURITY, "steward": STEWARDS, "auditor": AUDITORS}
    for role in ROLES[1:]:
        user = f.person(role, *([teams[role]] if role in teams else []))
        cast.people[role], cast.clients[role] = user, f.client_of(user)
        _, secret = tokens.mint(user, name="matrix", scopes=list(Scope), password_ok=True, life=LONGEST_SIGNING_LIFE)
        cast.headers[role] = {"HTTP_AUTHORIZATION": f"Token {secret}"}
    cast.clients["anonymous"], cast.headers["anonymous"] = Client(), {}
    for client in cast.clients.values():
        client.raise_request_exception = False
    f.board(2)
    f.owned("src/packages/billing/invoices", cast.people["package"])


def _known(cast: Cast, *, embargoed: bool) -> dict[str, Any]:
    owner, coauthor = cast.people["owner"], cast.people["coauthor"]
    rfc = f.draft(author=owner, embargoed=embargoed)
    editing.share(rfc, by=owner, with_=coauthor)
    attachments.attach(rfc, by=owner, name="load.csv", chunks=[b"1;2\n"])
    for step in f.TO_REVIEW:
        rfc = step(f.again(rfc))
    comment = discussion.open_thread(rfc, by=owner, text="What about the dashboards?").comment
    concern = f.sign(rfc, cast.people["board"], Position.DISCUSS)
    return {
        "number": f.again(rfc).number,
        "other": "RFC-0999",
        "sha256": rfc.attachments.get().sha256,
        "revision_number": 1,
        "thread": comment.thread_id,
        "comment": comment.pk,
        "export": asking.ask(rfc, "pdf", by=owner).pk,
        "round": Round.objects.get(rfc=rfc).pk,
        "concern": concern.pk,
        "slug": "unit_tests_pass",
    }


IDS = (
    ("api-comments", "thread"),
    ("thread", "thread"),
    ("comment", "comment"),
    ("concern", "concern"),
    ("sign-off", "round"),
    ("export", "export"),
)


def address(route: Route, known: dict[str, Any]) -> str:
    """Of what hangs on the RFC; of teams and people: ARCHITECTURE and somebody in it."""
    found = {"username": "board", "slug": ARCHITECTURE} | known
    if route.name.startswith(("team", "api-team")):
        found["slug"] = ARCHITECTURE
    number = next((known[what] for mark, what in IDS if mark in route.name), 999_999)
    key = number if route.is_api else "0" * 32
    return route.address(**(found | {"pk": number, "id": number, "key": key}))


def asked(cast: Cast, role: str, route: Route, known: dict[str, Any], method: str, before: dict[str, int]) -> int:
    """The status of one request, which is then undone, so `before` stands for all; a change by an empty body fails."""
    client, headers = cast.clients[role], cast.headers[role] if route.is_api else {}
    kept = {name: morsel.value for name, morsel in client.cookies.items()}
    with transaction.atomic():
        more = {"data": {}, "content_type": "application/json"} if route.is_api and method != "get" else {}
        response = getattr(client, method)(address(route, known), **more, **headers)
        if response.streaming:
            b"".join(response.streaming_content)  # to its end, so that files are closed
        after, status = heads(), response.status_code
        transaction.set_rollback(True)
    client.cookies = SimpleCookie(kept)
    if method == "get" or status >= 400:
        assert after == before, f"{method.upper()} {route} as {role} was answered by {status} and changed something"
    return int(status)


def heads() -> dict[str, int]:
    """Where the chains of RFCs, rosters, policy and catalogue end; `access` tells of attempts and is none."""
    return dict(Chain.objects.exclude(stream="access").values_list("stream", "seq"))


def rows(cast: Cast, route: Route, roles: tuple[str, ...] = ROLES) -> list[str]:
    kinds = KINDS if route.is_of_rfc or any(mark in route.name for mark, _ in IDS) else ("any",)
    lines, before = [], heads()
    for kind in kinds:
        known = cast.known["plain" if kind == "any" else kind]
        for method in route.methods:
            said = [asked(cast, role, route, known, method, before) for role in roles]
            lines.append(" ".join([f"{kind:9} {route.name:38} {method:4}", *map(str, said)]))
    return lines


def only(line: str, roles: tuple[str, ...]) -> str:
    """The line with the statuses of these roles alone."""
    facts, *said = line.rsplit(" ", len(ROLES))
    by_role = dict(zip(ROLES, said, strict=True))
    return " ".join([facts, *(by_role[role] for role in roles)])


def listed() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for line in TABLE.read_text().splitlines() if TABLE.exists() else ():
        if not line.startswith("#"):
            found.setdefault(line.split()[1], []).append(line)
    return found


LISTED = listed()


@pytest.mark.skipif(os.environ.get("MATRIX") == "write", reason="the table is being written")
@pytest.mark.parametrize("roles", [FEW, pytest.param(ROLES, marks=pytest.mark.soak)], ids=["few", "all"])
@pytest.mark.parametrize("route", ROUTES, ids=str)
def test_every_route_answers_each_role_as_the_table_says(
    route: Route, roles: tuple[str, ...], cast_of_all: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "ATTACHMENTS_ROOT", cast_of_all.folder)
    assert route.name in LISTED, f"Nobody listed “{route}”: run with MATRIX=write, read who may what, keep the table."

    assert rows(cast_of_all, route, roles) == [only(line, roles) for line in LISTED[route.name]]


@pytest.mark.skipif(os.environ.get("MATRIX") != "write", reason="only on demand")
def test_the_table_is_written(cast_of_all: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "ATTACHMENTS_ROOT", cast_of_all.folder)
    lines = [line for route in ROUTES for line in LISTED.get(route.name) or rows(cast_of_all, route)]

    TABLE.write_text(HEADER.format(roles=", ".join(ROLES)) + "\n".join(lines) + "\n")


# What the table must say, whatever it says --------------------------------------------------------------------------


def statuses() -> Iterator[tuple[str, str, str, str, int]]:
    """Kind, route, method, role, status."""
    for lines in LISTED.values():
        for line in lines:
            kind, name, method, *said = line.split()
            for role, status in zip(ROLES, said, strict=True):
                yield kind, name, method, role, int(status)


def test_the_table_lists_no_address_that_is_gone() -> None:
    assert set(LISTED) == {route.name for route in ROUTES}


def test_nothing_is_ever_a_defect() -> None:
    assert [found for found in statuses() if found[-1] >= 500] == []


def test_under_embargo_no_address_of_an_rfc_tells_outsiders_that_it_exists() -> None:
    """404, but for addresses of forms: a GET of one leads to the RFC's page, whatever the number is."""
    asked = [found for found in statuses() if found[0] == "embargoed" and found[3] in OUTSIDE]
    hidden = {(found[1], found[3]) for found in asked if found[2] == "post" and found[4] == 404}
    told = [found for found in asked if found[4] != 404]

    assert [found for found in told if (found[2], found[4]) != ("get", 302) or (found[1], found[3]) not in hidden] == []


def test_without_login_pages_lead_to_it_and_calls_answer_401() -> None:
    for _, name, method, role, status in statuses():
        if role == "anonymous" and name not in OPEN | OPEN_CALLS:
            assert (name, method, status) == (name, method, 401 if name.startswith("api-") else 302)


@pytest.mark.parametrize("route", [route for route in ROUTES if route.is_api], ids=str)
def test_no_call_changes_anything_without_a_token(route: Route, db: None) -> None:
    """Whatever the method, and before anything is looked up. 405 of those that are open, and take none."""
    answers = {getattr(Client(), method)(route.address()).status_code for method in ("post", "put", "patch", "delete")}

    assert answers == ({405} if route.name in OPEN_CALLS else {401})


def test_auditors_change_nothing_through_the_api() -> None:
    """But what is theirs alone: messages read, preferences, what they watch."""
    changed = [found[1] for found in statuses() if found[2] != "get" and found[3] == "auditor" and found[4] < 300]
    assert [name for name in changed if name.startswith("api-")] == []


def test_only_stewards_look_after_accounts_and_rosters() -> None:
    """Row 9."""
    guarded = ("team-", "person-", "api-team-")
    for _, name, method, role, status in statuses():
        if name.startswith(guarded) and role not in ("anonymous", "steward") and method != "get":
            assert (name, role, status) == (name, role, 403)


def test_chain_stands_after_all_of_it(cast_of_all: Cast) -> None:
    """The cast is what it was: nothing of all those requests has stayed."""
    numbers = [known["number"] for known in cast_of_all.known.values()]
    rfcs = [RFC.objects.get(pk=int(number.removeprefix("RFC-"))) for number in numbers]

    assert [rfc.state for rfc in rfcs] == ["review", "review"]
    assert not Event.objects.filter(at__gt=clock.now()).exists()
