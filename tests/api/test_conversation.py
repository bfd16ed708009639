"""Threads, messages, preferences and watching through the API: the verbs and sentences of the pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from governance.api.urls import urlpatterns
from rfcs.conversation import discussion
from rfcs.models import Comment, Message
from tests.api.conftest import Client, codes, fields
from tests.factories import board, draft, person, rfc_in, today


def begun(rfc: Any, text: str = "Hm.") -> Comment:
    return discussion.open_thread(rfc, by=rfc.owner, text=text).comment


def test_a_thread_is_begun_answered_edited_resolved_and_retracted(as_: Client) -> None:
    rfc, dana = draft(), person("dana")
    caller = as_(dana)

    opened = caller.post(f"rfcs/{rfc.number}/threads/", {"text": "Who does step 2?", "section": "rollback"})
    thread, first = opened.json()["thread"], opened.json()["id"]
    answer = as_(rfc.owner).post(f"threads/{thread}/comments/", {"text": "I do, @dana."})
    edited = caller.patch(f"comments/{first}/", {"text": "Who does step 3?"})
    retracted = caller.post(f"comments/{first}/retract/")
    resolved = caller.post(f"threads/{thread}/resolve/")

    assert [step.status_code for step in (opened, answer, edited, retracted, resolved)] == [201, 201, 200, 200, 200]
    assert (edited.json()["text"], edited.json()["version"]) == ("Who does step 3?", 2)
    assert (retracted.json()["text"], retracted.json()["retracted_at"] is None) == ("", False)
    assert resolved.json()["resolved_by"] == "dana"
    rows = caller.get(f"threads/{thread}/comments/").json()["results"]
    assert [row["text"] for row in rows] == ["I do, @dana.", ""]
    assert caller.get(f"rfcs/{rfc.number}/threads/", resolved="false").json()["results"] == []
    listed = caller.get(f"rfcs/{rfc.number}/threads/", section="rollback").json()["results"]
    assert [(row["id"], row["comments"]) for row in listed] == [(thread, 2)]
    assert caller.post(f"threads/{thread}/resolve/", {"resolved": False}).json()["resolved_at"] is None


def test_the_same_comment_sent_again_with_its_token_is_one(as_: Client) -> None:
    rfc = draft()
    said = {"text": "Once.", "token": "mine"}

    answers = [as_(rfc.owner).post(f"rfcs/{rfc.number}/threads/", said) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 200]
    assert answers[0].json()["id"] == answers[1].json()["id"]


@pytest.mark.parametrize(("text", "code"), [("", "empty"), ("m" * 1_000_000, "too_long")])
def test_what_cannot_be_a_comment_is_422(as_: Client, text: str, code: str) -> None:
    rfc = draft()
    comment = begun(rfc)
    caller = as_(rfc.owner)
    for answer in (
        caller.post(f"rfcs/{rfc.number}/threads/", {"text": text}),
        caller.post(f"threads/{comment.thread_id}/comments/", {"text": text}),
        caller.patch(f"comments/{comment.pk}/", {"text": text}),
    ):
        assert (answer.status_code, codes(answer), fields(answer)) == (422, [code], ["text"])


def test_under_embargo_nothing_is_there_and_nobody_is_told(as_: Client) -> None:
    dana, rfc = person("dana"), draft(embargoed=True)
    posted = as_(rfc.owner).post(f"rfcs/{rfc.number}/threads/", {"text": "@dana?"}).json()
    caller = as_(dana)

    assert posted["not_told"] == ["Dana Example"]
    assert not Message.objects.filter(recipient=dana).exclude(rfc=None).exists()
    answers = [
        caller.get(f"rfcs/{rfc.number}/threads/"),
        caller.get(f"threads/{posted['thread']}/comments/"),
        caller.post(f"threads/{posted['thread']}/comments/", {"text": "x"}),
        caller.post(f"threads/{posted['thread']}/resolve/"),
        caller.patch(f"comments/{posted['id']}/", {"text": "x"}),
        caller.post(f"comments/{posted['id']}/retract/"),
        caller.call("put", "me/watching/", {"kind": "rfc", "key": rfc.number}),
    ]
    assert {answer.status_code for answer in answers} == {404}


def test_others_and_auditors_are_403(as_: Client) -> None:
    comment = begun(draft())

    assert as_(person()).patch(f"comments/{comment.pk}/", {"text": "Mine"}).status_code == 403
    auditor = as_(person(None, "auditors"))
    assert codes(auditor.post(f"threads/{comment.thread_id}/comments/", {"text": "Hm."})) == ["auditor"]
    assert auditor.get(f"threads/{comment.thread_id}/comments/").status_code == 200


@pytest.mark.parametrize("pk", [0, 10**30])
def test_numbers_of_nothing_are_404(as_: Client, pk: int) -> None:
    caller = as_(person())

    assert caller.get(f"threads/{pk}/comments/").status_code == 404
    assert caller.patch(f"comments/{pk}/", {"text": "x"}).status_code == 404


@pytest.mark.parametrize("rows", [1, 30])
def test_query_counts_are_constant(as_: Client, django_assert_num_queries: Any, rows: int) -> None:
    """The token with its person, teams, the RFC or thread, its rows."""
    rfc = draft()
    for _ in range(rows):
        comment = begun(rfc)
    for _ in range(rows):
        discussion.reply(comment.thread, by=rfc.owner, text="More")
    caller = as_(rfc.owner)
    with django_assert_num_queries(3):
        assert len(caller.get(f"rfcs/{rfc.number}/threads/").json()["results"]) == rows
    with django_assert_num_queries(3):
        assert len(caller.get(f"threads/{comment.thread_id}/comments/").json()["results"]) == rows + 1


def test_messages_are_listed_filtered_and_marked_read(as_: Client) -> None:
    members = board(3)
    rfc = rfc_in("review")
    caller = as_(members[0])
    discussion.open_thread(rfc, by=rfc.owner, text=f"@{members[0].username}?")

    def unread() -> list[tuple[str, str | None]]:
        rows = caller.get("me/messages/", unread="true").json()["results"]
        return [(row["kind"], row["rfc"]) for row in rows]

    rows = caller.get("me/messages/", unread="true").json()["results"]
    token = ("security", None)  # that somebody has a token which signs
    assert unread() == [("mention", rfc.number), token, ("review_asked", rfc.number)]
    assert caller.post("me/messages/read/", {"ids": [rows[0]["id"]]}).json() == {"read": 1}
    assert unread() == [token, ("review_asked", rfc.number)]
    assert caller.get("me/messages/", kind="decision").json()["results"] == []
    assert caller.post("me/messages/read/", {"all": True}).json() == {"read": 2}
    other = as_(members[1])
    assert other.post("me/messages/read/", {"ids": [rows[0]["id"]]}).json() == {"read": 0}


@pytest.mark.parametrize("said", [{}, {"ids": [1], "all": True}, {"ids": ["1"]}, {"ids": [10**30]}, {"ids": None}])
def test_reading_says_which(as_: Client, said: Any) -> None:
    assert as_(person()).post("me/messages/read/", said).status_code == 400


def test_preferences_are_read_and_chosen(as_: Client) -> None:
    caller = as_(person())

    answer = caller.call(
        "put",
        "me/preferences/",
        {
            "preferences": [
                {"kind": "mention", "in_app": False, "mail": True},
                {"kind": "security", "in_app": False, "mail": False},
            ]
        },
    )

    chosen = {row["kind"]: (row["in_app"], row["mail"]) for row in answer.json()}
    assert (chosen["mention"], chosen["security"]) == ((False, True), (True, True))
    assert caller.get("me/preferences/").json() == answer.json()
    wrong = {"preferences": [{"kind": "nothing", "in_app": True, "mail": True}]}
    assert caller.call("put", "me/preferences/", wrong).status_code == 400


def test_watching_is_read_and_changed(as_: Client) -> None:
    rfc, caller = draft(), as_(person())

    caller.call("put", "me/watching/", {"kind": "rfc", "key": rfc.number})
    on = caller.get("me/watching/").json()
    off = caller.call("put", "me/watching/", {"kind": "rfc", "key": str(rfc.pk), "watching": False}).json()

    assert [(row["key"], row["watching"]) for row in on] == [(rfc.number, True)]
    assert [(row["key"], row["watching"]) for row in off] == [(rfc.number, False)]
    assert codes(caller.call("put", "me/watching/", {"kind": "package", "key": "\0"})) == [
        "null_characters_not_allowed"
    ]


def test_an_auditor_chooses_for_themselves_and_changes_nothing_else(as_: Client) -> None:
    rfc, auditor = draft(), as_(person(None, "auditors"))
    mention = {"preferences": [{"kind": "mention", "in_app": True, "mail": False}]}
    day = today()
    days = {"starts_on": day.isoformat(), "ends_on": (day + timedelta(days=2)).isoformat()}

    away = auditor.post("me/absences/", days)
    own = [
        auditor.call("put", "me/preferences/", mention),
        auditor.call("put", "me/watching/", {"kind": "rfc", "key": rfc.number}),
        auditor.post("me/messages/read/", {"all": True}),
        auditor.post(f"me/absences/{away.json()['id']}/end/"),
    ]

    assert (away.status_code, {answer.status_code for answer in own}) == (201, {200})
    assert codes(auditor.post(f"rfcs/{rfc.number}/threads/", {"text": "Hm."})) == ["auditor"]


def test_what_is_ones_own_needs_the_scope_all_the_same(as_: Client) -> None:
    reader = as_(person(None, "auditors"), "read")

    assert codes(reader.post("me/messages/read/", {"all": True})) == ["scope_missing"]


def test_calls_that_auditors_may_make_are_all_below_me() -> None:
    """A call that says it changes nothing of the record is about the caller: one that did not would open a door."""
    views = [(str(one.pattern), one.callback.view_class) for one in urlpatterns if hasattr(one.callback, "view_class")]

    own = {address for address, view in views if getattr(view, "own", False)}

    assert own == {
        "v1/me/absences/",
        "v1/me/absences/<int:id>/end/",
        "v1/me/mail-hours/",
        "v1/me/messages/read/",
        "v1/me/preferences/",
        "v1/me/watching/",
    }
