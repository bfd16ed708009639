"""Separation of duties on every way in that a verb offers (test plan, rows 1, 2, 4, 7, 8, 11, 16, 18)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, User
from django.db import IntegrityError, transaction

from approvals.models import Round, SignOff
from governance import moves
from rfcs import editing, lifecycle
from rfcs.compliance import evidence
from rfcs.errors import Refused
from rfcs.models import RFC, Event
from rfcs.states import ARCHITECTURE, SECURITY, Authority, State
from tests import factories as f

pytestmark = pytest.mark.django_db

WRITTEN_IN = ("draft", "assessment", "review")


def refusal_of(rfc: RFC, by: User, **wanted: Any) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refusal:
        f.sign(rfc, by, **wanted)
    return refusal.value.status, [reason.code for reason in refusal.value.reasons]


def test_the_author_on_the_board_cannot_approve_and_the_attempt_is_kept() -> None:
    author, *_ = f.board(4)
    rfc = f.rfc_in("review", author=author)

    assert refusal_of(rfc, author) == (403, ["contributor"])
    event = Event.objects.filter(stream="access", actor=author).latest("seq")
    assert (event.kind, event.payload["what"], event.payload["on"]) == ("refused", "sign", rfc.stream)


def test_the_author_cannot_approve_after_handing_over() -> None:
    author, *_ = f.board(4)
    rfc = f.rfc_in("assessment", author=author)

    editing.hand_over(rfc, by=author, to=f.person())
    rfc = f.move(f.again(rfc), "request_review")

    assert refusal_of(rfc, author) == (403, ["contributor"])


@pytest.mark.parametrize("when", WRITTEN_IN)
def test_whoever_made_any_revision_cannot_approve(when: str) -> None:
    writer, *_ = f.board(4)
    rfc, steps = f.draft(), WRITTEN_IN.index(when)
    editing.share(rfc, by=rfc.owner, with_=writer)
    for step in f.WAYS[State.REVIEW][:steps]:
        rfc = step(rfc)
    f.edit(rfc, by=writer, api_changes="Their words")
    f.edit(rfc, api_changes="The owner's words over theirs")

    for step in f.WAYS[State.REVIEW][WRITTEN_IN.index(when) :]:
        rfc = step(rfc)

    assert refusal_of(rfc, writer) == (403, ["contributor"])


def test_whoever_autosaved_what_another_saved_cannot_approve() -> None:
    writer, *_ = f.board(4)
    rfc = f.rfc_in("assessment")
    editing.share(rfc, by=rfc.owner, with_=writer)
    copy = rfc.working_copy
    editing.autosave(rfc, by=writer, version=copy.version, content=copy.content.with_(api_changes="Their words"))
    f.edit(rfc, justification="The owner saves")

    rfc = f.move(rfc, "request_review")

    assert refusal_of(rfc, writer) == (403, ["contributor"])


def test_one_person_in_two_teams_fills_one_seat() -> None:
    both, one = f.person(None, ARCHITECTURE, SECURITY), f.person(None, ARCHITECTURE)
    rfc = f.rfc_in("review", scenario="security")
    f.sign(rfc, both)

    assert refusal_of(rfc, both, team=SECURITY) == (403, ["one_seat"])
    f.sign(rfc, one)
    assert f.again(rfc).state == "review"


def test_changing_the_scenario_in_review_asks_the_team_that_it_needs() -> None:
    f.board(3)
    f.person(None, SECURITY)
    rfc = f.rfc_in("review")

    f.edit(rfc, scenario="security")

    round_ = Round.objects.get(rfc=rfc)
    assert list(round_.teams.values_list("slug", flat=True)) == [ARCHITECTURE, SECURITY]


def test_changing_the_scenario_to_escape_security_does_not() -> None:
    one, two, _three = f.board(3)
    f.person(None, SECURITY)
    rfc = f.rfc_in("review", scenario="security")

    f.edit(rfc, scenario="dependency")
    f.sign(rfc, one)
    f.sign(rfc, two)

    assert f.again(rfc).state == "review"


def test_joining_a_team_during_a_round_gives_no_seat_in_it() -> None:
    f.board(3)
    friend = f.person()
    rfc = f.rfc_in("review")

    f.team(ARCHITECTURE, friend)

    assert refusal_of(rfc, friend) == (403, ["no_seat"])


def test_a_new_team_of_the_old_name_has_no_seats_but_those_of_the_roster() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    Group.objects.get(name=ARCHITECTURE).delete()

    friend = f.person(None, ARCHITECTURE)

    assert refusal_of(rfc, friend) == (403, ["no_seat"])
    assert refusal_of(rfc, User.objects.get(pk=one.pk)) == (403, ["no_seat"])


def test_a_signature_without_fresh_authentication_goes_through_after_it_with_nothing_lost() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    words = {"position": "discuss", "title": "Rounding", "rationale": "Who rounds the half cent?"}

    assert refusal_of(rfc, one, authenticated_at=None, **words) == (401, ["reauthenticate"])
    sign_off = f.sign(rfc, one, **words)

    assert (sign_off.title, sign_off.rationale) == ("Rounding", "Who rounds the half cent?")


def test_nobody_makes_the_decision_by_hand() -> None:
    rfc, powerful = f.rfc_in("review"), f.person(None, "stewards", "architecture", "security", is_superuser=True)

    for name in ("approve", "reject"):
        with pytest.raises(Refused) as refusal:
            moves.make(rfc, name, by=powerful, inputs={})
        assert (refusal.value.status, refusal.value.reasons[0].code) == (403, "made_by_round")
    assert f.again(rfc).state == "review"


def test_a_round_makes_no_other_move() -> None:
    rfc = f.rfc_in("approved")

    with pytest.raises(Refused) as refusal:
        lifecycle.advance(rfc, "start", actor=rfc.owner, acting_as=Authority.ROUND)

    assert refusal.value.status == 403


def test_a_superuser_holds_no_authority_by_that() -> None:
    root = f.person(is_superuser=True, is_staff=True)
    rfc = f.rfc_in("review")

    assert refusal_of(rfc, root) == (403, ["no_seat"])
    with pytest.raises(Refused) as refusal:
        f.move(rfc, "withdraw", by=root)
    assert refusal.value.status == 403


@pytest.mark.parametrize("who", ["owner", "contributor", "auditor"])
def test_a_result_is_not_confirmed_by_those_it_judges(who: str) -> None:
    rfc = f.rfc_in("assessment")
    contributor = f.person()
    editing.share(rfc, by=rfc.owner, with_=contributor)
    f.edit(rfc, by=contributor, api_changes="Their words")
    f.board(3)
    rfc = f.move(f.approve(f.move(rfc, "request_review")), "start")
    by = {"owner": rfc.owner, "contributor": contributor, "auditor": f.person(None, "auditors")}[who]

    with pytest.raises(Refused) as refusal:
        evidence.close_item(rfc, "unit_tests_pass", by=by, link="https://ci.example.org/1")

    assert refusal.value.status == 403


def test_bulk_writes_cannot_make_a_signature_out_of_nothing() -> None:
    """A row without its event violates the record: there is no signing but by the verb."""

    rfc = f.rfc_in("review")
    round_ = Round.objects.get(rfc=rfc)
    facts: dict[str, Any] = {"round": round_, "team": ARCHITECTURE, "signer": rfc.owner, "position": "approve"}
    facts |= {"revision": rfc.revision, "material_digest": "", "scope_digest": "", "at": rfc.state_since}

    with pytest.raises(IntegrityError), transaction.atomic():
        SignOff.objects.bulk_create([SignOff(**facts)])
