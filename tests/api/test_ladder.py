"""Every status of the ladder: 401, 404, 403, 409, 422, and the malformed before the verb."""

from __future__ import annotations

from typing import Any

import pytest

from rfcs.models import RFC, Event
from tests.api.conftest import Caller, Client, codes, fields
from tests.factories import again, board, draft, person, rfc_in, signers, team

READS = (
    "",
    "outlook/",
    "sign-offs/",
    "checklist/",
    "events/",
    "justification.md",
    "justification.html",
    "commit-message",
)


def refusals() -> list[dict[str, Any]]:
    return [event.payload for event in Event.objects.filter(stream="access", kind="refused").order_by("-id")]


@pytest.mark.django_db
@pytest.mark.parametrize(
    "header",
    ["Token", "Token wrong", "Token two words", "Token \xff\xfe", "Token " + "a" * 5_000, "Bearer x", "Token \0"],
)
def test_bad_credentials_answer_401_with_a_challenge(header: str) -> None:
    caller = Caller(None)
    caller.http.credentials(HTTP_AUTHORIZATION=header)
    answer = caller.get("rfcs/")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Token"
    assert len(answer.json()["reasons"]) == 1


def test_without_credentials_401_even_for_what_is_not_there(as_: Client) -> None:
    for path in ("rfcs/", "rfcs/RFC-9999/", "events/", "no/such/place/"):
        answer = as_().get(path)
        assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token"), path


def test_a_session_is_no_credential(as_: Client) -> None:
    caller = as_()
    caller.http.force_login(person())
    assert caller.get("rfcs/").status_code == 401


def test_expired_token_answers_401_by_the_databases_clock(as_: Client, clock_shift: Any) -> None:
    caller = as_(person())
    assert caller.get("rfcs/").status_code == 200
    clock_shift(minutes=61)
    assert caller.get("rfcs/").status_code == 401


def test_token_of_a_deactivated_person_answers_401(as_: Client) -> None:
    user = person()
    caller = as_(user)
    user.is_active = False
    user.save()
    assert caller.get("rfcs/").status_code == 401


@pytest.mark.parametrize(
    "number", ["RFC-9999", "9999", "9" * 18, "9" * 19, "9" * 400, "RFC-", "x", "-1", "0", "１", "%00"]
)
def test_unknown_number_answers_404(as_: Client, number: str) -> None:
    answer = as_(person()).get(f"rfcs/{number}/")
    assert answer.status_code == 404
    assert codes(answer) == ["not_found"]


def test_number_is_taken_in_both_spellings(as_: Client) -> None:
    rfc = draft()
    caller = as_(person())
    found = {caller.get(f"rfcs/{number}/").json()["number"] for number in (rfc.number, rfc.number.lower(), rfc.pk)}
    assert found == {rfc.number}


def test_embargoed_rfc_does_not_exist_for_others(as_: Client) -> None:
    rfc = draft(embargoed=True)
    stranger, security = as_(person()), as_(person(None, "security"))
    for path in READS:
        assert stranger.get(f"rfcs/{rfc.number}/{path}").status_code == 404, path
        assert security.get(f"rfcs/{rfc.number}/{path}").status_code == 200, path
    assert stranger.patch(f"rfcs/{rfc.number}/", {"version": 1}).status_code == 404
    assert stranger.move(rfc.number, "submit").status_code == 404
    assert stranger.get("rfcs/").json()["results"] == []


def test_hidden_comes_before_a_missing_scope(as_: Client) -> None:
    rfc = draft(embargoed=True)
    assert as_(person(), "read").move(rfc.number, "submit").status_code == 404


def test_missing_scope_answers_403_and_names_it(as_: Client) -> None:
    rfc = rfc_in("review")
    signer, _ = signers(rfc)[0]
    said = {"team": "architecture", "position": "approve", "digest": rfc.material_digest}
    for scopes, call, missing in (
        (("write",), lambda c: c.get("rfcs/"), "read"),
        (("read",), lambda c: c.post("rfcs/", {}), "write"),
        (("read", "write"), lambda c: c.post(f"rfcs/{rfc.number}/sign-offs/", said), "sign"),
        (("read", "sign"), lambda c: c.patch(f"rfcs/{rfc.number}/", {"version": 1}), "write"),
    ):
        answer = call(as_(signer, *scopes))
        assert (answer.status_code, codes(answer)) == (403, ["scope_missing"])
        assert f"“{missing}”" in answer.json()["reasons"][0]["message"]
    assert again(rfc).state == "review"
    assert [row["reasons"][0]["code"] for row in refusals()] == ["scope_missing"] * 4


def test_auditor_reads_everything_and_changes_nothing(as_: Client) -> None:
    auditor = person(None, "architecture")
    own, other = draft(author=auditor), rfc_in("review")
    team("auditors", auditor)
    caller = as_(auditor)
    calls = [
        caller.post("rfcs/", {"title": "Mine"}),
        caller.patch(f"rfcs/{own.number}/", {"version": 1, "title": "Changed"}),
        caller.move(own.number, "submit"),
        caller.sign(other.number),
        caller.post(f"rfcs/{other.number}/checklist/unit_tests_pass/", {"link": "https://ci.example.org/1"}),
    ]
    assert [(answer.status_code, codes(answer)) for answer in calls] == [(403, ["auditor"])] * 5
    assert RFC.objects.count() == 2
    assert caller.get(f"rfcs/{other.number}/").status_code == 200
    assert len(refusals()) == 5


def test_stranger_edits_or_moves_answer_403(as_: Client) -> None:
    rfc = draft()
    stranger = as_(person())
    assert stranger.patch(f"rfcs/{rfc.number}/", {"version": 1, "title": "x"}).status_code == 403
    answer = stranger.move(rfc.number, "submit")
    assert (answer.status_code, answer.json()["reasons"][0]["who"]) == (403, "the owner")


def test_forbidden_comes_before_conflict_and_track(as_: Client) -> None:
    rfc = draft()
    assert as_(person()).patch(f"rfcs/{rfc.number}/", {"version": 99, "track": "hotfix"}).status_code == 403


def test_moves_answer_every_reason_at_once(as_: Client) -> None:
    rfc = draft(title="", scenario="", packages=())
    answer = as_(rfc.author).move(rfc.number, "submit")
    assert answer.status_code == 422
    assert fields(answer) == ["title", "scenario", "affected_packages"]


def test_moving_from_the_wrong_state_answers_409(as_: Client) -> None:
    rfc = draft()
    answer = as_(rfc.author).move(rfc.number, "start")
    assert (answer.status_code, codes(answer)) == (409, ["wrong_state"])


def test_move_without_its_note_answers_422(as_: Client) -> None:
    rfc = draft()
    answer = as_(rfc.author).move(rfc.number, "withdraw")
    assert (answer.status_code, fields(answer)) == (422, ["note"])
    assert as_(rfc.author).move(rfc.number, "withdraw", note="No longer needed").json()["state"] == "withdrawn"


def test_unknown_move_answers_400_with_the_sentence_of_the_pages(as_: Client) -> None:
    rfc = draft()
    answer = as_(rfc.author).move(rfc.number, "bribe")
    assert (answer.status_code, fields(answer)) == (400, ["move"])
    assert answer.json()["reasons"][0]["message"].startswith("There is no move “bribe”; the moves are submit,")


def test_signing_without_a_round_answers_409(as_: Client) -> None:
    rfc = draft()
    answer = as_(board(1)[0]).sign(rfc.number, digest="0" * 64)
    assert (answer.status_code, codes(answer)) == (409, ["no_round"])
    assert refusals()[0]["what"] == "sign"


def test_signing_another_digest_answers_409(as_: Client) -> None:
    rfc = rfc_in("review")
    answer = as_(signers(rfc)[0][0]).sign(rfc.number, digest="0" * 64)
    assert (answer.status_code, codes(answer)) == (409, ["digest_mismatch"])


def test_unknown_address_answers_404_in_the_same_form(as_: Client) -> None:
    answer = as_(person()).get("nowhere/at/all/")
    assert (answer.status_code, codes(answer)) == (404, ["not_found"])


def test_unknown_checklist_item_answers_404(as_: Client) -> None:
    rfc = rfc_in("implementation")
    answer = as_(rfc.owner).post(f"rfcs/{rfc.number}/checklist/no_such_item/", {"link": "https://ci.example.org/1"})
    assert (answer.status_code, codes(answer)) == (404, ["unknown_item"])


def test_other_methods_answer_405(as_: Client) -> None:
    rfc = draft()
    for path in ("rfcs/", f"rfcs/{rfc.number}/", f"rfcs/{rfc.number}/events/", "events/"):
        answer = as_(rfc.author).call("delete", path)
        assert (answer.status_code, codes(answer)) == (405, ["method_not_allowed"])
        assert "GET" in answer["Allow"]
    assert RFC.objects.count() == 1


def test_other_formats_answer_415(as_: Client) -> None:
    answer = as_(person()).post("rfcs/", "title=x", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, codes(answer)) == (415, ["unsupported_media_type"])


def test_body_beyond_the_limit_answers_413(as_: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000
    answer = as_(person()).post("rfcs/", {"title": "x" * 1_000})
    assert (answer.status_code, codes(answer)) == (413, ["too_large"])
