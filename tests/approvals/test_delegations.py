"""A seat is lent for some days, to one person, and every signature on it says so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Group, User

from approvals import absences, audit, concerns, delegations
from approvals.models import Delegation
from approvals.panel import panel
from approvals.standing import Standing, latest_round
from approvals.standings import standings_of
from governance import documents
from governance.standing import waiting_on
from rfcs import audit as record
from rfcs import clock
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.models import RFC, Event, Message
from rfcs.policy import Policy
from rfcs.states import ARCHITECTURE, AUDITORS, SECURITY, STEWARDS
from rfcs.working_time import local_day
from tests import factories as f

pytestmark = pytest.mark.django_db


def today() -> date:
    return local_day(clock.now(), Policy().calendar)


def lend(by: User, to: User, *, team: str = ARCHITECTURE, starts: int = 0, days: int = 9, **said: Any) -> Delegation:
    first = today() + timedelta(starts)
    facts: dict[str, Any] = {"starts_on": first, "ends_on": first + timedelta(days), "reason": "Holiday"}
    return delegations.grant(by=by, delegate=to, team=team, **(facts | said))


def refusal(by: User, to: User, **said: Any) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        lend(by, to, **said)
    return refused.value.status, [reason.code for reason in refused.value.reasons]


def unsigned(rfc: RFC, by: User, team: str = ARCHITECTURE, **wanted: Any) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        f.sign(rfc, by, wanted.pop("position", "approve"), team, **wanted)
    return refused.value.status, [reason.code for reason in refused.value.reasons]


def standing(rfc: RFC) -> Standing:
    round_ = latest_round(rfc)
    assert round_ is not None
    return Standing(round_, Case(f.again(rfc)))


def test_a_delegate_fills_the_seat_and_every_print_says_so() -> None:
    one, two, _ = f.board(3)
    friend = f.person("friend")
    lend(one, friend)
    rfc = f.rfc_in("review")

    signed = f.sign(rfc, friend, on_behalf_of=one.username)
    f.sign(rfc, two)

    assert f.again(rfc).state == "approved"
    name = f"Friend Example for {one.get_full_name()}"
    assert signed.signed_by == name
    assert name in documents.markdown_of(f.again(rfc))
    seats = panel(f.again(rfc), two, is_fresh=True)["seats"]
    assert [seat["via"] for seat in seats if seat["name"] == "Friend Example"] == [f"for {one.get_full_name()}"]
    assert Event.objects.get(pk=signed.event_id).payload["on_behalf_of"] == one.pk
    assert list(audit.verify()) == []


def test_a_signature_of_ones_own_says_nothing_of_delegation() -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")

    signed = f.sign(rfc, one)

    assert "on_behalf_of" not in signed.event.payload


def test_a_delegate_and_the_principal_are_one_voice_and_the_principal_takes_the_seat_back() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review")
    f.sign(rfc, friend, on_behalf_of=one.username)

    f.sign(rfc, one, "reject")

    (row,) = standing(rfc).rows
    assert (row.tally.approvals, row.tally.rejects) == (0, 1)
    assert unsigned(rfc, friend, on_behalf_of=one.username) == (409, ["seat_in_use"])


def test_the_principals_own_concern_is_not_cleared_by_the_delegate() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    rfc = f.rfc_in("review")
    f.sign(rfc, one, "discuss")
    lend(one, friend)

    assert unsigned(rfc, friend, on_behalf_of=one.username) == (409, ["seat_in_use"])


def test_a_concern_of_the_delegate_is_cleared_by_either() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, friend, "discuss", on_behalf_of=one.username)
    concerns.answer(concern, by=rfc.owner, text="It is mended.")

    assert [who for who in (one, friend, rfc.owner) if standing(rfc).is_waiting_for(who)] == [one, friend]
    f.sign(rfc, friend, "no_objection", on_behalf_of=one.username)
    assert standing(rfc).concerns == ()
    f.sign(rfc, friend, "discuss", on_behalf_of=one.username)
    f.sign(rfc, one)
    assert standing(rfc).concerns == ()


def test_a_lead_does_not_override_what_was_raised_on_their_seat() -> None:
    one, *_ = f.board(3)
    f.lead(ARCHITECTURE, one)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review")
    concern = f.sign(rfc, friend, "discuss", on_behalf_of=one.username)

    reasons = concerns.why_not_overridden_by(f.again(rfc), concern, one)

    assert [reason.code for reason in reasons] == ["own_concern"]


def test_nobody_recuses_somebody_else() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review")

    assert unsigned(rfc, friend, position="recuse", on_behalf_of=one.username) == (422, ["recusal_of_another"])


@pytest.mark.parametrize(
    ("days", "codes"), [((0, 29), None), ((0, 30), ["days_too_many"]), ((0, -1), ["days_reversed"])]
)
def test_days_are_bounded(days: tuple[int, int], codes: list[str] | None) -> None:
    one, *_ = f.board(1)
    starts, length = days

    if codes is None:
        assert lend(one, f.person(), starts=starts, days=length).pk
    else:
        assert refusal(one, f.person(), starts=starts, days=length) == (422, codes)


def test_days_to_come_only_and_a_reason() -> None:
    one, *_ = f.board(1)

    assert refusal(one, f.person(), starts=-9, days=8, reason=" ") == (422, ["days_past", "reason_missing"])


def test_a_seat_goes_to_an_active_person_outside_the_team_who_is_no_auditor() -> None:
    one, two = f.board(2)
    gone = f.person(is_active=False)

    assert refusal(one, one) == (409, ["to_oneself"])
    assert refusal(one, two) == (409, ["one_seat"])
    assert refusal(one, gone) == (409, ["inactive"])
    assert refusal(one, f.person(None, AUDITORS)) == (409, ["auditor"])
    assert refusal(one, f.person(), team=SECURITY) == (403, ["no_seat"])
    assert refusal(f.person(None, STEWARDS), f.person(), team=STEWARDS) == (403, ["no_seat"])
    assert not Delegation.objects.exists()


def test_no_loops_and_no_chains_on_the_same_days() -> None:
    one, *_ = f.board(1)
    two, three = f.person(None, SECURITY), f.person()
    lend(one, two, days=9)

    assert refusal(two, one, team=SECURITY, starts=9) == (409, ["chain", "chain"])
    assert refusal(two, three, team=SECURITY, starts=5) == (409, ["chain"])
    assert refusal(one, three, starts=9) == (409, ["lent_already"])
    assert lend(two, three, team=SECURITY, starts=10).pk


def test_who_lends_a_seat_signs_for_nobody_else() -> None:
    one, *_ = f.board(1)
    two = f.person(None, SECURITY)
    lend(two, f.person(), team=SECURITY)

    assert refusal(one, two) == (409, ["chain"])


def test_the_same_again_adds_nothing_and_what_ended_is_lent_anew() -> None:
    one, *_ = f.board(1)
    friend = f.person()
    row = lend(one, friend)

    assert lend(one, friend) == row
    delegations.end(row, by=friend)
    delegations.end(row, by=one)
    assert lend(one, friend) != row
    kinds = Event.objects.filter(stream="roster").order_by("seq").values_list("kind", flat=True)
    assert list(kinds) == ["delegation.granted", "delegation.ended", "delegation.granted"]
    assert list(record.verify()) == []


def test_both_hear_of_it() -> None:
    one, *_ = f.board(1)
    friend = f.person()
    row = lend(one, friend)
    delegations.end(row, by=friend)

    told = set(Message.objects.filter(channel="in_app").values_list("recipient", "subject"))
    assert told == {
        (friend.pk, f"You sign for {one.get_full_name()} in the Architecture Team"),
        (one.pk, f"{friend.get_full_name()} ended a delegation for the Architecture Team"),
    }


def test_a_stranger_ends_nothing() -> None:
    one, *_ = f.board(1)
    row = lend(one, f.person())

    with pytest.raises(Refused) as refused:
        delegations.end(row, by=f.person(None, STEWARDS))

    assert refused.value.status == 403


@pytest.mark.parametrize("when", ["before", "after", "ended"])
def test_a_seat_is_used_on_the_days_of_the_delegation_only(when: str, clock_shift: Any) -> None:
    one, *_ = f.board(3)
    friend = f.person()
    row = lend(one, friend, starts=3 if when == "before" else 0)
    rfc = f.rfc_in("review")
    if when == "after":
        clock_shift(days=11)
    if when == "ended":
        delegations.end(row, by=one)

    assert unsigned(rfc, friend, on_behalf_of=one.username) == (403, ["no_delegation"])


def test_a_signature_made_in_time_stands_after_the_end() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    row = lend(one, friend)
    rfc = f.rfc_in("review")
    f.sign(rfc, friend, on_behalf_of=one.username)

    delegations.end(row, by=one)

    assert standing(rfc).tallies[0].approvals == 1
    assert list(audit.verify()) == []


@pytest.mark.parametrize("end", ["delegate deactivated", "principal deactivated", "principal left"])
def test_a_signature_falls_with_either_of_the_two(end: str) -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review")
    f.sign(rfc, friend, on_behalf_of=one.username)

    if end == "principal left":
        Group.objects.get(name=ARCHITECTURE).user_set.remove(one)
    else:
        User.objects.filter(pk=(friend if end.startswith("delegate") else one).pk).update(is_active=False)

    assert standing(rfc).tallies[0].approvals == 0


@pytest.mark.parametrize("who", ["principal", "delegate"])
def test_a_contributor_on_either_side_bars_the_seat(who: str) -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review", author=one if who == "principal" else friend)

    codes = ["seat_barred"] if who == "principal" else ["contributor"]
    assert unsigned(rfc, friend, on_behalf_of=one.username) == (403, codes)


def test_neither_of_the_two_has_a_part_in_a_second_team() -> None:
    one, *_ = f.board(3)
    f.team(SECURITY, one)
    friend = f.person(None, SECURITY)
    f.person(None, SECURITY)
    lend(one, friend)
    rfc = f.rfc_in("review", scenario="security")
    f.sign(rfc, friend, on_behalf_of=one.username)

    assert unsigned(rfc, friend, SECURITY) == (403, ["one_seat"])
    assert unsigned(rfc, one, SECURITY) == (403, ["one_seat"])


def test_a_delegate_who_signed_for_another_team_does_not_use_the_seat() -> None:
    one, *_ = f.board(3)
    friend = f.person(None, SECURITY)
    lend(one, friend)
    rfc = f.rfc_in("review", scenario="security")
    f.sign(rfc, friend, team=SECURITY)

    assert unsigned(rfc, friend, on_behalf_of=one.username) == (403, ["one_seat"])
    assert standing(rfc).delegate_of(ARCHITECTURE, one.pk) is None


def test_two_principals_of_one_delegate_have_one_voice() -> None:
    one, two, _ = f.board(3)
    friend = f.person()
    lend(one, friend)
    lend(two, friend)
    rfc = f.rfc_in("review")
    f.sign(rfc, friend, on_behalf_of=one.username)

    assert unsigned(rfc, friend, on_behalf_of=two.username) == (403, ["one_seat"])


def test_a_delegate_who_joins_the_team_gives_the_seat_up() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review")
    f.team(ARCHITECTURE, friend)

    assert unsigned(rfc, friend, on_behalf_of=one.username) == (403, ["one_seat"])


def test_without_the_name_of_the_principal_there_is_no_seat() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review")

    assert unsigned(rfc, friend) == (403, ["no_seat"])
    assert unsigned(rfc, friend, on_behalf_of="nobody") == (403, ["no_delegation"])


def test_a_delegation_opens_no_embargo() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review", embargoed=True)

    assert not RFC.objects.visible_to(friend).filter(pk=rfc.pk).exists()
    assert standing(rfc).delegate_of(ARCHITECTURE, one.pk) is None
    assert standings_of([rfc.pk])[rfc.pk].delegate_of(ARCHITECTURE, one.pk) is None
    assert not Message.objects.filter(rfc=rfc, recipient=friend).exists()


def test_a_delegate_under_embargo_by_their_own_team_signs() -> None:
    one, *_ = f.board(3)
    guard = f.person(None, SECURITY)
    f.person(None, SECURITY)
    lend(one, guard)
    rfc = f.rfc_in("review", embargoed=True)

    assert f.sign(rfc, guard, on_behalf_of=one.username).on_behalf_of == one


def test_who_is_away_with_a_delegate_is_not_counted_as_away() -> None:
    one, two, _ = f.board(3)
    friend = f.person()
    rfc = f.rfc_in("review")
    f.sign(rfc, two, "recuse")
    absences.add(by=one, starts_on=today(), ends_on=today() + timedelta(30))
    assert standing(rfc).rows[0].tally.is_blocked

    lend(one, friend)

    (row,) = standing(rfc).rows
    assert row.forecast == "Needs 2 more approvals (0 of 2)."
    assert standings_of([rfc.pk])[rfc.pk].rows[0].forecast == row.forecast
    absences.add(by=friend, starts_on=today(), ends_on=today() + timedelta(30))
    assert standing(rfc).rows[0].tally.is_blocked


def test_the_delegate_is_asked_beside_the_principal() -> None:
    one, two, three = f.board(3)
    friend = f.person("friend")
    lend(one, friend)

    rfc = f.rfc_in("review")

    (turn,) = waiting_on(rfc)
    names = [one.get_full_name() + " (or Friend Example for them)", two.get_full_name(), three.get_full_name()]
    assert turn.who == ", ".join(names)
    asked = Message.objects.filter(key__contains=":opened:", channel="in_app", recipient=friend).get()
    assert asked.text.endswith(f"You may sign for {one.get_full_name()}.")
    assert standing(rfc).is_waiting_for(friend)


def test_a_delegates_signature_that_became_void_asks_both_again() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    lend(one, friend)
    rfc = f.rfc_in("review")
    f.sign(rfc, friend, on_behalf_of=one.username)

    f.edit(rfc, api_changes="Another reading of the field.")

    told = Message.objects.filter(key__startswith="voided:", channel="in_app").values_list("recipient", flat=True)
    assert set(told) == {one.pk, friend.pk}


def test_verification_names_a_signature_without_a_delegation() -> None:
    one, *_ = f.board(3)
    friend = f.person()
    row = lend(one, friend)
    rfc = f.rfc_in("review")
    f.sign(rfc, friend, on_behalf_of=one.username)

    Delegation.objects.filter(pk=row.pk).update(ends_on=today() - timedelta(1), starts_on=today() - timedelta(2))

    assert [finding.message for finding in audit.signatures()] == [
        "No delegation of that day lends the seat to its signer."
    ]


def test_queue_costs_the_same_with_one_delegation_and_with_three(
    django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    one, two, three = f.board(3)
    lend(one, f.person())
    rfcs = [f.rfc_in("review").pk for _ in range(3)]
    with django_assert_max_num_queries(20) as few:
        standings_of(rfcs)[rfcs[0]].rows  # noqa: B018 - read it whole
    lend(two, f.person())
    lend(three, f.person())

    with django_assert_num_queries(len(few.captured_queries)):
        assert len(standings_of(rfcs)[rfcs[0]].stand_ins()) == 3
