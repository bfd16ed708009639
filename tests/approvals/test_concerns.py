"""A concern: how long it blocks, who ends it, and the clock that stands still while it waits for the owner."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction

from approvals import audit, concerns
from approvals.models import Reply, Round, SignOff
from approvals.reminders import sweep
from approvals.standing import Standing, open_round
from governance.standing import turns_of, waiting_on
from rfcs import clock, editing
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.models import RFC, Event, Message
from rfcs.policy import Policy
from rfcs.states import ARCHITECTURE, SECURITY
from rfcs.working_time import end_of, last_day, working_time_between
from tests import factories as f

pytestmark = pytest.mark.django_db
CALENDAR = Policy().calendar


def board_of_three() -> tuple[User, User, User]:
    one, two, three = f.board(3)
    return one, two, f.lead(ARCHITECTURE, three)


def round_of(rfc: RFC) -> Round:
    return Round.objects.filter(rfc=rfc).latest("id")


def standing(rfc: RFC) -> Standing:
    return Standing(round_of(rfc), Case(f.again(rfc)))


def answer(concern: SignOff, by: User, text: str = "They are told by mail.") -> Reply:
    return concerns.answer(concern, by=by, text=text)


def override(concern: SignOff, by: User, reason: str = "Out of proportion.", **said: Any) -> Reply:
    return concerns.override(concern, by=by, reason=reason, **({"authenticated_at": clock.now()} | said))


def codes(verb: Callable[[], Any]) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        verb()
    return refused.value.status, [reason.code for reason in refused.value.reasons]


def told(rfc: RFC, key: str) -> set[int]:
    return set(Message.objects.filter(rfc=rfc, key__startswith=key).values_list("recipient", flat=True))


def kinds(rfc: RFC, *names: str) -> list[str]:
    return list(Event.objects.filter(stream=rfc.stream, kind__in=names).order_by("seq").values_list("kind", flat=True))


# Hold ----------------------------------------------------------------------------------------------------


def test_a_hold_blocks_until_its_day_is_over(clock_shift: Callable[..., None]) -> None:
    one, two, three = board_of_three()
    rfc = f.rfc_in("review")
    hold = f.sign(rfc, one, "hold")
    assert hold.until is not None
    f.sign(rfc, two)
    f.sign(rfc, three)
    assert (f.again(rfc).state, standing(rfc).tallies[0].concerns) == ("review", 1)

    left = end_of(hold.until, CALENDAR) - clock.now()
    clock_shift(seconds=left.total_seconds() - 30)
    sweep()
    assert f.again(rfc).state == "review"
    clock_shift(seconds=left.total_seconds() + 30)
    sweep()

    assert f.again(rfc).state == "approved"


def test_a_lapsed_hold_is_recorded_and_told_once(clock_shift: Callable[..., None]) -> None:
    one, *_ = board_of_three()
    rfc = f.rfc_in("review")
    hold = f.sign(rfc, one, "hold")
    clock_shift(days=3)

    sweep()
    sweep()

    assert kinds(rfc, "hold.lapsed") == ["hold.lapsed"]
    assert told(rfc, f"hold:{hold.pk}:lapsed") == {one.pk, rfc.owner_id}
    assert Message.objects.filter(key__startswith=f"hold:{hold.pk}:lapsed").count() == 4
    assert one in standing(rfc).awaited()


def test_a_past_hold_does_not_count_before_any_sweep(clock_shift: Callable[..., None]) -> None:
    one, two, three = board_of_three()
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "hold")
    f.sign(rfc, two)
    clock_shift(days=3)

    f.sign(rfc, three)

    assert f.again(rfc).state == "approved"
    assert kinds(rfc, "hold.lapsed", "move.approve") == ["hold.lapsed", "move.approve"]
    assert list(audit.verify()) == []


@pytest.mark.parametrize(
    ("days", "expected"), [(None, ["until_missing"]), (-1, ["until_unfit"]), (30, ["until_unfit"])]
)
def test_a_hold_needs_a_day_within_the_policys_limit(days: int | None, expected: list[str]) -> None:
    one, *_ = board_of_three()
    rfc = f.rfc_in("review")
    until = None if days is None else f.today() + timedelta(days=days)

    assert codes(lambda: f.sign(rfc, one, "hold", until=until)) == (422, expected)


def test_a_hold_may_name_the_fifth_working_day_and_no_later_one() -> None:
    one, two, _ = board_of_three()
    rfc = f.rfc_in("review")
    last = last_day(clock.now(), 5, CALENDAR)

    assert f.sign(rfc, one, "hold", until=last).until == last
    assert codes(lambda: f.sign(rfc, two, "hold", until=last + timedelta(days=1))) == (422, ["until_unfit"])


def test_only_a_hold_has_a_date() -> None:
    one, *_ = board_of_three()

    assert codes(lambda: f.sign(f.rfc_in("review"), one, until=date(2031, 1, 1))) == (422, ["until_unfit"])


def test_the_last_day_of_a_hold_counts_working_days() -> None:
    friday = end_of(date(2026, 11, 26), CALENDAR) + timedelta(hours=15)

    assert last_day(friday, 5, CALENDAR) == date(2026, 12, 4)
    assert end_of(date(2026, 3, 28), CALENDAR) == end_of(date(2026, 3, 29), CALENDAR) - timedelta(hours=23)


# Clearing and overriding -----------------------------------------------------------------------------------


def test_a_lead_overrides_with_a_reason_and_the_round_decides() -> None:
    one, two, lead = board_of_three()
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, one, "discuss")
    f.sign(rfc, two)
    f.sign(rfc, lead)
    assert f.again(rfc).state == "review"

    reply = override(concern, lead)

    assert f.again(rfc).state == "approved"
    assert (reply.by, reply.text, reply.event.kind) == (lead, "Out of proportion.", "concern.overridden")
    assert told(rfc, f"reply:{reply.pk}") == {one.pk, rfc.owner_id}
    assert list(audit.verify()) == []


def test_an_override_speaks_of_one_concern_not_of_the_next() -> None:
    one, _, lead = board_of_three()
    rfc = f.rfc_in("review")
    override(f.sign(rfc, one, "discuss"), lead)
    assert standing(rfc).tallies[0].concerns == 0

    f.sign(rfc, one, "discuss", title="Another one")

    assert standing(rfc).tallies[0].concerns == 1


def test_who_does_not_override() -> None:
    author = f.lead(ARCHITECTURE, f.person(None, ARCHITECTURE))
    one, two, lead = board_of_three()
    security = f.lead(SECURITY, f.person(None, SECURITY))
    rfc = f.rfc_in("review", author=author)
    concern = f.sign(rfc, one, "discuss")
    f.lead(ARCHITECTURE, one)

    assert codes(lambda: override(concern, two)) == (403, ["no_lead"])
    assert codes(lambda: override(concern, security)) == (403, ["no_lead"])
    assert codes(lambda: override(concern, author)) == (403, ["contributor"])
    assert codes(lambda: override(concern, one)) == (403, ["own_concern"])
    f.sign(rfc, lead, "recuse")
    assert codes(lambda: override(concern, lead)) == (403, ["recused"])
    assert standing(rfc).tallies[0].concerns == 1


def test_an_override_needs_the_password_and_a_reason() -> None:
    one, _, lead = board_of_three()
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, one, "discuss")

    assert codes(lambda: override(concern, lead, " ", authenticated_at=None)) == (
        401,
        ["reauthenticate", "reason_missing"],
    )
    assert codes(lambda: override(concern, lead, "nul\0")) == (422, ["unstorable"])


def test_a_hold_is_not_overridden() -> None:
    one, _, lead = board_of_three()
    hold = f.sign(f.rfc_in("review"), one, "hold")

    assert codes(lambda: override(hold, lead)) == (422, ["not_overridable"])


def test_a_cleared_concern_takes_no_reply() -> None:
    one, _, lead = board_of_three()
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, one, "discuss")
    f.sign(rfc, one, "no_objection")

    assert codes(lambda: override(concern, lead)) == (409, ["concern_closed"])
    assert codes(lambda: answer(concern, rfc.owner)) == (409, ["concern_closed"])


def test_the_same_override_again_is_one() -> None:
    one, _, lead = board_of_three()
    concern = f.sign(f.rfc_in("review"), one, "discuss")

    assert override(concern, lead) == override(concern, lead)
    assert Reply.objects.count() == 1


def test_replies_are_append_only() -> None:
    one, _, lead = board_of_three()
    override(f.sign(f.rfc_in("review"), one, "discuss"), lead)

    with pytest.raises(DatabaseError), transaction.atomic():
        Reply.objects.update(text="Something else")
    with pytest.raises(DatabaseError), transaction.atomic():
        Reply.objects.all().delete()


def test_a_tampered_reply_is_found() -> None:
    one, _, lead = board_of_three()
    override(f.sign(f.rfc_in("review"), one, "discuss"), lead)

    with transaction.atomic(), transaction.get_connection().cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE approvals_reply SET text = 'Something else'")

    assert [finding.code for finding in audit.replies()] == ["reply"]


# Answers, and the clock that stands still ------------------------------------------------------------------


def test_only_the_owner_answers_and_in_words() -> None:
    one, two, _ = board_of_three()
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, one, "discuss")

    assert codes(lambda: answer(concern, two)) == (403, ["not_owner"])
    assert codes(lambda: answer(concern, rfc.owner, "  ")) == (422, ["answer_missing"])
    assert answer(concern, rfc.owner) == answer(concern, rfc.owner)
    assert told(rfc, f"reply:{concern.replies.get().pk}") == {one.pk}


@pytest.mark.usefixtures("clock_stands")
@pytest.mark.parametrize("position", ["discuss", "hold"])
def test_a_concern_stops_the_clock_and_an_answer_sets_it_going(position: str, clock_shift: Callable[..., None]) -> None:
    one, *_ = board_of_three()
    rfc = f.rfc_in("review")
    before = round_of(rfc)
    concern = f.sign(rfc, one, position, until=last_day(clock.now(), 5, CALENDAR) if position == "hold" else None)
    paused_at = round_of(rfc).paused_at
    assert paused_at is not None
    clock_shift(days=2)

    answer(concern, rfc.owner)

    after = round_of(rfc)
    passed = working_time_between(paused_at, clock.now(), CALENDAR)
    moved = working_time_between(before.decision_due, after.decision_due, CALENDAR)
    assert after.paused_at is None
    assert moved == passed
    assert after.first_response_due >= before.first_response_due
    assert kinds(rfc, "round.paused", "round.resumed") == ["round.paused", "round.resumed"]
    assert standing(rfc).tallies[0].concerns == 1


@pytest.mark.parametrize("end", ["revision", "cleared", "overridden", "lapsed"])
def test_whatever_ends_the_wait_sets_the_clock_going(end: str, clock_shift: Callable[..., None]) -> None:
    one, _, lead = board_of_three()
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, one, "hold" if end == "lapsed" else "discuss")
    ways: dict[str, Callable[[], Any]] = {
        "revision": lambda: f.edit(rfc, title="Another title"),
        "cleared": lambda: f.sign(rfc, one, "abstain"),
        "overridden": lambda: override(concern, lead),
        "lapsed": sweep,
    }
    if end == "lapsed":
        clock_shift(days=3)

    ways[end]()

    assert round_of(rfc).paused_at is None


@pytest.mark.usefixtures("clock_stands")
def test_a_late_sweep_costs_no_time(clock_shift: Callable[..., None]) -> None:
    one, *_ = board_of_three()
    rfc = f.rfc_in("review")
    before = round_of(rfc)
    hold = f.sign(rfc, one, "hold")
    paused_at = round_of(rfc).paused_at
    assert hold.until is not None
    assert paused_at is not None
    clock_shift(days=20)

    sweep()

    moved = working_time_between(before.decision_due, round_of(rfc).decision_due, CALENDAR)
    assert moved == working_time_between(paused_at, end_of(hold.until, CALENDAR), CALENDAR)


@pytest.mark.usefixtures("clock_stands")
def test_a_signature_before_the_sweep_noticed_costs_no_time(clock_shift: Callable[..., None]) -> None:
    """The hold lapsed long ago; a signature is what notices it. By when it was noticed the due time moved for days."""
    one, two, _ = board_of_three()
    rfc = f.rfc_in("review")
    before = round_of(rfc)
    hold = f.sign(rfc, one, "hold")
    paused_at = round_of(rfc).paused_at
    assert hold.until is not None
    assert paused_at is not None
    clock_shift(days=20)

    f.sign(rfc, two, "abstain")

    moved = working_time_between(before.decision_due, round_of(rfc).decision_due, CALENDAR)
    assert moved == working_time_between(paused_at, end_of(hold.until, CALENDAR), CALENDAR)


@pytest.mark.usefixtures("clock_stands")
def test_between_a_lapse_and_the_next_concern_the_clock_runs(clock_shift: Callable[..., None]) -> None:
    one, two, _ = board_of_three()
    rfc = f.rfc_in("review")
    before = round_of(rfc)
    hold = f.sign(rfc, one, "hold")
    assert hold.until is not None
    paused_at = hold.at
    clock_shift(days=10)
    concern = f.sign(rfc, two, "discuss")
    clock_shift(days=14)

    answer(concern, rfc.owner)

    waited = working_time_between(paused_at, end_of(hold.until, CALENDAR), CALENDAR)
    waited += working_time_between(concern.at, clock.now(), CALENDAR)
    moved = working_time_between(before.decision_due, round_of(rfc).decision_due, CALENDAR)
    assert moved == waited


def test_the_clock_waits_for_the_last_answer() -> None:
    one, two, _ = board_of_three()
    rfc = f.rfc_in("review")
    first, second = f.sign(rfc, one, "discuss"), f.sign(rfc, two, "discuss")

    answer(first, rfc.owner)
    assert round_of(rfc).paused_at is not None
    answer(second, rfc.owner)

    assert round_of(rfc).paused_at is None
    assert kinds(rfc, "round.paused", "round.resumed") == ["round.paused", "round.resumed"]


def test_a_closed_round_is_not_paused() -> None:
    one, *_ = board_of_three()
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "discuss")

    f.move(rfc, "recall")

    assert open_round(rfc) is None
    assert round_of(rfc).paused_at is None


def test_it_is_the_owners_turn_then_the_raisers() -> None:
    one, *_ = board_of_three()
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, one, "discuss", title="Old callers")

    turns = waiting_on(f.again(rfc))
    assert [(turn.who, turn.due) for turn in turns] == [(rfc.owner.get_full_name(), None)]
    assert "“Old callers”" in turns[0].what
    assert standing(rfc).is_waiting_for(rfc.owner)
    assert not standing(rfc).is_waiting_for(one)

    answer(concern, rfc.owner)
    assert next(turn.who for turn in waiting_on(f.again(rfc))) == one.get_full_name()
    assert standing(rfc).is_waiting_for(one)
    assert not standing(rfc).is_waiting_for(rfc.owner)


# An owner who left ---------------------------------------------------------------------------------------


def owner_left(rfc: RFC) -> RFC:
    User.objects.filter(pk=rfc.owner_id).update(is_active=False)
    return f.again(rfc)


def test_a_steward_answers_for_an_owner_whose_account_is_closed_and_never_their_own_concern() -> None:
    one, *_ = board_of_three()
    steward, both = f.person(None, "stewards"), f.person(None, "stewards", ARCHITECTURE)
    rfc = f.rfc_in("review")
    own, concern = f.sign(rfc, both, "discuss"), f.sign(rfc, one, "discuss")
    assert codes(lambda: answer(concern, steward)) == (403, ["not_owner"])
    rfc = owner_left(rfc)

    turns = waiting_on(rfc)
    assert {turn.who for turn in turns} == {"A steward"}
    assert turns_of([rfc], now=clock.now())[rfc.pk] == turns
    assert standing(rfc).waits_for == {steward.pk, both.pk}
    assert codes(lambda: answer(own, both)) == (403, ["own_concern"])
    answer(own, steward)
    assert answer(concern, both).by == both

    assert round_of(rfc).paused_at is None
    row = Message.objects.get(recipient=one, channel="in_app", subject__contains="your concern is answered")
    assert row.text.startswith(both.get_full_name())


def test_a_steward_recalls_what_its_owner_left_in_review_and_hands_it_over() -> None:
    steward, heir = f.person(None, "stewards"), f.person()
    f.board(3)
    rfc = f.rfc_in("review")
    assert codes(lambda: f.move(rfc, "recall", by=steward)) == (403, ["forbidden"])
    rfc = owner_left(rfc)
    with pytest.raises(Refused) as refused:
        editing.hand_over(rfc, by=steward, to=heir)
    assert [(reason.code, reason.who) for reason in refused.value.reasons] == [("in_review", "a steward")]
    page = f.client_of(steward).get(rfc.get_absolute_url()).content.decode()
    assert "once you have recalled it from review" in page
    assert "Recall from review" in page

    rfc = f.move(rfc, "recall", by=steward)
    editing.hand_over(rfc, by=steward, to=heir)

    assert (rfc.state, f.again(rfc).owner) == ("assessment", heir)


# After an emergency --------------------------------------------------------------------------------------


def reviewed_afterwards() -> tuple[RFC, User, User, User]:
    """A filed emergency whose board of three reviews it, the last one the lead; the first has a concern."""
    one, two, three = board_of_three()
    rfc = f.file_full(f.short_in("implementation"))
    f.sign(rfc, one, "discuss")
    return rfc, one, two, three


def test_a_concern_about_an_emergency_waits_for_its_owner_and_the_clock_stands_still() -> None:
    rfc, one, two, _ = reviewed_afterwards()
    concern = SignOff.objects.get(position="discuss")

    asked = [turn.what for turn in waiting_on(f.again(rfc)) if turn.what.startswith("Answer")]
    assert (len(asked), round_of(rfc).paused_at is not None) == (1, True)
    answer(concern, rfc.owner)

    assert round_of(rfc).paused_at is None
    turns = {turn.who for turn in waiting_on(f.again(rfc))}
    assert one.get_full_name() in turns
    assert any(two.get_full_name() in who for who in turns)


def test_a_lead_overrides_a_concern_about_an_emergency_which_decides_it() -> None:
    rfc, _, two, three = reviewed_afterwards()
    f.sign(rfc, two)
    f.sign(rfc, three)
    assert round_of(rfc).closed_at is None

    override(SignOff.objects.get(position="discuss"), three)

    assert round_of(rfc).outcome == "approved"
    assert rfc.obligations.get(kind="retroactive_review").is_met
