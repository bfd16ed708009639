"""A round of sign-offs: who is asked, who may sign, what an edit voids, how it ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from approvals import delegations, reminders, rounds
from approvals.models import RequiredTeam, Round, Seat, SignOff
from approvals.positions import Outcome
from approvals.standing import Standing, latest_round, open_round
from rfcs import clock, editing
from rfcs.case import Case
from rfcs.delivery import outbox
from rfcs.errors import Refused
from rfcs.models import RFC, Event, Message, PolicyVersion
from rfcs.policy import Policy, Quorum
from rfcs.states import ARCHITECTURE, SECURITY
from tests import factories as f

pytestmark = pytest.mark.django_db


def standing(rfc: RFC) -> Standing:
    rfc = f.again(rfc)
    round_ = latest_round(rfc)
    assert round_ is not None
    return Standing(round_, Case(rfc))


def forecasts(rfc: RFC) -> dict[str, str]:
    return {row.slug: row.forecast for row in standing(rfc).rows}


def why_not(rfc: RFC, by: User, *said: str, **wanted: Any) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refusal:
        f.sign(rfc, by, *said, **wanted)
    return refusal.value.status, [reason.code for reason in refusal.value.reasons]


# Opening -------------------------------------------------------------------------------------------------


def test_a_review_opens_one_round_with_its_clocks() -> None:
    rfc = f.rfc_in("review")

    round_ = Round.objects.get(rfc=rfc)

    assert round_.is_open
    assert round_.opened_at < round_.first_response_due < round_.decision_due
    assert round_.opened_by == rfc.owner


def test_the_roster_is_a_snapshot() -> None:
    members = f.board(3)
    rfc = f.rfc_in("review")

    late = f.person(None, ARCHITECTURE)

    assert set(Seat.objects.values_list("person", flat=True)) == {member.pk for member in members}
    assert why_not(rfc, late) == (403, ["no_seat"])


def test_the_deactivated_get_no_seat() -> None:
    one, two, gone = f.board(3)
    User.objects.filter(pk=gone.pk).update(is_active=False)

    f.rfc_in("review")

    assert set(Seat.objects.values_list("person", flat=True)) == {one.pk, two.pk}


def test_the_quorum_is_that_of_the_pinned_policy() -> None:
    body = Policy(quorums={ARCHITECTURE: Quorum(3, 0.0)}).json()
    PolicyVersion.objects.create(version=1, body=body, in_force_from=clock.now())
    rfc = f.rfc_in("assessment")
    PolicyVersion.objects.create(version=2, body=Policy().json(), in_force_from=clock.now())
    f.board(4)

    f.move(rfc, "request_review")

    assert RequiredTeam.objects.get(slug=ARCHITECTURE).minimum == 3


def test_everyone_awaited_is_told_once_by_each_channel() -> None:
    members = f.board(3)

    rfc = f.rfc_in("review")

    told = Message.objects.filter(rfc=rfc).order_by("recipient", "channel").values_list("recipient", "channel")
    assert list(told) == [(member.pk, channel) for member in members for channel in ("in_app", "mail")]


def test_the_author_has_no_say_though_on_the_board() -> None:
    author, one, two = f.board(3)
    rfc = f.rfc_in("review", author=author)

    assert why_not(rfc, author) == (403, ["contributor"])
    assert (standing(rfc).tallies[0].eligible, standing(rfc).tallies[0].barred) == (2, 1)
    f.sign(rfc, one)
    f.sign(rfc, two)
    assert f.again(rfc).state == "approved"


# Who may sign --------------------------------------------------------------------------------------------


def test_a_signature_keeps_what_was_read_and_its_event_says_the_same() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")

    sign_off = f.sign(rfc, one, rationale="Read it twice")

    assert sign_off.revision == rfc.revision
    assert sign_off.material_digest == rfc.material_digest
    assert sign_off.scope_digest == Case(rfc).scope_of(ARCHITECTURE)
    assert (sign_off.event.stream, sign_off.event.kind, sign_off.event.actor) == (rfc.stream, "sign_off.approve", one)
    assert sign_off.event.payload == sign_off.facts()


@pytest.mark.parametrize(
    ("teams", "signs_for", "codes"),
    [
        ((), ARCHITECTURE, ["no_seat"]),
        ((SECURITY,), ARCHITECTURE, ["no_seat"]),
        (("stewards",), ARCHITECTURE, ["no_seat"]),
        ((ARCHITECTURE,), SECURITY, ["no_seat"]),
        ((ARCHITECTURE,), "no-such-team", ["no_seat"]),
    ],
)
def test_who_has_no_seat_does_not_sign(teams: tuple[str, ...], signs_for: str, codes: list[str]) -> None:
    someone = f.person(None, *teams)
    f.board(3)
    rfc = f.rfc_in("review")

    assert why_not(rfc, someone, team=signs_for) == (403, codes)


def test_who_left_the_team_signs_no_more_and_what_they_said_no_longer_counts() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)

    Group.objects.get(name=ARCHITECTURE).user_set.remove(one, two)
    two = User.objects.get(pk=two.pk)

    assert why_not(rfc, two) == (403, ["no_seat"])
    f.sign(rfc, three)
    assert f.again(rfc).state == "review"
    assert forecasts(rfc) == {
        ARCHITECTURE: "Cannot pass: 2 wrote the RFC, left, audits or is deactivated; 2 approvals needed, 1 possible."
    }


def test_an_auditor_on_the_board_does_not_count_as_able_to_sign() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    f.team("auditors", one, two)

    assert forecasts(rfc) == {
        ARCHITECTURE: "Cannot pass: 2 wrote the RFC, left, audits or is deactivated; 2 approvals needed, 1 possible."
    }
    assert why_not(rfc, two) == (403, ["auditor"])
    assert standing(rfc).awaited() == (three,)


def test_a_seat_lent_to_an_auditor_is_not_covered_by_them() -> None:
    one, *_ = f.board(3)
    rfc, auditor, today = f.rfc_in("review"), f.person(), delegations.today()
    delegations.grant(by=one, delegate=auditor, team=ARCHITECTURE, starts_on=today, ends_on=today, reason="At a fair.")
    before = standing(rfc).stand_ins()

    f.team("auditors", auditor)

    assert (before, standing(rfc).stand_ins()) == (((auditor, one),), ())


def test_the_new_owner_does_not_sign() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("assessment")
    editing.hand_over(rfc, by=rfc.owner, to=one)

    rfc = f.move(f.again(rfc), "request_review")

    assert why_not(rfc, one) == (403, ["contributor"])
    assert standing(rfc).tallies[0].eligible == 2


@pytest.mark.parametrize("verb", ["share", "hand_over"])
def test_a_dissenter_is_made_no_writer_while_the_board_reviews_an_emergency(verb: str) -> None:
    one, *_ = f.board(3)
    rfc = f.file_full(f.short_in("implementation"))
    f.sign(rfc, one, "reject")

    with pytest.raises(Refused) as refused:
        getattr(editing, verb)(rfc, by=rfc.owner, **{"with_" if verb == "share" else "to": one})

    assert [(reason.code, reason.who) for reason in refused.value.reasons] == [("in_review", "the board")]
    assert f.reject(rfc).obligations.filter(kind="denial_resolution").exists()


@pytest.mark.parametrize("verb", ["share", "hand_over"])
def test_nobody_is_barred_by_the_owner_while_a_round_is_open(verb: str) -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "discuss")
    f.sign(rfc, two)
    f.sign(rfc, three)

    with pytest.raises(Refused, match="is in review"):
        editing.share(rfc, by=rfc.owner, with_=one) if verb == "share" else editing.hand_over(rfc, by=rfc.owner, to=one)

    assert f.again(rfc).state == "review"


def test_a_concern_stays_open_when_its_raiser_is_deactivated() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "discuss")
    f.sign(rfc, two)
    f.sign(rfc, three)

    one.is_active = False
    one.save()
    reminders.sweep()

    assert f.again(rfc).state == "review"
    assert standing(rfc).tallies[0].concerns == 1


def test_one_human_signs_for_one_team_of_an_rfc_even_rounds_later() -> None:
    both, other, security = (
        f.person(None, ARCHITECTURE, SECURITY),
        f.person(None, ARCHITECTURE),
        f.person(None, SECURITY),
    )
    rfc = f.rfc_in("review", touches_security=True)
    f.sign(rfc, both)

    assert why_not(rfc, both, team=SECURITY) == (403, ["one_seat"])
    f.move(rfc, "recall")
    f.move(rfc, "request_review")
    assert why_not(rfc, both, team=SECURITY) == (403, ["one_seat"])
    f.sign(rfc, both)
    f.sign(rfc, other)
    f.sign(rfc, security, team=SECURITY)
    assert f.again(rfc).state == "approved"


@pytest.mark.parametrize("minutes", [None, 16, 600])
def test_signing_needs_a_fresh_password(minutes: int | None, clock_shift: Any) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    at = clock.now()
    clock_shift(minutes=minutes or 0)

    answer = why_not(rfc, one, authenticated_at=at if minutes else None)

    assert answer == (401, ["reauthenticate"])


def test_the_signing_window_lasts_as_the_policy_says(clock_shift: Any) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    at = clock.now()
    clock_shift(minutes=14)

    assert f.sign(rfc, one, authenticated_at=at).position == "approve"


def test_a_password_given_in_the_future_is_not_fresh(clock_shift: Any) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    at = clock.now()
    clock_shift(hours=-2)

    assert why_not(rfc, one, authenticated_at=at) == (401, ["reauthenticate"])


@pytest.mark.parametrize(
    ("wanted", "status", "codes"),
    [
        ({"position": "maybe"}, 422, ["unknown_position"]),
        ({"position": "hold", "rationale": "Wait", "until": None}, 422, ["until_missing"]),
        ({"position": "reject", "rationale": " "}, 422, ["rationale_missing"]),
        ({"position": "no_objection", "rationale": ""}, 422, ["rationale_missing"]),
        ({"position": "abstain", "rationale": ""}, 422, ["rationale_missing"]),
        ({"position": "recuse", "rationale": ""}, 422, ["rationale_missing"]),
        ({"position": "discuss", "rationale": "", "title": ""}, 422, ["rationale_missing", "title_missing"]),
        ({"rationale": "x" * 20_001}, 422, ["too_long"]),
        ({"title": "x" * 201}, 422, ["too_long"]),
        ({"rationale": "\0"}, 422, ["unstorable"]),
        ({"title": "\ud800"}, 422, ["unstorable"]),
        ({"digest": "0" * 64}, 409, ["digest_mismatch"]),
        ({"digest": "0" * 64, "position": "reject", "rationale": ""}, 409, ["digest_mismatch", "rationale_missing"]),
    ],
)
def test_what_a_position_needs(wanted: dict[str, str], status: int, codes: list[str]) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")

    assert why_not(rfc, one, **wanted) == (status, codes)
    assert not SignOff.objects.filter(signer=one).exists()


def test_every_reason_against_a_signature_comes_at_once() -> None:
    rfc = f.rfc_in("review")

    answer = why_not(rfc, rfc.owner, "reject", digest="old", rationale="", authenticated_at=None)

    assert answer == (401, ["reauthenticate", "contributor", "no_seat", "digest_mismatch", "rationale_missing"])


def test_a_closed_round_takes_no_positions() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    round_ = open_round(rfc)
    assert round_ is not None
    f.move(rfc, "recall")

    with pytest.raises(Refused) as refusal:
        rounds.sign(
            round_,
            by=one,
            team=ARCHITECTURE,
            position="approve",
            digest=rfc.material_digest,
            authenticated_at=clock.now(),
        )

    assert (refusal.value.status, [reason.code for reason in refusal.value.reasons]) == (409, ["round_closed"])


def test_the_same_position_twice_is_one() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")

    first, second = f.sign(rfc, one), f.sign(rfc, one)

    assert first == second
    assert Event.objects.filter(stream=rfc.stream, kind="sign_off.approve").count() == 1


def test_the_last_position_of_a_person_counts() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    f.sign(rfc, one, "no_objection")

    f.sign(rfc, two)

    assert f.again(rfc).state == "review"
    f.sign(rfc, one)
    assert f.again(rfc).state == "approved"


def test_a_discuss_blocks_until_its_raiser_takes_another_position() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, three, "discuss")
    f.sign(rfc, one)
    f.sign(rfc, two)

    assert (f.again(rfc).state, forecasts(rfc)) == ("review", {ARCHITECTURE: "Blocked by 1 open concern."})
    f.sign(rfc, three, "no_objection")
    assert f.again(rfc).state == "approved"


def test_recusal_lowers_what_is_eligible_and_can_decide() -> None:
    members = f.board(5)
    rfc = f.rfc_in("review")
    f.sign(rfc, members[0])
    f.sign(rfc, members[1])
    assert f.again(rfc).state == "review"

    f.sign(rfc, members[2], "recuse")

    assert f.again(rfc).state == "approved"


def test_rejects_that_make_the_quorum_unreachable_reject() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "reject")
    assert f.again(rfc).state == "review"

    f.sign(rfc, two, "reject")

    assert f.again(rfc).state == "rejected"
    assert Round.objects.get(rfc=rfc).outcome == Outcome.REJECTED


def test_recusals_that_make_it_unreachable_block_loudly() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")

    f.sign(rfc, one, "recuse")
    f.sign(rfc, two, "recuse")

    assert f.again(rfc).state == "review"
    assert forecasts(rfc) == {ARCHITECTURE: "Cannot pass: 2 recused; 2 approvals needed, 1 possible."}


# Revisions while a round is open ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "voided"),
    [
        ({"api_changes": "Something else"}, {ARCHITECTURE, SECURITY}),
        ({"rollback_plan": "1. Revert.\n2. Deploy."}, {ARCHITECTURE, SECURITY}),
        ({"packages": (f.package("a/b"),)}, {ARCHITECTURE, SECURITY}),
        ({"behavioral_changes": "Something else"}, {ARCHITECTURE}),
        ({"justification": "Something else"}, {ARCHITECTURE}),
        ({"testing_unit": "Something else"}, {ARCHITECTURE}),
        ({"title": "Another"}, set()),
        ({"change_summary": "Other words."}, set()),
    ],
)
def test_a_revision_voids_exactly_the_teams_whose_scope_it_changes(changes: dict[str, Any], voided: set[str]) -> None:
    one, *_ = f.board(3)
    security = f.person(None, SECURITY)
    rfc = f.rfc_in("review", touches_security=True)
    f.sign(rfc, one)
    f.sign(rfc, security, team=SECURITY)

    f.edit(rfc, **changes)

    now = standing(rfc)
    assert {team for team in (ARCHITECTURE, SECURITY) if not any(v.counts for v in now.voices(team).values())} == voided
    assert f.again(rfc).state == "review"


def test_two_approvals_of_two_texts_are_not_a_quorum() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    f.edit(rfc, api_changes="Something else")

    f.sign(rfc, two)

    assert f.again(rfc).state == "review"
    f.sign(rfc, one)
    assert f.again(rfc).state == "approved"


def test_recuse_and_discuss_outlive_a_revision() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "recuse")
    f.sign(rfc, two, "discuss")
    f.sign(rfc, three)

    f.edit(rfc, api_changes="Something else")

    counting = {pk: voice.counts for pk, voice in standing(rfc).voices(ARCHITECTURE).items()}
    assert counting == {one.pk: True, two.pk: True, three.pk: False}


def test_security_joins_late_when_a_revision_sets_the_flag(clock_shift: Callable[..., None]) -> None:
    one, two, _three = f.board(3)
    security = f.person(None, SECURITY)
    rfc = f.rfc_in("review")
    assert why_not(rfc, security, team=SECURITY) == (403, ["no_seat"])
    clock_shift(minutes=5)
    before = clock.now()

    f.edit(rfc, touches_security=True)

    told = Message.objects.get(rfc=rfc, recipient=security, channel="in_app")
    assert told.created_at > before, "told when the team was asked, not when the round opened"
    f.sign(rfc, one)
    f.sign(rfc, two)
    assert f.again(rfc).state == "review"
    f.sign(rfc, security, team=SECURITY)
    assert f.again(rfc).state == "approved"


def test_who_is_asked_reads_the_due_times_of_the_page() -> None:
    one, *_ = f.board(3)
    security = f.person(None, SECURITY)
    rfc = f.rfc_in("review")
    round_ = Round.objects.get(rfc=rfc)
    first, decision = (f"{at:%A %-d %B %Y, %H:%M} UTC" for at in (round_.first_response_due, round_.decision_due))
    asked = Message.objects.filter(rfc=rfc, recipient=one).first()
    assert asked is not None
    assert f"A first response is due {first}, the decision {decision}." in asked.text

    f.sign(rfc, one)
    f.edit(rfc, touches_security=True)

    late = Message.objects.filter(rfc=rfc, recipient=security).first()
    assert late is not None
    assert f" The decision is due {decision}." in late.text


def test_a_team_once_asked_stays_asked_when_the_flag_goes() -> None:
    security = f.person(None, SECURITY)
    rfc = f.rfc_in("review", touches_security=True)
    f.edit(rfc, touches_security=False)

    f.approve(rfc)

    assert f.again(rfc).state == "approved"
    assert SignOff.objects.filter(team=SECURITY, signer=security).exists()


def test_a_revision_by_a_signer_takes_their_approval_away() -> None:
    one, two, three = f.board(3)
    rfc = f.rfc_in("assessment")
    editing.share(rfc, by=rfc.owner, with_=one)
    rfc = f.move(rfc, "request_review")
    f.sign(rfc, one)

    f.edit(rfc, by=one, title="Only the title, which voids no signature")

    assert why_not(rfc, one, rationale="Once more") == (403, ["contributor"])
    f.sign(rfc, two)
    assert f.again(rfc).state == "review"
    f.sign(rfc, three)
    assert f.again(rfc).state == "approved"


def test_a_co_author_whose_words_no_revision_holds_may_sign() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("assessment")
    editing.share(rfc, by=rfc.owner, with_=one)

    rfc = f.move(rfc, "request_review")

    assert f.sign(rfc, one).position == "approve"


# Teams that change meanwhile -------------------------------------------------------------------------------


@pytest.mark.parametrize("change", ["delete", "rename"])
def test_a_team_that_is_gone_fails_closed(change: str) -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)

    group = Group.objects.get(name=ARCHITECTURE)
    if change == "delete":
        group.delete()
    else:
        Group.objects.filter(pk=group.pk).update(name="old_board")

    assert why_not(rfc, User.objects.get(pk=two.pk)) == (403, ["no_seat"])
    assert (f.again(rfc).state, standing(rfc).verdict) == ("review", "open")
    assert forecasts(rfc) == {ARCHITECTURE: "Cannot pass: the team has no members."}


def test_a_required_team_that_never_existed_blocks_loudly() -> None:
    f.board(3)
    rfc = f.move(f.draft(scenario="security"), "submit")

    rfc = f.move(rfc, "request_review")

    assert forecasts(rfc)[SECURITY] == "Cannot pass: the team has no members."
    assert rfc.state == "review"


def test_the_approval_of_a_signer_deactivated_before_the_decision_does_not_count() -> None:
    """Rule: whoever is deactivated is not eligible, whatever they said before (process-table, Rounds)."""
    one, two, three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    User.objects.filter(pk=one.pk).update(is_active=False)

    f.sign(rfc, two)

    assert f.again(rfc).state == "review"
    f.sign(rfc, three)
    assert f.again(rfc).state == "approved"


def test_a_decision_taken_stands_when_its_signer_is_deactivated_later() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    f.sign(rfc, two)

    User.objects.filter(pk=one.pk).update(is_active=False)

    assert f.move(rfc, "start").state == "implementation"


# How it ends -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("move", "state", "outcome"), [("recall", "assessment", "recalled"), ("withdraw", "withdrawn", "withdrawn")]
)
def test_recall_and_withdraw_close_the_round(move: str, state: str, outcome: str) -> None:
    rfc = f.rfc_in("review")

    rfc = f.move(rfc, move)

    round_ = Round.objects.get(rfc=rfc)
    assert (rfc.state, round_.outcome, round_.is_open) == (state, outcome, False)


def test_after_a_recall_nothing_is_carried_over() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)
    f.move(rfc, "recall")
    f.move(rfc, "request_review")

    f.sign(rfc, two)

    assert f.again(rfc).state == "review"


def test_amend_carries_over_sign_offs_whose_scope_is_unchanged() -> None:
    f.board(3)
    security = f.person(None, SECURITY)
    rfc = f.rfc_in("approved", touches_security=True)
    f.edit(rfc, justification="Other reasons, the same interface.")

    rfc = f.move(rfc, "amend")

    waiting = {row.slug: row.tally.approvals for row in standing(rfc).rows}
    assert waiting == {ARCHITECTURE: 0, SECURITY: 1}
    assert Message.objects.filter(recipient=security, key__contains=":opened:", rfc=rfc, channel="mail").count() == 1
    assert f.approve(rfc).state == "approved"
    assert SignOff.objects.filter(team=SECURITY).count() == 1


def test_amend_carries_nothing_over_whose_scope_changed() -> None:
    f.board(3)
    f.person(None, SECURITY)
    rfc = f.rfc_in("approved", touches_security=True)
    f.edit(rfc, rollback_plan="1. Revert.\n2. Deploy.")

    rfc = f.move(rfc, "amend")

    assert [row.tally.approvals for row in standing(rfc).rows] == [0, 0]


@pytest.mark.parametrize(("end", "outcome"), [(f.approve, "approved"), (f.reject, "rejected")])
def test_the_owner_hears_of_the_decision_once(end: Any, outcome: str) -> None:
    rfc = f.rfc_in("review")

    end(rfc)

    told = Message.objects.filter(recipient=rfc.owner, key__contains=":decided:")
    assert sorted(told.values_list("channel", flat=True)) == ["in_app", "mail"]
    assert {message.subject for message in told} == {f"{rfc.number} is {outcome}: {rfc.title}"}


def test_the_owner_reads_every_position_but_approve() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")

    f.sign(rfc, one)
    f.sign(rfc, two, "discuss")

    told = Message.objects.filter(recipient=rfc.owner, channel="in_app")
    assert [message.subject for message in told] == [f"{rfc.number}: {two.get_full_name()} took the position “Discuss”"]


def test_the_decision_is_one_event_by_the_last_signer() -> None:
    one, two, _three = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one)

    f.sign(rfc, two)

    event = Event.objects.get(stream=rfc.stream, kind="move.approve")
    assert (event.actor, event.payload["digest"]) == (two, rfc.material_digest)


def test_a_round_decides_when_somebody_leaves_and_the_rest_suffices() -> None:
    """Nobody signs in that moment: the sweep settles what has become true."""
    from approvals.reminders import sweep

    members = f.board(5)
    rfc = f.rfc_in("review")
    f.sign(rfc, members[0])
    f.sign(rfc, members[1])
    User.objects.filter(pk=members[4].pk).update(is_active=False)

    sweep()

    assert f.again(rfc).state == "approved"


def test_a_title_with_a_line_break_reaches_the_mailbox(mailoutbox: list[Any]) -> None:
    f.board(3)
    f.rfc_in("review", title="One line\r\nBcc: everyone@example.org")

    sent = [outbox.deliver([message]) for message in outbox.claim()]

    assert sent == [True] * 3
    assert {message.subject.split(": ", 1)[1] for message in mailoutbox} == {"One line Bcc: everyone@example.org"}
