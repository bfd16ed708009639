"""Creating and editing: merging, versions, defaults of a package, and what can never be written."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model

from rfcs import editing
from rfcs.content import Content
from rfcs.models import RFC, Revision
from rfcs.risk import QUESTIONS
from tests.api.conftest import Caller, Client, codes, fields
from tests.factories import again, content, draft, edit, person, rfc_in

MIXED = {"a": 1, "b": [1, {"c": None}]}


def created(caller: Caller, **body: Any) -> dict[str, Any]:
    answer = caller.post("rfcs/", body)
    assert answer.status_code == 201, answer.content
    shown: dict[str, Any] = answer.json()
    return shown


def test_create_answers_the_draft_as_reading_does(as_: Client) -> None:
    caller = as_(person("ada"))
    shown = created(caller, title="T", scenario="dependency", issue=7, touches_security=True)
    assert (shown["title"], shown["issue"], shown["owner"], shown["track"]) == ("T", "7", "ada", "standard")
    assert shown["url"].endswith(f"/rfcs/{shown['number']}/")
    assert shown["waiting_on"] == [{"who": "Ada Example", "what": "Complete the draft and submit it.", "due": None}]
    assert caller.get(f"rfcs/{shown['number']}/").json() == shown


@pytest.mark.parametrize("track", ["emergency", "hotfix"])
def test_create_on_a_short_track(as_: Client, track: str) -> None:
    shown = created(as_(person("ada")), track=track)
    assert (shown["track"], shown["state"], shown["obligations"]) == (track, "draft", [])
    assert [turn["what"] for turn in shown["waiting_on"]] == ["Complete the short form and request the authorisation."]


def test_create_beyond_what_can_be_stored_answers_422_with_every_field(as_: Client) -> None:
    answer = as_(person()).post("rfcs/", {"title": "x" * 201, "issue": "y" * 41, "justification": "z" * 50_001})
    assert (answer.status_code, fields(answer)) == (422, ["title", "issue", "justification"])
    assert RFC.objects.count() == 0


PATH = {"path": "a/b"}


@pytest.mark.parametrize(
    ("row", "texts", "expected"),
    [
        ({}, {"api_changes": "x"}, (True, False, False, "medium")),
        ({}, {"data_changes": "x", "behavioral_changes": "y"}, (False, True, True, "medium")),
        ({}, {"api_changes": "  "}, (False, False, True, "medium")),
        ({}, {}, (False, False, True, "medium")),
        ({"severity": "high"}, {"api_changes": "x"}, (True, False, False, "high")),
        ({"severity": "none"}, {"api_changes": "x"}, (False, False, False, "none")),
        ({"severity": ""}, {"api_changes": "x"}, (False, False, False, "")),
        ({"data": True}, {"api_changes": "x"}, (False, True, False, "medium")),
        ({"behavior": False}, {"api_changes": "x"}, (False, False, False, "medium")),
    ],
)
def test_package_takes_what_it_leaves_out_from_the_document(
    as_: Client, row: dict[str, Any], texts: dict[str, str], expected: tuple[Any, ...]
) -> None:
    shown = created(as_(person()), affected_packages=[PATH | row], **texts)["affected_packages"][0]
    assert (shown["api"], shown["data"], shown["behavior"], shown["severity"]) == expected


def test_edit_changes_what_it_names_and_keeps_the_rest(as_: Client) -> None:
    rfc = draft()
    shown = as_(rfc.author).patch(f"rfcs/{rfc.number}/", {"version": 1, "title": "New"}).json()
    assert Revision.objects.get(rfc=rfc).content == rfc.working_copy.content.with_(title="New")
    assert (shown["title"], shown["version"], shown["revision"], shown["unsaved_fields"]) == ("New", 2, 1, [])


def test_edit_merges_the_timeline_by_day_and_null_clears_one(as_: Client) -> None:
    rfc = draft()
    change = {"testing": {"end": "2031-03-22"}, "deployment": {"start": None}}
    shown = as_(rfc.author).patch(f"rfcs/{rfc.number}/", {"version": 1, "timeline": change}).json()
    assert shown["timeline"] == {
        "development": {"start": "2031-03-03", "end": "2031-03-14"},
        "testing": {"start": "2031-03-17", "end": "2031-03-22"},
        "deployment": {"start": None, "end": "2031-03-28"},
    }


def test_edit_without_version_answers_400(as_: Client) -> None:
    rfc = draft()
    answer = as_(rfc.author).patch(f"rfcs/{rfc.number}/", {"title": "New"})
    assert (answer.status_code, fields(answer), codes(answer)) == (400, ["version"], ["required"])


@pytest.mark.parametrize("version", [0, 2, 10**30, -1])
def test_edit_of_another_version_answers_409_with_what_is_stored(as_: Client, version: int) -> None:
    rfc = draft()
    answer = as_(rfc.author).patch(f"rfcs/{rfc.number}/", {"version": version, "title": "Lost"})
    assert (answer.status_code, codes(answer)) == (409, ["version_conflict"])
    stored = answer.json()["stored"]
    assert (stored["version"], stored["title"], len(stored["affected_packages"])) == (1, rfc.title, 2)
    assert Revision.objects.count() == 0


def test_two_clients_with_one_version_the_second_sees_what_the_first_stored(as_: Client) -> None:
    """Row 15 of the trust list."""
    rfc = draft()
    ours, theirs = as_(rfc.author), as_(rfc.author)
    assert ours.patch(f"rfcs/{rfc.number}/", {"version": 1, "title": "Ours"}).status_code == 200
    answer = theirs.patch(f"rfcs/{rfc.number}/", {"version": 1, "title": "Theirs"})
    assert (answer.status_code, answer.json()["stored"]["title"]) == (409, "Ours")
    assert again(rfc).title == "Ours"


def test_the_owner_of_a_draft_changes_its_track_and_nobody_else_does(as_: Client) -> None:
    rfc, other = draft(), person()
    editing.share(rfc, by=rfc.author, with_=other)
    path, said = f"rfcs/{rfc.number}/", {"version": 1, "track": "hotfix", "title": "Kept"}

    refused = as_(other).patch(path, said)
    answer = as_(rfc.author).patch(path, said)

    assert (refused.status_code, answer.status_code) == (403, 200)
    assert (answer.json()["track"], answer.json()["title"]) == ("hotfix", "Kept")


def test_a_track_is_fixed_beyond_the_draft_and_nothing_is_stored(as_: Client) -> None:
    rfc = rfc_in("assessment")
    copy = rfc.working_copy.version
    answer = as_(rfc.author).patch(f"rfcs/{rfc.number}/", {"version": copy, "track": "hotfix", "title": "Lost"})
    assert (answer.status_code, codes(answer)) == (409, ["track_fixed"])
    assert again(rfc).title != "Lost"
    assert as_(rfc.author).patch(f"rfcs/{rfc.number}/", {"version": copy, "track": "standard"}).status_code == 200


def test_edit_after_approval_waits_for_the_amendment(as_: Client) -> None:
    rfc = rfc_in("approved")
    one, caller = f"rfcs/{rfc.number}/", as_(rfc.owner)
    read = caller.get(one).json()
    shown = caller.patch(one, {"version": read["version"], "data_changes": "Another column."}).json()
    assert (shown["data_changes"], shown["unsaved_fields"]) == (read["data_changes"], ["data_changes"])
    assert shown["revision"] == read["revision"]
    amended = caller.move(rfc.number, "amend", note="Another column").json()
    assert (amended["state"], amended["data_changes"], amended["unsaved_fields"]) == ("review", "Another column.", [])


def test_edit_of_what_has_ended_answers_409(as_: Client) -> None:
    rfc = rfc_in("withdrawn")
    answer = as_(rfc.owner).patch(f"rfcs/{rfc.number}/", {"version": 1, "title": "Late"})
    assert (answer.status_code, codes(answer)) == (409, ["not_editable"])


def test_non_writers_read_the_revision_not_the_working_copy(as_: Client) -> None:
    rfc = rfc_in("approved")
    edit(rfc, data_changes="Not yet decided")
    assert as_(person()).get(f"rfcs/{rfc.number}/").json()["data_changes"] == content().data_changes


def every_column() -> list[str]:
    columns = {field.name for model in (RFC, get_user_model()) for field in model._meta.get_fields()}
    columns |= {field.attname for field in RFC._meta.concrete_fields}
    return sorted(columns | {"number", "digest", "round", "obligations", "waiting_on", "url", "unsaved_fields"})


WRITABLE = set(Content.__dataclass_fields__) | {"track"}


@pytest.mark.parametrize("name", [name for name in every_column() if name not in WRITABLE])
def test_columns_are_ignored_or_refused_on_write(as_: Client, name: str) -> None:
    """Row 30 of the trust list: what is shown only is ignored, everything else is 400."""
    rfc, thief = draft(), person()
    caller, one = as_(rfc.author), f"rfcs/{rfc.number}/"
    caller.patch(one, {"version": 1})
    before = RFC.objects.values().get(), get_user_model().objects.values().get(pk=rfc.author_id)
    for value in (True, "approved", thief.pk, MIXED):
        answer = caller.patch(one, {"version": again(rfc).working_copy.version, name: value})
        assert answer.status_code == 200 or (answer.status_code, fields(answer)) == (400, [name])
    after = RFC.objects.values().get(), get_user_model().objects.values().get(pk=rfc.author_id)
    assert {**after[0], "updated_at": None} == {**before[0], "updated_at": None}
    assert after[1] == before[1]


def test_what_was_read_can_be_sent_back(as_: Client) -> None:
    rfc = draft()
    caller = as_(rfc.author)
    read = caller.get(f"rfcs/{rfc.number}/").json()
    answer = caller.patch(f"rfcs/{rfc.number}/", read | {"state": "approved", "author": "nobody", "digest": "0" * 64})
    assert answer.status_code == 200
    assert (answer.json()["state"], answer.json()["author"]) == ("draft", rfc.author.username)


def test_misspelt_field_answers_400_and_names_it(as_: Client) -> None:
    answer = as_(person()).post("rfcs/", {"titel": "x", "timeline": {}})
    assert (answer.status_code, fields(answer), codes(answer)) == (400, ["titel"], ["unknown_field"])


DEPENDENCY = {"scenario": "dependency", "change_summary": "pandas 3.", "api_changes": "None."}


def test_answers_merge_by_question_and_an_empty_text_clears(as_: Client) -> None:
    caller = as_(person())
    shown = created(caller, **DEPENDENCY, answers={"version_from": "2.3", "version_to": "3.0"})

    changed = caller.patch(
        f"rfcs/{shown['number']}/", {"version": 1, "answers": {"version_to": "3.1", "version_from": ""}}
    )

    assert shown["answers"] == {"version_from": "2.3", "version_to": "3.0"}
    assert changed.json()["answers"] == {"version_to": "3.1"}


@pytest.mark.parametrize("answers", [{"version": "3.0"}, {"version_to": 3}, ["3.0"], "3.0", None])
def test_an_unknown_question_is_400(as_: Client, answers: Any) -> None:
    assert as_(person()).post("rfcs/", {**DEPENDENCY, "answers": answers}).status_code == 400


def test_nothing_is_answered_in_the_place_of_a_client_that_answers_nothing(as_: Client) -> None:
    caller = as_(person())
    shown = created(caller, scenario="dependency", title="T", change_summary="pandas 3.", affected_packages=[PATH])

    more = caller.patch(f"rfcs/{shown['number']}/", {"version": 1, "api_changes": "None."}).json()
    refused = caller.move(shown["number"], "submit")

    assert (shown["answers"], more["answers"]) == ({}, {})
    assert (refused.status_code, codes(refused)) == (422, ["unanswered"] * 3)
    assert fields(refused) == ["answers.version_from", "answers.version_to", "answers.compatibility"]


def test_a_client_that_sends_no_answer_in_them_leaves_the_questions_open(as_: Client) -> None:
    caller = as_(person("ada"))
    shown = created(caller, **DEPENDENCY, title="T", affected_packages=[PATH], answers={}, risk={})
    address = f"rfcs/{shown['number']}/"

    later = caller.patch(address, {"version": 1, "justification": "Both only work together."}).json()
    refused = caller.move(shown["number"], "submit")

    assert (shown["answers"], shown["risk"], later["answers"], later["risk"]) == ({}, {}, {}, {})
    assert (refused.status_code, codes(refused)) == (422, ["unanswered"] * 3)
    assert fields(refused) == ["answers.version_from", "answers.version_to", "answers.compatibility"]
    said = dict.fromkeys(("version_from", "version_to", "compatibility"), "Said.")
    caller.patch(address, {"version": 2, "answers": said})
    assert caller.move(shown["number"], "submit").status_code == 200
    refused = caller.move(shown["number"], "request_review")
    assert [code for code in codes(refused) if code == "risk_unanswered"] == ["risk_unanswered"] * len(QUESTIONS)
    assert RFC.objects.get().state == "assessment"


def test_an_edit_through_the_api_answers_nothing_for_the_author_of_a_page(as_: Client) -> None:
    rfc = draft(answers={}, risk={})

    shown = as_(rfc.owner).patch(f"rfcs/{rfc.number}/", {"version": 1, "title": "Another title"}).json()

    assert (shown["title"], shown["answers"], shown["risk"]) == ("Another title", {}, {})


def test_submit_names_the_questions_that_the_client_left_empty(as_: Client) -> None:
    caller = as_(person())
    body = content(answers={}).json()
    body["affected_packages"] = body.pop("packages")
    shown = created(caller, **body)

    answer = caller.move(shown["number"], "submit")

    assert (answer.status_code, set(codes(answer))) == (422, {"unanswered"})
    assert fields(answer)[0] == "answers.interface_before"


def test_risk_is_unknown_to_a_client_that_does_not_say_and_shows_its_inputs(as_: Client) -> None:
    caller = as_(person())
    shown = created(caller, title="T")
    assert set(shown["risk"].values()) == {"unknown"}
    assert (shown["risk_score"]["score"], shown["risk_score"]["level"]) == (88, "high")

    said = caller.patch(f"rfcs/{shown['number']}/", {"version": 1, "risk": {"timing": "quiet", "detection": ""}}).json()

    assert (said["risk"]["timing"], said["risk"].get("detection")) == ("quiet", None)
    assert {row["slug"]: row["points"] for row in said["risk_score"]["inputs"]}["timing"] == 0
    assert caller.patch(f"rfcs/{shown['number']}/", {"version": 2, "risk": {"timing": "soon"}}).status_code == 400
    assert caller.patch(f"rfcs/{shown['number']}/", {"version": 2, "risk": {"luck": "good"}}).status_code == 400
