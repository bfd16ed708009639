"""The promises on signatures, on every call that could break them (rows 1, 3, 10, 16 and 18 of the trust list)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from approvals.models import SignOff
from governance.api import tokens
from rfcs import editing
from rfcs.models import Event
from rfcs.states import State
from rfcs.table import TABLE
from tests.api.conftest import Caller, Client, codes, mint
from tests.factories import again, board, edit, move, person, rfc_in, signers, team


def refused(kind: str) -> int:
    return Event.objects.filter(stream="access", kind="refused", payload__what=kind).count()


def test_author_who_is_on_the_board_cannot_approve(as_: Client) -> None:
    author = person("ada", "architecture")
    rfc = rfc_in("review", author=author)
    answer = as_(author).sign(rfc.number)
    assert answer.status_code == 403
    assert "contributor" in codes(answer)
    assert (SignOff.objects.count(), again(rfc).state, refused("sign")) == (0, "review", 1)


def test_co_author_cannot_approve(as_: Client) -> None:
    signer, *_ = board(3)
    rfc = rfc_in("assessment")
    editing.share(rfc, by=rfc.owner, with_=signer)
    edit(rfc, by=signer, title="Reworded")
    rfc = move(rfc, "request_review")
    assert as_(signer).sign(rfc.number).status_code == 403


def test_no_call_makes_the_move_approve(as_: Client) -> None:
    rfc = rfc_in("review")
    for user in (rfc.author, signers(rfc)[0][0], person(None, "stewards")):
        answer = as_(user).move(rfc.number, "approve")
        assert answer.status_code == 403
        assert "made_by_round" in codes(answer)
    assert again(rfc).state == "review"


def test_every_token_of_the_author_is_the_author(as_: Client) -> None:
    """Row 3: a bot's token signs as the human who minted it."""
    author = person(None, "architecture")
    rfc = rfc_in("review", author=author)
    for name in ("laptop", "bot"):
        _, secret = tokens.mint(author, name=name, scopes=["read", "sign"], password_ok=True, life=timedelta(hours=1))
        assert Caller(secret).sign(rfc.number).status_code == 403
    assert SignOff.objects.count() == 0


def test_outsider_has_no_seat(as_: Client) -> None:
    rfc = rfc_in("review")
    late = board(1)[0]
    for user in (person(), late):
        assert codes(as_(user).sign(rfc.number)) == ["no_seat"]
    assert codes(as_(late).sign(rfc.number, team="no_such_team")) == ["no_seat"]


def test_author_cannot_confirm_a_result_of_their_own(as_: Client) -> None:
    """Row 10."""
    rfc = rfc_in("implementation")
    answer = as_(rfc.author).post(f"rfcs/{rfc.number}/checklist/unit_tests_pass/", {"link": "https://ci.example.org/1"})
    assert (answer.status_code, codes(answer)) == (403, ["second_person"])
    assert rfc.checklist.get(slug="unit_tests_pass").closed_at is None


@pytest.mark.parametrize("state", list(State))
def test_illegal_moves_are_refused_and_leave_the_state(as_: Client, state: State) -> None:
    """Row 16."""
    rfc = rfc_in(state)
    caller = as_(rfc.owner)
    illegal = [move.name for move in TABLE.values() if state not in move.way.sources or not move.asked_by]
    for name in illegal:
        answer = caller.move(rfc.number, name, note="Because", revert_commit="none")
        assert answer.status_code in (403, 409), name
    assert again(rfc).state == state
    assert Event.objects.filter(stream="access", kind="refused").count() == len(illegal)


def test_outlook_says_what_the_moves_would_answer(as_: Client) -> None:
    rfc = rfc_in("assessment", testing_unit="")
    caller = as_(rfc.owner)
    shown = {move["name"]: move for move in caller.get(f"rfcs/{rfc.number}/outlook/").json()}
    assert list(shown) == list(TABLE)
    assert [name for name, move in shown.items() if move["allowed"]] == ["withdraw"]
    assert shown["start"]["reasons"] == caller.move(rfc.number, "start").json()["reasons"]
    assert shown["roll_back"]["who"] == "the owner, a steward or a member of the architecture board"


def test_signature_needs_a_token_that_lives_and_resumes_with_nothing_lost(as_: Client, clock_shift: Any) -> None:
    """Row 18."""
    rfc = rfc_in("review")
    signer, slug = signers(rfc)[0]
    said = {
        "team": slug,
        "position": "discuss",
        "digest": rfc.material_digest,
        "title": "Why now?",
        "rationale": "Say.",
    }
    old = Caller(mint(signer, "read", "sign", life=timedelta(hours=12)))
    clock_shift(hours=12, seconds=1)
    assert old.post(f"rfcs/{rfc.number}/sign-offs/", said).status_code == 401
    assert SignOff.objects.count() == 0
    new = Caller(mint(signer, "read", "sign", life=timedelta(hours=12)))
    clock_shift(hours=23)
    answer = new.post(f"rfcs/{rfc.number}/sign-offs/", said)
    assert (answer.status_code, answer.json()["rationale"]) == (201, "Say.")


def test_signature_shows_who_what_when_and_is_bound_to_the_text(as_: Client) -> None:
    rfc = rfc_in("review")
    signer, slug = signers(rfc)[0]
    shown = as_(signer).sign(rfc.number).json()
    assert (shown["signer_name"], shown["team"], shown["position"]) == (signer.get_full_name(), slug, "approve")
    assert (shown["digest"], shown["revision"]) == (rfc.material_digest, 1)
    listed = as_(person()).get(f"rfcs/{rfc.number}/sign-offs/").json()["results"]
    assert listed == [shown]


def test_signature_stops_counting_with_the_edit(as_: Client) -> None:
    rfc = rfc_in("review")
    caller = as_(signers(rfc)[0][0])
    caller.sign(rfc.number)
    edit(rfc, rollback_plan="1. Another plan.\n2. Deploy.")
    listed = caller.get(f"rfcs/{rfc.number}/sign-offs/").json()["results"]
    assert [row["counts"] for row in listed] == [False]
    assert as_(person()).get(f"rfcs/{rfc.number}/").json()["round"]["teams"][0]["approvals"] == 0


def test_same_position_again_answers_200_with_the_same_row(as_: Client) -> None:
    rfc = rfc_in("review")
    caller = as_(signers(rfc)[0][0])
    first, second = caller.sign(rfc.number), caller.sign(rfc.number)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json()
    assert SignOff.objects.count() == 1


def test_last_approval_decides_and_the_repeat_after_it_is_no_error(as_: Client) -> None:
    rfc = rfc_in("review")
    (one, _), (two, _), (three, _) = signers(rfc)
    as_(one).sign(rfc.number)
    assert as_(two).sign(rfc.number).status_code == 201
    assert again(rfc).state == "approved"
    assert as_(two).sign(rfc.number).status_code == 200
    assert codes(as_(three).sign(rfc.number)) == ["round_closed"]


def test_position_without_its_words_answers_422(as_: Client) -> None:
    rfc = rfc_in("review")
    answer = as_(signers(rfc)[0][0]).sign(rfc.number, "discuss")
    assert (answer.status_code, codes(answer)) == (422, ["rationale_missing", "title_missing"])


def test_deleted_team_fails_closed(as_: Client) -> None:
    rfc = rfc_in("review")
    (one, _), (two, _), _ = signers(rfc)
    callers = [as_(one), as_(two)]
    team("architecture").delete()
    assert [caller.sign(rfc.number).status_code for caller in callers] == [403, 403]
    assert again(rfc).state == "review"
