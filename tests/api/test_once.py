"""`Idempotency-Key`: a call that is sent again happened once and is answered as it was."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection

from governance.api import once
from governance.models import KeptAnswer
from rfcs.models import Comment, Event, Webhook
from rfcs.states import STEWARDS
from tests import factories as f
from tests.api.conftest import Caller

Client = Callable[..., Caller]
pytestmark = pytest.mark.django_db


def post(caller: Caller, path: str, body: Any, key: str = "one") -> Any:
    return caller.call("post", path, body, HTTP_IDEMPOTENCY_KEY=key)


def threads(rfc: Any) -> str:
    return f"rfcs/{rfc.number}/threads/"


def test_the_same_call_again_is_answered_as_it_was(as_: Client) -> None:
    rfc, caller = f.rfc_in("review"), as_(f.person())

    first, second = (post(caller, threads(rfc), {"text": "Why now?"}) for _ in range(2))

    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert [answer.headers.get("Idempotency-Replayed") for answer in (first, second)] == [None, "true"]
    assert Comment.objects.count() == 1


def test_another_key_person_or_address_is_another_call(as_: Client) -> None:
    rfc, other = f.rfc_in("review"), f.rfc_in("review")
    one, two = as_(f.person()), as_(f.person())

    for caller, place, key in ((one, rfc, "one"), (one, rfc, "two"), (two, rfc, "one"), (one, other, "one")):
        assert post(caller, threads(place), {"text": "Why now?"}, key).status_code == 201

    assert Comment.objects.count() == 4


def test_a_key_with_another_body_is_refused(as_: Client) -> None:
    rfc, caller = f.rfc_in("review"), as_(f.person())
    post(caller, threads(rfc), {"text": "Why now?"})

    answer = post(caller, threads(rfc), {"text": "Why later?"})

    assert (answer.status_code, answer.json()["reasons"][0]["code"]) == (422, "key_reused")
    assert Comment.objects.count() == 1


def test_a_refusal_is_recorded_and_asked_again(as_: Client) -> None:
    """It changed nothing; kept for a day it would outlive its reason."""
    rfc, caller = f.rfc_in("assessment"), as_(f.person())

    refused = [post(caller, f"rfcs/{rfc.number}/moves/", {"move": "withdraw", "note": "x"}).status_code for _ in "ab"]

    assert refused == [403, 403]
    assert Event.objects.filter(kind="refused").count() == 2
    assert not KeptAnswer.objects.exists()


def test_after_a_day_a_key_is_new(as_: Client, clock_shift: Callable[..., None]) -> None:
    rfc, person = f.rfc_in("review"), f.person()
    post(as_(person), threads(rfc), {"text": "Why now?"})
    clock_shift(hours=25)

    assert post(as_(person), threads(rfc), {"text": "Why now?"}).headers.get("Idempotency-Replayed") is None
    assert Comment.objects.count() == 2
    clock_shift(hours=50)
    assert once.collect() == 1


@pytest.mark.parametrize("key", ["", "ä", "x" * 201])
def test_a_key_that_is_none_is_said_so(key: str, as_: Client) -> None:
    rfc, caller = f.rfc_in("review"), as_(f.person())

    assert post(caller, threads(rfc), {"text": "Why now?"}, key).status_code == 400
    assert Comment.objects.count() == 0


def test_a_kept_answer_shows_no_secret(as_: Client) -> None:
    caller = as_(f.person(None, STEWARDS))

    secret = post(caller, "webhooks/", {"name": "Chat", "url": "https://hooks.example.org/x"}).json()["secret"]

    assert Webhook.objects.count() == 1
    assert secret not in KeptAnswer.objects.get().sealed_body
    again = post(caller, "webhooks/", {"name": "Chat", "url": "https://hooks.example.org/x"})
    assert (again.json()["secret"], Webhook.objects.count()) == (secret, 1)


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_are_one_call(as_: Client) -> None:
    rfc, person = f.rfc_in("review"), f.person()
    caller = as_(person)
    together, answers = Barrier(8), []

    def run() -> None:
        try:
            together.wait()
            answers.append(post(caller, threads(rfc), {"text": "Why now?"}).json()["id"])
        finally:
            connection.close()

    pool = [Thread(target=run) for _ in range(8)]
    for thread in pool:
        thread.start()
    for thread in pool:
        thread.join()

    assert len(answers) == 8
    assert len(set(answers)) == 1
    assert Comment.objects.count() == 1
