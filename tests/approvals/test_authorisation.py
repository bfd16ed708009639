"""Authorising an emergency or hotfix: by whom, by how many, and what a debt changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group

from approvals.models import Round
from approvals.positions import result
from approvals.standing import open_round
from rfcs import clock
from rfcs.errors import Refused
from rfcs.models import RFC, Message
from tests import factories as f

pytestmark = pytest.mark.django_db


def round_of(rfc: RFC) -> Round:
    found = open_round(rfc)
    assert found is not None
    return found


def refused(rfc: RFC, by: object, **wanted: object) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refusal:
        f.sign(rfc, by, **wanted)  # type: ignore[arg-type]
    return refusal.value.status, [reason.code for reason in refusal.value.reasons]


@pytest.mark.parametrize(("track", "team"), [("emergency", "security"), ("hotfix", "incident_command")])
def test_one_member_authorises_and_the_implementation_is_open(track: str, team: str) -> None:
    grace = f.person("grace", team)
    f.person(None, team)
    rfc = f.short_in("review", track)

    f.sign(rfc, grace, team=team)

    rfc = f.again(rfc)
    assert (rfc.state, rfc.approved_digest) == ("implementation", "")
    assert rfc.checklist.filter(phase="implementation").exists()


@pytest.mark.parametrize(("track", "other"), [("emergency", "incident_command"), ("hotfix", "security")])
def test_nobody_else_authorises(track: str, other: str) -> None:
    rfc = f.short_in("review", track)
    for person in (f.person(None, other), f.person(None, "architecture"), rfc.owner):
        status, codes = refused(rfc, person, team=other)
        assert (status, "no_seat" in codes) == (403, True)


def test_who_wrote_it_does_not_authorise() -> None:
    author = f.person("ada", "security")
    f.person("grace", "security")
    rfc = f.short_in("review", "emergency", author=author)

    assert refused(rfc, author, team="security") == (403, ["contributor"])


def test_authorising_needs_fresh_authentication() -> None:
    grace = f.person("grace", "security")
    rfc = f.short_in("review")

    hour_ago = clock.now() - timedelta(hours=1)
    assert refused(rfc, grace, team="security", authenticated_at=hour_ago) == (401, ["reauthenticate"])


def test_an_authorisation_is_due_by_the_wall_clock() -> None:
    round_ = round_of(f.short_in("review"))

    assert round_.decision_due - round_.opened_at <= timedelta(hours=1)
    assert (round_.kind, round_.in_debt) == ("authorisation", False)


def test_recall_leads_back_to_the_draft_and_the_round_ends() -> None:
    rfc = f.short_in("review")
    round_ = round_of(rfc)

    rfc = f.move(rfc, "recall")

    round_.refresh_from_db()
    assert (rfc.state, round_.outcome) == ("draft", "recalled")


def test_an_incomplete_form_is_refused_with_every_reason() -> None:
    rfc = f.short("emergency", title="", change_summary="", packages=(), justification="", rollback_plan="We revert.")

    with pytest.raises(Refused) as refusal:
        f.move(rfc, "request_authorisation")

    assert (refusal.value.status, [reason.field for reason in refusal.value.reasons]) == (
        422,
        ["title", "change_summary", "affected_packages", "justification", "rollback_plan"],
    )


# A team that owes something overdue ----------------------------------------------------------------------


def in_debt(clock_shift: Callable[..., None]) -> None:
    f.short_in("implementation")
    clock_shift(hours=25)


def test_a_team_in_debt_needs_two_members_each_with_a_reason(clock_shift: Callable[..., None]) -> None:
    grace, ida = f.person("grace", "security"), f.person("ida", "security")
    in_debt(clock_shift)
    rfc = f.short_in("review")

    assert refused(rfc, grace, team="security") == (422, ["rationale_missing"])
    f.sign(rfc, grace, team="security", rationale="The weakness is exploited.")
    assert f.again(rfc).state == "review"
    f.sign(rfc, ida, team="security", rationale="I saw the logs.")
    assert f.again(rfc).state == "implementation"


def test_the_board_hears_at_once_that_a_team_in_debt_is_asked_again(clock_shift: Callable[..., None]) -> None:
    member = f.person("ines", "architecture")
    in_debt(clock_shift)

    rfc = f.short_in("review")

    told = Message.objects.filter(rfc=rfc, recipient=member, kind="emergency", channel="in_app")
    assert ["Full justification: due" in message.text for message in told] == [True]


def test_a_debt_never_makes_an_emergency_impossible(clock_shift: Callable[..., None]) -> None:
    grace = f.person("grace", "security")
    in_debt(clock_shift)
    assert Group.objects.get(name="security").user_set.count() == 1
    rfc = f.short_in("review")

    f.sign(rfc, grace, team="security", rationale="I am alone tonight.")

    assert f.again(rfc).state == "implementation"


@pytest.mark.parametrize("members", [2, 3])
def test_whoever_recuses_leaves_a_team_in_debt_able_to_authorise(
    members: int, clock_shift: Callable[..., None]
) -> None:
    people = [f.person(None, "security") for _ in range(members)]
    in_debt(clock_shift)
    rfc = f.short_in("review")

    f.sign(rfc, people[0], "recuse", team="security", rationale="I wrote what is broken.")
    f.sign(rfc, people[1], team="security", rationale="The weakness is exploited.")

    assert (f.again(rfc).state == "implementation") == (members == 2)


def test_the_debt_of_one_team_does_not_bind_another(clock_shift: Callable[..., None]) -> None:
    in_debt(clock_shift)

    assert not round_of(f.short_in("review", "hotfix")).in_debt


@pytest.mark.parametrize(
    ("kind", "outcome", "said"),
    [
        ("review", "approved", "approved"),
        ("authorisation", "approved", "authorised"),
        ("authorisation", "rejected", "rejected"),
        ("retroactive", "approved", "ratified"),
        ("retroactive", "rejected", "denied"),
        ("review", "recalled", "recalled"),
    ],
)
def test_a_round_ends_in_the_words_of_its_kind(kind: str, outcome: str, said: str) -> None:
    assert result(kind, outcome) == said
