"""Under embargo an RFC does not exist for outsiders: every surface, looked at by one who knew it well before.

The outsider owns a package of it, watched it, wrote in it, was mentioned, asked for an export, and kept a view. The
words of the hidden RFC are ones that stand nowhere else; no answer of any address may hold them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django.plugin import DjangoDbBlocker

from approvals.models import Round
from approvals.positions import Position
from governance.api import tokens
from governance.calendar import feeds
from governance.exporting import asking
from governance.exporting.record import facts
from governance.models import LONGEST_SIGNING_LIFE, SavedView, Scope
from rfcs import embargo
from rfcs.conversation import discussion, watching
from rfcs.delivery import outbox
from rfcs.files import attachments
from rfcs.models import RFC, Message, Word
from rfcs.tasks import read_words
from tests import factories as f
from tests.shared import taken_back
from tests.trust.routes import Route, routes
from tests.trust.test_matrix import IDS, address

pytestmark = pytest.mark.django_db
WORD = "zyxomma"
"""In every text of the hidden RFC and in no other; the outsider's own words for it stand in their view."""
TITLE = f"the {WORD} leak"
"""A page may say again what was searched for; its title it may not."""
SHARED = "src/packages/billing/invoices"
ALWAYS = 999_999
"""A number that no RFC, thread, comment, round or export has."""
QUERIES = (
    f"q={WORD}",
    f"package={SHARED}",
    f"package=src/{WORD}",
    "owner=hider",
    "state=review",
    "mine=on",
    "sort=newest",
)
LISTS = ("rfc-list", "rfc-list-csv", "api-rfcs", "api-rfcs-csv")
NAMED = {"watching", "api-watching"}
"""Where the number of an RFC that somebody watched stays, without its title: so they can end it."""


@dataclass(slots=True)
class Scene:
    """The outsider with a browser and a token, the hidden RFC with all that hangs on it, and an open one beside it."""

    outsider: User
    client: Client
    headers: dict[str, str]
    hidden: RFC
    beside: RFC
    known: dict[str, Any]

    def get(self, path: str, *, is_api: bool) -> HttpResponseBase:
        headers: dict[str, Any] = dict(self.headers) if is_api else {}
        response: HttpResponseBase = self.client.get(path, **headers)
        return response


@pytest.fixture(scope="module")
def scene_of_all(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Scene, Path]]:
    """Made once, and taken back after the last test of this file; with the folder of its attachments."""
    folder = tmp_path_factory.mktemp("embargo")
    with taken_back(django_db_blocker), pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.ATTACHMENTS_ROOT", folder)
        yield _scene(), folder


@pytest.fixture
def scene(scene_of_all: tuple[Scene, Path], settings: Any) -> Scene:
    """With a browser of the test's own; what it does there is taken back."""
    made, settings.ATTACHMENTS_ROOT = scene_of_all
    outsider = User.objects.get(pk=made.outsider.pk)
    hidden, beside = f.again(made.hidden), f.again(made.beside)
    return replace(made, outsider=outsider, client=f.client_of(outsider), hidden=hidden, beside=beside)


def _scene() -> Scene:
    outsider, hider, colleague = f.person("outsider"), f.person("hider"), f.person("colleague")
    f.owned(SHARED, outsider)
    beside = f.rfc_in("assessment", packages=(f.package(SHARED),))
    hidden = _hidden(outsider, hider)
    SavedView.objects.create(person=outsider, name="Mine", query="owner=hider")
    _, secret = tokens.mint(
        outsider, name="t", scopes=[Scope.READ, Scope.WRITE], password_ok=False, life=LONGEST_SIGNING_LIFE
    )
    known = _known(hidden, outsider, colleague)
    read_words()  # while everybody may know them
    embargo.impose(hidden, by=hider, reason=f"{WORD} is not known yet.")
    headers = {"HTTP_AUTHORIZATION": f"Token {secret}"}
    return Scene(outsider, f.client_of(outsider), headers, f.again(hidden), beside, known)


def _hidden(outsider: User, hider: User) -> RFC:
    packages = (f.package(SHARED), f.package(f"src/{WORD}/keys"))
    texts = dict.fromkeys(("change_summary", "api_changes", "justification"), f"The {WORD} leaks keys.")
    rfc = f.draft(author=hider, title=f"The {WORD} leak", issue=f"{WORD}-1", packages=packages, **texts)
    attachments.attach(rfc, by=hider, name=f"{WORD}.csv", chunks=[b"1;2\n"])
    watching.watch(outsider, "rfc", rfc.number)
    watching.watch(outsider, "package", SHARED)
    for step in f.TO_REVIEW:
        rfc = step(f.again(rfc))
    return rfc


def _known(rfc: RFC, outsider: User, colleague: User) -> dict[str, Any]:
    comment = discussion.open_thread(rfc, by=outsider, text=f"What of the {WORD}, @colleague?").comment
    discussion.open_thread(rfc, by=colleague, text=f"@outsider, the {WORD} …")
    concern = f.sign(rfc, f.board(1)[0] if not f.signers(rfc) else f.signers(rfc)[0][0], Position.DISCUSS)
    return {
        "number": rfc.number,
        "other": rfc.number,
        "sha256": rfc.attachments.get().sha256,
        "revision_number": 1,
        "thread": comment.thread_id,
        "comment": comment.pk,
        "export": asking.ask(rfc, "pdf", by=outsider).pk,
        "round": Round.objects.get(rfc=rfc).pk,
        "concern": concern.pk,
        "slug": "unit_tests_pass",
    }


def said(response: HttpResponseBase) -> str:
    """The whole answer, its address after a redirect and its headers included."""
    streamed: Any = response
    body = b"".join(streamed.streaming_content) if response.streaming else streamed.content
    return f"{dict(response.items())} {body.decode(errors='replace')}".casefold()


ROUTES = [route for route in routes() if not route.name.startswith(("logout", "account_logout"))]


def is_about(route: Route) -> bool:
    return route.is_of_rfc or any(mark in route.name for mark, _ in IDS)


# Every address ------------------------------------------------------------------------------------------------


def test_no_address_tells_a_word_of_it(scene: Scene) -> None:
    """Lists, pages of the open RFC beside it, the outsider's own pages, and the hidden one's own addresses."""
    told = []
    for known in (scene.known, scene.known | {"number": scene.beside.number, "other": scene.hidden.number}):
        for route in ROUTES:
            answer = said(scene.get(address(route, known), is_api=route.is_api))
            told += [route.name] if WORD in answer.replace(f"?q={WORD}", "") else []

    assert told == []


def test_no_list_shows_its_number(scene: Scene) -> None:
    for route in (route for route in ROUTES if not is_about(route) and route.name not in NAMED):
        answer = said(scene.get(address(route, {}), is_api=route.is_api))
        assert scene.hidden.number.casefold() not in answer, route.name


@pytest.mark.parametrize("query", QUERIES)
def test_no_filter_search_count_or_file_finds_it(scene: Scene, query: str) -> None:
    for name in LISTS:
        route = next(route for route in ROUTES if route.name == name)
        if route.is_api and query.startswith(("mine", "sort")):
            continue
        answer = said(scene.get(f"{route.address()}?{query}", is_api=route.is_api))
        assert (TITLE in answer, scene.hidden.number.casefold() in answer) == (False, False), name


@pytest.mark.parametrize("typed", [f"q={WORD[:-1]}", f"q={WORD}x", f"package=src/{WORD}s"])
def test_no_mistyped_search_is_told_its_words(scene: Scene, typed: str) -> None:
    """They were read before it began; whoever may see the RFC is told."""
    assert Word.objects.filter(text=WORD).exists()
    assert "did you mean" not in said(scene.get(f"/rfcs/?{typed}", is_api=False))
    guard = f.client_of(f.person(None, "security"))
    assert "did you mean" in said(guard.get(f"/rfcs/?{typed}"))


def test_calendar_and_feed_leave_it_out_and_its_settlements_and_clashes_are_nobodys(scene: Scene) -> None:
    start = scene.hidden.window_start
    assert start is not None
    month = f"at={start:%Y-%m}"
    secret = feeds.make(scene.outsider)
    answers = [
        said(scene.get(f"/calendar/?{month}", is_api=False)),
        said(scene.get(f"/api/v1/calendar/?{month}", is_api=True)),
        said(Client().get(f"/calendar/feed/{secret}.ics")),
    ]

    assert [scene.beside.number.casefold() in answer for answer in answers[:2]] == [True, True]
    assert [scene.hidden.number.casefold() in answer for answer in answers] == [False] * 3


def test_signed_files_of_the_rfc_beside_it_say_nothing(scene: Scene) -> None:
    assert scene.hidden.number not in str(facts(f.again(scene.beside)))


# As if it had never been --------------------------------------------------------------------------------------


def answers_to(scene: Scene, route: Route, known: dict[str, Any], method: str) -> tuple[int, str, list[str]]:
    """Status, answer and SQL without the numbers that were asked for, and without what differs between any two."""
    headers = scene.headers if route.is_api else {}
    more = {"data": {}, "content_type": "application/json"} if route.is_api and method != "get" else {}
    path = address(route, known)
    with CaptureQueriesContext(connection) as captured:
        response = getattr(scene.client, method)(path, **more, **headers)
    numbers = {str(value) for value in known.values()} | {str(_digits(value)) for value in known.values()}
    return response.status_code, without(said(response), numbers), [_shape(row["sql"]) for row in captured]


def _digits(value: Any) -> int | str:
    text = str(value).upper().removeprefix("RFC-")
    return int(text) if text.isdecimal() else text


def without(text: str, numbers: set[str]) -> str:
    for number in numbers:
        text = re.sub(rf"(\brfc-0*|/(rfc-)?0*){re.escape(number.casefold().removeprefix('rfc-'))}\b", "/N", text)
    text = re.sub(r"[0-9a-z]{64}", "TOKEN", text)
    return re.sub(r"'(content-length|x-request-id)': '[^']*'", "", text)


def _shape(sql: str) -> str:
    return re.sub(r"'[^']*'|\b[0-9]+\b", "?", sql)


def _read_only(sql: list[str]) -> list[str]:
    """What is asked before the answer is known; refusals are written down in the same way for both."""
    return [row for row in sql if row.startswith("SELECT")]


UNKNOWN = {
    "number": f"RFC-{ALWAYS}",
    "other": f"RFC-{ALWAYS}",
    "sha256": "f" * 64,
    "revision_number": 1,
    "thread": ALWAYS,
    "comment": ALWAYS,
    "export": ALWAYS,
    "round": ALWAYS,
    "concern": ALWAYS,
    "slug": "unit_tests_pass",
}


@pytest.mark.parametrize("method", ["get", "post"])
def test_its_addresses_answer_as_those_of_what_never_was(scene: Scene, method: str) -> None:
    """Status, words and the questions to the database: nothing to tell one from the other by, not even time."""
    for route in filter(is_about, ROUTES):
        hidden, never = (answers_to(scene, route, known, method) for known in (scene.known, UNKNOWN))
        assert (
            "\n".join(unified_diff(never[1].splitlines(), hidden[1].splitlines(), route.name, lineterm="", n=0)) == ""
        )
        assert (route.name, hidden[0]) == (route.name, never[0])
        assert (route.name, _read_only(hidden[2])) == (route.name, _read_only(never[2]))


# What is told -------------------------------------------------------------------------------------------------


def letters(person: User) -> Iterator[str]:
    for letter in mail.outbox:
        if letter.to == [person.email]:
            yield f"{letter.subject} {letter.body}".casefold()


def test_no_message_leaves_that_waited_when_it_began_and_the_inbox_is_empty(scene: Scene) -> None:
    waiting = Message.objects.filter(recipient=scene.outsider, rfc=scene.hidden)
    assert waiting.filter(channel="mail", sent_at=None).exists()
    assert waiting.filter(channel="in_app").exists()

    while batch := outbox.claim():
        outbox.deliver(batch)

    assert [letter for letter in letters(scene.outsider) if WORD in letter] == []
    assert outbox.inbox_of(scene.outsider).filter(rfc=scene.hidden).count() == 0
    assert outbox.unread_count(scene.outsider) == outbox.inbox_of(scene.outsider).filter(read_at=None).count()


def test_nothing_that_happens_later_is_told_and_the_writer_of_a_mention_hears_so(scene: Scene) -> None:
    before = Message.objects.filter(recipient=scene.outsider).count()
    author = scene.hidden.owner

    posted = discussion.open_thread(scene.hidden, by=author, text="@outsider, @hider: what now?")
    f.edit(scene.hidden, by=author, change_summary=f"The {WORD} leaks more keys.")
    f.move(scene.hidden, "recall")
    f.move(scene.hidden, "withdraw")

    assert Message.objects.filter(recipient=scene.outsider).count() == before
    assert posted.not_told == ("Outsider Example",)


def test_once_lifted_everything_is_there_again(scene: Scene) -> None:
    embargo.lift(scene.hidden, by=f.person(None, "security"), reason="The patch is out.")

    page = said(scene.get(f"/rfcs/{scene.hidden.number}/", is_api=False))
    listed = said(scene.get(f"/rfcs/?q={WORD}", is_api=False))

    assert f"the {WORD} leak" in page
    assert scene.hidden.number.casefold() in listed
