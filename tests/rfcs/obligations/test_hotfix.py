"""What a hotfix owes: its follow-up on the standard track, and the review of the incident."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from rfcs import embargo
from rfcs.actions import Action
from rfcs.errors import Refused
from rfcs.models import RFC, Event, FollowUp, Message
from rfcs.obligations import following, incident
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def hotfix() -> RFC:
    return f.short_in("implementation", "hotfix")


def refusal_of(call: Callable[[], object]) -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refusal:
        call()
    return refusal.value.status, [reason.code for reason in refusal.value.reasons]


def is_met(rfc: RFC, kind: str) -> bool:
    return rfc.obligations.get(kind=kind).is_met


def test_a_follow_up_carries_the_facts_over_and_is_linked_both_ways(hotfix: RFC) -> None:
    made = following.follow_up(hotfix, by=hotfix.owner)

    before, after = f.revision(hotfix).content, made.working_copy.content
    assert (made.track, made.state, made.owner) == ("standard", "draft", hotfix.owner)
    assert (after.packages, after.rollback_plan, after.scenario) == (
        before.packages,
        before.rollback_plan,
        before.scenario,
    )
    assert after.title == f"Follow-up to {hotfix.number}: {before.title}"
    link = FollowUp.objects.get()
    assert (link.hotfix, link.rfc) == (hotfix, made)
    told = Event.objects.filter(kind__startswith="follow_up.").values_list("stream", "kind", "payload__with")
    assert set(told) == {
        (hotfix.stream, "follow_up.opened", made.number),
        (made.stream, "follow_up.of", hotfix.number),
    }


def test_the_follow_up_is_met_when_it_is_submitted_and_not_before(hotfix: RFC) -> None:
    made = following.follow_up(hotfix, by=hotfix.owner)
    before = is_met(hotfix, "follow_up_rfc")

    f.move(f.edit(made, answers=f.ANSWERS), "submit")

    assert (before, is_met(hotfix, "follow_up_rfc")) == (False, True)


def test_a_second_follow_up_needs_the_first_to_have_gone(hotfix: RFC) -> None:
    made = following.follow_up(hotfix, by=hotfix.owner)

    assert refusal_of(lambda: following.follow_up(hotfix, by=hotfix.owner)) == (409, ["follow_up_there"])
    f.move(made, "withdraw")
    assert following.follow_up(hotfix, by=hotfix.owner).pk > made.pk


@pytest.mark.parametrize("is_lifted", [False, True])
def test_a_follow_up_is_under_embargo_while_its_hotfix_is(is_lifted: bool) -> None:
    """What a verb put under embargo stands in no text: its draft would tell everybody title and packages of it."""
    guard = f.person(None, "security")
    hotfix = f.short_in("implementation", "hotfix", embargoed=is_lifted)
    verb = embargo.lift if is_lifted else embargo.impose
    verb(hotfix, by=guard, reason="A leak is behind it.")

    made = following.follow_up(hotfix, by=hotfix.owner)

    assert RFC.objects.visible_to(f.person()).filter(pk=made.pk).exists() is is_lifted


def test_only_writers_of_an_authorised_hotfix_follow_it_up(hotfix: RFC) -> None:
    asked, emergency = f.short_in("review", "hotfix"), f.short_in("implementation")

    assert refusal_of(lambda: following.follow_up(hotfix, by=f.person())) == (403, ["forbidden"])
    assert refusal_of(lambda: following.follow_up(asked, by=asked.owner)) == (409, ["nothing_owed"])
    assert refusal_of(lambda: following.follow_up(emergency, by=emergency.owner)) == (409, ["nothing_owed"])


def test_a_review_of_the_incident_lacks_nothing(hotfix: RFC) -> None:
    said = incident.Said.read({}, (Action("", "nobody", "soon"),))

    with pytest.raises(Refused) as refusal:
        incident.file(hotfix, by=hotfix.owner, said=said)

    assert (refusal.value.status, [reason.field for reason in refusal.value.reasons]) == (
        422,
        ["timeline", "cause", "went_well", "actions", "actions", "actions"],
    )
    assert [reason.message for reason in refusal.value.reasons[3:]] == [
        "Action 1: say what is done, in at most 500 characters.",
        "Action 1: nobody active has the user name “nobody”; name who does it.",
        "Action 1: give the day by which it is done.",
    ]


def test_versions_are_added_and_another_commander_accepts_the_latest(hotfix: RFC) -> None:
    commander, said = f.person("ida", "incident_command"), f.said_of_incident()
    first = incident.file(hotfix, by=hotfix.owner, said=said)
    same = incident.file(hotfix, by=hotfix.owner, said=said)
    second = incident.file(hotfix, by=hotfix.owner, said=f.said_of_incident(cause="A quota."))

    assert (first.number, same.pk, second.number) == (1, first.pk, 2)
    assert Message.objects.filter(recipient=commander, kind="action_asked", channel="in_app").count() == 2
    assert refusal_of(lambda: incident.accept(hotfix, by=commander, number=1)) == (409, ["review_changed"])
    incident.accept(hotfix, by=commander, number=2)

    row = hotfix.obligations.get(kind="post_incident_review")
    assert (row.is_met, row.met_by) == (True, commander)
    assert refusal_of(lambda: incident.file(hotfix, by=hotfix.owner, said=said)) == (409, ["review_accepted"])


def test_nobody_accepts_what_they_wrote() -> None:
    author = f.person("ada", "incident_command")
    f.person("ida", "incident_command")
    hotfix = f.short_in("implementation", "hotfix", author=author)
    incident.file(hotfix, by=author, said=f.said_of_incident())

    assert refusal_of(lambda: incident.accept(hotfix, by=author, number=1)) == (403, ["own"])
    assert refusal_of(lambda: incident.accept(hotfix, by=f.person(), number=1)) == (403, ["forbidden"])
    assert not is_met(hotfix, "post_incident_review")
