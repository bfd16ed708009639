"""What is learnt from a rollback: owed by the owner, kept in versions, seen by the next change of the packages."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.standing import LESSON, waiting_on
from rfcs import audit, lessons
from rfcs.actions import Action
from rfcs.errors import Refused
from rfcs.models import RFC, Event, Lesson, LessonVersion, Message
from rfcs.states import AUDITORS, STEWARDS
from tests import factories as f
from tests.api.conftest import Caller, mint

pytestmark = pytest.mark.django_db
TEXTS = {"happened": "Invoices were lost.", "missed": "No test had two currencies.", "changes": "Tests have two."}


def write(rfc: RFC, by: User | None = None, *, version: int = 0, actions: Any = (), **texts: str) -> LessonVersion:
    return lessons.write(rfc, by=by or rfc.owner, texts=TEXTS | texts, wanted=tuple(actions), version=version)


def why_not(*said: Any, **more: Any) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        write(*said, **more)
    return refused.value.status, [reason.code for reason in refused.value.reasons]


def test_a_rollback_opens_a_lesson_that_the_owner_owes_until_it_is_written() -> None:
    rfc = f.rfc_in("rolled_back")
    client = f.client_of(rfc.owner)
    assert [(turn.who, turn.what) for turn in waiting_on(rfc)] == [(rfc.owner.get_full_name(), LESSON)]
    queue = client.get(reverse("queue"))
    assert [row.number for row in queue.context["mine"]] == [rfc.number]
    assert queue.context["recent"] == []

    write(rfc)

    assert waiting_on(rfc) == ()
    queue = client.get(reverse("queue"))
    assert (queue.context["mine"], [row.number for row in queue.context["recent"]]) == ([], [rfc.number])


def test_an_owner_whose_rfc_somebody_else_rolled_back_is_told() -> None:
    board = f.board(3)
    rfc = f.rfc_in("implementation")

    f.move(rfc, "roll_back", by=board[0])

    told = Message.objects.filter(recipient=rfc.owner, kind="action_asked", channel="in_app")
    assert [(message.subject, message.path) for message in told] == [
        (f"{rfc.number} was rolled back: write what was learnt", rfc.lesson_url)
    ]


def test_each_version_stays_and_its_event_says_the_same() -> None:
    rfc = f.rfc_in("rolled_back")
    one = write(rfc)
    two = write(rfc, version=1, changes="Tests have three.")

    assert [row.changes for row in LessonVersion.objects.all()] == ["Tests have two.", "Tests have three."]
    event = Event.objects.filter(stream=rfc.stream, kind="lesson.written").latest("seq")
    assert event.payload == {"version": 2, **TEXTS, "changes": "Tests have three.", "actions": []}
    assert (two.event, write(rfc, version=1, changes="Tests have three.").pk) == (event, two.pk)
    assert list(audit.records()) == []
    with pytest.raises(DatabaseError), transaction.atomic():
        LessonVersion.objects.filter(pk=one.pk).update(changes="Nothing.")
    with pytest.raises(DatabaseError), transaction.atomic():
        Lesson.objects.all().delete()


def test_an_altered_version_and_a_missing_lesson_are_found() -> None:
    rfc = f.rfc_in("rolled_back")
    version = write(rfc)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE rfcs_lessonversion SET missed = 'Nothing'")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert [(finding.code, finding.place) for finding in audit.records()] == [("lesson_version", rfc.number)]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("DELETE FROM rfcs_lessonversion")
        cursor.execute("SET LOCAL session_replication_role = origin")
    assert sorted(finding.code for finding in audit.records()) == ["lesson", "lesson_version_missing"]
    assert version.number == 1


def test_the_owner_co_authors_and_stewards_write_and_nobody_else() -> None:
    steward, auditor = f.person(None, STEWARDS), f.person(None, AUDITORS)
    member, *_ = f.board(3)
    rfc = f.rfc_in("rolled_back")

    assert why_not(rfc, member) == (403, ["forbidden"])
    assert why_not(rfc, auditor) == (403, ["auditor"])
    assert write(rfc, steward).by == steward


def test_there_is_none_without_a_rollback_and_a_stale_version_is_refused() -> None:
    rfc = f.rfc_in("closed")
    assert why_not(rfc) == (409, ["no_lesson"])
    rfc = f.move(rfc, "roll_back")
    write(rfc)
    assert why_not(rfc, changes="Something else.") == (409, ["stale_version"])


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        ({"happened": " ", "missed": "", "changes": ""}, ["happened_missing", "missed_missing", "changes_missing"]),
        ({"happened": "x" * 20_001}, ["unstorable"]),
        ({"happened": "a\0b"}, ["unstorable"]),
        ({"actions": [Action("Test", "nobody", "")]}, ["action_owner", "action_due"]),
        ({"actions": [Action("", "nob\0dy", "2031-01-01")]}, ["action_missing", "action_owner"]),
        ({"actions": [Action("x" * 501, "", "2031-01-01")]}, ["action_missing", "action_owner"]),
    ],
)
def test_what_is_missing_is_refused_with_every_reason(said: dict[str, Any], codes: list[str]) -> None:
    assert why_not(f.rfc_in("rolled_back"), **said) == (422, codes)


def test_who_gets_an_action_is_told_once() -> None:
    friend = f.person("friend")
    rfc = f.rfc_in("rolled_back")
    action = Action("Test two currencies", "friend", "2031-01-02")

    write(rfc, actions=[action])
    write(rfc, version=1, actions=[action], changes="More.")

    told = Message.objects.filter(recipient=friend, channel="in_app").values_list("text", flat=True)
    assert [text.splitlines()[-1] for text in told] == ["- Test two currencies (by 2031-01-02)"]


def test_the_page_keeps_what_was_typed_and_shows_what_was_learnt() -> None:
    rfc = f.rfc_in("rolled_back")
    client, url = f.client_of(rfc.owner), reverse("rfc-lesson", args=[rfc.number])
    sent = TEXTS | {"version": "0", "action_what": "Test it", "action_owner": rfc.owner.username, "action_due": "soon"}

    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert 'value="Test it"' in refused.content.decode()
    assert "give the day by which it is done" in refused.content.decode()
    assert client.post(url, sent | {"action_due": "2031-01-02"}).status_code == 302

    page = client.get(rfc.get_absolute_url()).content.decode()
    assert "No test had two currencies." in page
    assert "2 January 2031" in page
    assert client.get(url).status_code == 302


def test_a_later_change_of_the_package_shows_it_to_those_who_may_see_it() -> None:
    rfc = f.rfc_in("rolled_back")
    write(rfc)
    later = f.rfc_in("assessment", packages=(f.package(),))
    other = f.rfc_in("assessment", packages=(f.package("src/elsewhere"),))
    client = f.client_of(later.owner)

    assert "Tests have two." in client.get(later.impact_url).content.decode()
    assert "Tests have two." not in client.get(other.impact_url).content.decode()
    RFC.objects.filter(pk=rfc.pk).update(embargoed=True)
    assert "Tests have two." not in client.get(later.impact_url).content.decode()


def test_many_lessons_are_read_in_as_many_queries_as_one() -> None:
    later = f.rfc_in("assessment")
    write(f.rfc_in("rolled_back"))
    with CaptureQueriesContext(connection) as one:
        assert len(lessons.about(later, [f.package().path], later.owner)) == 1
    for _ in range(2):
        write(f.rfc_in("rolled_back"))
    with CaptureQueriesContext(connection) as many:
        found = lessons.about(later, [f.package().path], later.owner)
        assert [row.latest.changes for row in found if row.latest] == ["Tests have two."] * 3
    assert [query["sql"] for query in many][len(one) :] == []


def test_the_same_through_the_api() -> None:
    rfc = f.rfc_in("rolled_back")
    caller = Caller(mint(rfc.owner))
    action = {"what": "Test it", "owner": rfc.owner.username, "due": "2031-01-02"}

    assert caller.get(f"rfcs/{f.rfc_in('draft').number}/lesson/").status_code == 404
    assert caller.get(f"rfcs/{rfc.number}/lesson/").json()["versions"] == []
    assert caller.post(f"rfcs/{rfc.number}/lesson/", TEXTS | {"version": 3}).status_code == 409
    done = caller.post(f"rfcs/{rfc.number}/lesson/", TEXTS | {"version": 0, "actions": [action]})

    assert done.status_code == 200
    assert [version["actions"] for version in done.json()["versions"]] == [[action]]
    assert done.json()["written_at"] == done.json()["versions"][0]["at"]
