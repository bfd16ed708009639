"""Owners of affected packages acknowledge, object or ask for time; the clock records their silence once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.standing import waiting_on
from rfcs import audit, editing
from rfcs.case import Case
from rfcs.compliance.checklists import statuses
from rfcs.errors import Refused
from rfcs.impact import answering
from rfcs.impact.acknowledgements import asked_of, possible
from rfcs.impact.asking import OWN
from rfcs.models import RFC, Acknowledgement, Event, Message, OwnerAnswer, Package
from rfcs.models.ledger import Channel
from rfcs.states import Acknowledged, Answer, Phase
from tests import factories as f
from tests.rfcs.test_guards import why_not

pytestmark = pytest.mark.django_db
PATH = "src/packages/billing/invoices"
OTHER = "src/packages/shop/checkout"


def answer(rfc: RFC, by: User, what: str = "acknowledge", path: str = PATH, reason: str = "") -> Acknowledgement:
    return answering.answer(rfc, path, by=by, answer=what, reason=reason)


def refusal(rfc: RFC, by: User, what: str = "acknowledge", path: str = PATH, reason: str = "") -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        answer(rfc, by, what, path, reason)
    return refused.value.status, [reason.code for reason in refused.value.reasons]


def asked(*owners: User, path: str = PATH) -> RFC:
    """An RFC in assessment that waits for these owners."""
    f.owned(path, *owners)
    return f.rfc_in("assessment")


def states(rfc: RFC) -> dict[str, str]:
    return {standing.path: str(standing.state) for standing in Case(f.again(rfc)).acknowledgements}


def kinds(rfc: RFC) -> list[str]:
    rows = Event.objects.filter(stream=rfc.stream, kind__startswith="acknowledgement.").order_by("seq")
    return list(rows.values_list("kind", flat=True))


# Who is asked ---------------------------------------------------------------------------------------------


def test_submit_asks_the_owners_of_the_deepest_catalogued_package() -> None:
    above, owner = f.person(), f.person()
    f.owned("src/packages", above)
    f.owned("src/packages/billing", owner)

    rfc = f.rfc_in("assessment", packages=(f.package(PATH), f.package("elsewhere/x")))

    assert states(rfc) == {"src/packages/billing": "waiting", "elsewhere/x": "nobody"}
    assert [row.owners for row in Case(rfc).acknowledgements] == [(owner,), ()]
    told = Message.objects.filter(rfc=rfc, recipient=owner, kind="acknowledgement_asked")
    assert set(told.values_list("channel", flat=True)) == set(Channel.values)
    assert not Message.objects.filter(recipient=above).exists()


def test_members_of_an_owning_team_are_owners() -> None:
    member, gone = f.person(None, "billing"), f.person(None, "billing", is_active=False)
    f.owned(PATH, teams=("billing",))

    rfc = f.rfc_in("assessment")

    assert Case(rfc).acknowledgements[0].owners == (member,)
    assert not Message.objects.filter(recipient=gone).exists()


def test_a_later_revision_asks_for_the_package_it_adds_and_no_package_twice() -> None:
    owner = f.person()
    f.owned("src/later", owner)
    rfc = asked(owner)

    f.edit(rfc, packages=(f.package(PATH), f.package("src/later")))
    f.edit(rfc, packages=(f.package("src/later"),))
    f.edit(rfc, packages=(f.package(PATH), f.package("src/later")))

    assert kinds(rfc) == ["acknowledgement.asked"] * 2
    assert list(Acknowledgement.objects.values_list("path", flat=True)) == ["src/later", PATH]
    assert Message.objects.filter(rfc=rfc, recipient=owner, channel="mail").count() == 2


def test_submitted_again_everybody_is_asked_anew(clock_shift) -> None:
    owner = f.person()
    rfc = asked(owner)
    answer(rfc, owner)
    rfc = f.move(f.move(rfc, "withdraw"), "revise")

    rfc = f.move(rfc, "submit")

    assert states(rfc)[PATH] == "waiting"
    assert Case(rfc).acknowledgements[0].answers == ()
    assert Message.objects.filter(rfc=rfc, recipient=owner, channel="mail").count() == 2
    assert [reason.code for reason in why_not(rfc, "request_review")] == ["acknowledgement_open"]
    clock_shift(days=5)
    assert (answering.sweep(), states(rfc)[PATH]) == (1, "lapsed")
    assert list(audit.records()) == []


def test_what_was_asked_for_again_may_ask_for_time_again() -> None:
    owner = f.person()
    rfc = asked(owner)
    answer(rfc, owner, "more_time")
    rfc = f.move(f.move(f.move(rfc, "withdraw"), "revise"), "submit")

    answer(rfc, owner, "more_time")

    assert kinds(rfc) == ["acknowledgement.asked", "acknowledgement.more_time"] * 2
    assert list(audit.records()) == []


def test_an_owner_who_writes_the_rfc_has_acknowledged_and_another_may_still_object() -> None:
    author, other = f.person(), f.person()
    f.owned(PATH, author, other)
    rfc = f.rfc_in("assessment", author=author)
    assert states(rfc)[PATH] == "acknowledged"
    assert [said.reason for said in Case(rfc).acknowledgements[0].answers] == [OWN]
    assert [m.kind for m in Message.objects.filter(recipient=other, channel="mail")] == ["package_changed"]

    answer(rfc, other, "object", reason="It breaks the export.")

    assert states(rfc)[PATH] == "objected"


def test_under_embargo_only_owners_who_see_it_are_asked() -> None:
    outsider, insider = f.person(), f.person(None, "security")
    f.owned(PATH, outsider)
    f.owned(OTHER, outsider, insider)

    rfc = f.rfc_in("assessment", embargoed=True)

    assert states(rfc) == {PATH: "nobody", OTHER: "waiting"}
    assert not Message.objects.filter(recipient=outsider).exists()


def test_an_owner_of_many_packages_gets_one_message() -> None:
    owner = f.person()
    for n in range(25):
        f.owned(f"src/p{n}", owner)

    rfc = f.rfc_in("assessment", packages=tuple(f.package(f"src/p{n}") for n in range(25)))

    message = Message.objects.get(rfc=rfc, recipient=owner, channel="mail")
    assert message.text.count("- src/p") == 20
    assert message.text.endswith("- and 5 more")
    assert message.path == f"/rfcs/{rfc.number}/impact/"


def test_naming_the_folder_above_asks_the_owners_of_all_that_is_in_it() -> None:
    invoices, dunning = f.person(), f.person()
    f.owned(PATH, invoices)
    f.owned("src/packages/billing/dunning", dunning)
    f.owned("src/packages/billing_old", f.person())

    rfc = f.rfc_in("assessment", packages=(f.package("src/packages/billing"),))

    assert states(rfc) == {"src/packages/billing/dunning": "waiting", PATH: "waiting"}
    assert [row.named for row in Case(rfc).acknowledgements] == [("src/packages/billing",)] * 2
    assert len(why_not(rfc, "request_review")) == 2
    assert list(asked_of(invoices)) == list(Acknowledgement.objects.filter(path=PATH))
    answer(rfc, invoices)
    answer(rfc, dunning, path="src/packages/billing/dunning")
    f.board()
    assert f.move(rfc, "request_review").state == "review"


@pytest.mark.parametrize("renamed", [f"{PATH}/api", "src/packages/billing", PATH])
def test_an_objection_stays_with_the_package_whatever_part_of_it_is_named(renamed: str) -> None:
    owner = f.person()
    f.owned(f"{PATH}/api", f.person())
    rfc = asked(owner)
    answer(rfc, owner, "object", reason="Billing closes the year.")

    rfc = f.edit(rfc, packages=(f.package(renamed),))

    assert states(rfc)[PATH] == "objected"
    assert "objection" in [reason.code for reason in why_not(rfc, "request_review")]
    told = Message.objects.filter(recipient=owner, channel="mail").order_by("pk").values_list("subject", flat=True)
    assert [subject[8:] for subject in told][1:] == [f" has a new revision since you objected to {PATH}"]
    answer(f.again(rfc), owner, "withdraw")
    assert states(rfc)[PATH] == "waiting"


def test_a_row_for_each_path_as_it_was_before_still_holds_up_the_package() -> None:
    owner = f.person()
    rfc = asked(owner)
    answer(rfc, owner, "object", reason="No.")
    other = Acknowledgement.objects.get()
    other.pk, other.path, other.status = None, f"{PATH}/api", "acknowledged"
    other.save(force_insert=True)

    assert states(rfc)[PATH] == "objected"
    rfc = f.move(f.move(f.move(rfc, "withdraw"), "revise"), "submit")
    assert set(Acknowledgement.objects.values_list("status", flat=True)) == {"waiting"}


def test_a_package_catalogued_later_leaves_the_row_that_has_its_path_to_the_outer_one() -> None:
    """Rows from before keep the path of the RFC that they were asked under."""
    outer, inner, path = f.person(), f.person(), f"{PATH}/api"
    rfc = asked(outer)
    Acknowledgement.objects.update(path=path)
    answer(rfc, outer, "object", reason="Billing closes the year.")
    f.owned(path, inner)

    rfc = f.edit(rfc, packages=(f.package(path),))

    assert states(rfc) == {PATH: "objected", path: "waiting"}
    assert list(asked_of(inner)) == [Acknowledgement.objects.get(path=f"{path}/")]
    answer(rfc, inner, path=path)
    rfc = f.edit(rfc, title="Later")
    assert states(rfc) == {PATH: "objected", path: "acknowledged"}
    rfc = f.move(f.move(f.move(rfc, "withdraw"), "revise"), "submit")
    assert states(rfc) == {PATH: "waiting", path: "waiting"}


# What the moves need --------------------------------------------------------------------------------------


def test_request_review_waits_for_the_owners_and_says_for_whom() -> None:
    owner = f.person("olga")
    rfc = asked(owner)

    reasons = why_not(rfc, "request_review")

    assert [(reason.code, reason.who) for reason in reasons] == [("acknowledgement_open", "Olga Example")]
    assert reasons[0].message.startswith(f"{PATH} waits for an answer of its owners, Olga Example, until ")
    answer(rfc, owner)
    f.board()
    assert f.move(rfc, "request_review").state == "review"


def test_request_review_is_held_by_an_objection_until_it_is_withdrawn() -> None:
    owner = f.person("olga")
    rfc = asked(owner)
    answer(rfc, owner, "object", reason="Billing closes the year.")

    held = why_not(rfc, "request_review")
    answer(rfc, owner, "withdraw")

    assert [reason.message for reason in held] == [
        f"Olga Example, an owner of {PATH}, objects: “Billing closes the year.” Settle it, and let them answer anew."
    ]
    assert [reason.code for reason in why_not(rfc, "request_review")] == ["acknowledgement_open"]


def test_who_objects_learns_of_each_revision_until_they_answer_anew() -> None:
    owner, other = f.person(), f.person()
    rfc = asked(owner, other)
    answer(rfc, owner, "object", reason="Billing closes the year.")

    f.edit(rfc, justification="After the year is closed.")
    f.edit(rfc, justification="Two weeks after the year is closed.")
    answer(rfc, owner)
    f.edit(rfc, justification="Three weeks after it.")

    told = Message.objects.filter(rfc=rfc, channel="mail", subject__contains="since you objected").order_by("pk")
    assert [(row.recipient, row.text[:24]) for row in told] == [
        (owner, "See if revision 2 meets "),
        (owner, "See if revision 3 meets "),
    ]


def test_another_owner_answers_an_objection_anew() -> None:
    first, second = f.person(), f.person()
    rfc = asked(first, second)
    answer(rfc, first, "object", reason="No.")

    assert refusal(rfc, second, "withdraw") == (403, ["forbidden"])
    answer(rfc, second)

    assert states(rfc)[PATH] == "acknowledged"
    assert [said.answer for said in OwnerAnswer.objects.all()] == ["object", "acknowledge"]


def test_who_raised_an_objection_withdraws_it_even_as_no_owner_any_more() -> None:
    owner = f.person()
    rfc = asked(owner)
    answer(rfc, owner, "object", reason="No.")
    Package.objects.get(path=PATH).owners.clear()

    assert refusal(rfc, owner, "acknowledge") == (403, ["not_an_owner"])
    answer(rfc, owner, "withdraw")

    assert states(rfc)[PATH] == "waiting"


def test_the_impact_item_is_closed_when_all_is_settled() -> None:
    owner = f.person()
    rfc = asked(owner)

    def item() -> bool:
        return next(row.is_closed for row in statuses(Case(f.again(rfc))) if row.slug == "impact_assessed")

    before = item()
    answer(rfc, owner)

    assert (before, item()) == (False, True)


def test_a_package_added_in_review_is_settled_before_the_start() -> None:
    owner = f.person()
    f.owned("src/later", owner)
    rfc = f.rfc_in("review")
    f.edit(rfc, packages=(*f.content().packages, f.package("src/later")))
    f.approve(rfc)

    assert [reason.field for reason in why_not(f.again(rfc), "start")] == ["impact_assessed"]
    answer(rfc, owner, path="src/later")
    assert f.move(rfc, "start").state == "implementation"


# Time -----------------------------------------------------------------------------------------------------


def test_the_lapse_is_recorded_once_and_lets_the_rfc_go_on(clock_shift) -> None:
    rfc = asked(f.person())
    assert answering.sweep() == 0
    clock_shift(days=5)

    assert (answering.sweep(), answering.sweep()) == (1, 0)

    assert kinds(rfc) == ["acknowledgement.asked", "acknowledgement.lapsed"]
    assert states(rfc)[PATH] == "lapsed"
    assert Message.objects.filter(rfc=rfc, recipient=rfc.owner, key__contains=":lapsed:mail").count() == 0
    assert Message.objects.filter(rfc=rfc, recipient=rfc.owner, kind="news").count() >= 1
    f.board()
    assert f.move(rfc, "request_review").state == "review"


def test_the_clock_decides_a_lapse_before_any_sweep_and_the_move_records_it(clock_shift) -> None:
    owner = f.person()
    rfc = asked(owner)
    f.board()
    assert [row.pk for row in asked_of(owner)] == [Acknowledgement.objects.get().pk]
    clock_shift(days=5)

    assert (states(rfc)[PATH], list(asked_of(owner))) == ("lapsed", [])
    assert kinds(rfc) == ["acknowledgement.asked"]
    assert f.move(rfc, "request_review").state == "review"

    chain = Event.objects.filter(stream=rfc.stream).order_by("seq").values_list("kind", flat=True)
    assert [kind for kind in chain if kind.endswith((".lapsed", ".request_review"))] == [
        "acknowledgement.lapsed",
        "move.request_review",
    ]
    assert Acknowledgement.objects.get().lapsed_at is not None
    assert answering.sweep() == 0


def test_a_refused_request_records_no_lapse(clock_shift) -> None:
    rfc = asked(f.person())
    clock_shift(days=5)

    with pytest.raises(Refused):
        f.move(rfc, "request_review", by=f.person())

    assert kinds(rfc) == ["acknowledgement.asked"]


def test_time_is_asked_for_once_and_moves_the_deadline() -> None:
    owner = f.person()
    rfc = asked(owner)
    before = Acknowledgement.objects.get()

    after = answer(rfc, owner, "more_time", reason="I am at sea.")

    assert after.due_at > before.due_at
    assert states(rfc)[PATH] == "waiting"
    assert refusal(rfc, owner, "more_time", reason="Again.") == (409, ["no_more_time"])


def test_a_package_that_left_the_rfc_does_not_lapse(clock_shift) -> None:
    rfc = f.edit(asked(f.person()), packages=(f.package(OTHER),))
    clock_shift(days=5)

    assert answering.sweep() == 0
    assert states(rfc) == {OTHER: "nobody"}


def test_what_lapsed_may_still_be_objected_to_in_assessment(clock_shift) -> None:
    owner = f.person()
    rfc = asked(owner)
    clock_shift(days=5)
    answering.sweep()

    answer(rfc, owner, "object", reason="I was ill.")
    assert states(rfc)[PATH] == "objected"
    answer(rfc, owner, "withdraw")
    assert states(rfc)[PATH] == "lapsed"


# Trust ----------------------------------------------------------------------------------------------------


def test_only_owners_of_the_package_answer() -> None:
    rfc = asked(f.person())
    f.owned(OTHER, owner_of_other := f.person())

    for by in (rfc.owner, owner_of_other, f.person(None, "architecture"), f.person(None, "stewards")):
        assert refusal(rfc, by) == (403, ["not_an_owner"])
    assert refusal(rfc, f.person(None, "auditors")) == (403, ["auditor"])
    assert not OwnerAnswer.objects.exists()


def test_a_package_that_nobody_was_asked_about_is_404() -> None:
    rfc = asked(owner := f.person())

    assert refusal(rfc, owner, path=OTHER) == (404, ["nobody_asked"])


def test_bad_answers_are_422() -> None:
    rfc = asked(owner := f.person())

    assert refusal(rfc, owner, "object", reason="  ") == (422, ["reason_missing"])
    assert refusal(rfc, owner, "perhaps") == (422, ["unknown_answer"])
    assert refusal(rfc, owner, "object", reason="a\0") == (422, ["unstorable"])


def test_the_same_answer_again_changes_nothing() -> None:
    rfc = asked(owner := f.person())

    answer(rfc, owner)
    answer(rfc, owner)

    assert OwnerAnswer.objects.count() == 1


def test_after_assessment_what_is_settled_stays() -> None:
    rfc = asked(owner := f.person())
    answer(rfc, owner)
    f.board()
    f.move(rfc, "request_review")

    assert refusal(rfc, owner, "object", reason="Now I see.") == (409, ["settled"])


def test_the_page_offers_what_the_verb_takes() -> None:
    rfc = asked(owner := f.person())
    case = Case(rfc)

    assert possible(case.acknowledgements[0], rfc, owner) == (Answer.ACKNOWLEDGE, Answer.OBJECT, Answer.MORE_TIME)
    assert possible(case.acknowledgements[0], rfc, rfc.owner) == ()
    assert possible(case.acknowledgements[1], rfc, owner) == ()


# Reading --------------------------------------------------------------------------------------------------


def test_turns_name_the_owners_and_group_their_packages() -> None:
    owner = f.person("olga")
    for n in range(5):
        f.owned(f"src/packages/p{n}", owner)
    rfc = f.rfc_in("assessment", packages=(f.package("src/packages"),))

    turn = waiting_on(rfc)[0]

    assert (turn.who, turn.what) == (
        "Olga Example",
        "Acknowledge the change of src/packages/p0, src/packages/p1, src/packages/p2 and 2 more packages.",
    )


def turns(rfc: RFC) -> list[tuple[str, str]]:
    return [(turn.who, turn.what) for turn in waiting_on(f.again(rfc))][:-1]


def test_objection_is_the_owners_turn_until_a_revision_answers_it_then_of_who_raised_it() -> None:
    rfc = asked(owner := f.person("olga"))
    answer(rfc, owner, "object", reason="Too early.")
    name = rfc.owner.get_full_name()
    to_answer = (name, f"Answer the objection of Olga Example to {PATH}: save a revision that meets it.")
    assert turns(rfc) == [to_answer]

    f.edit(rfc, title="Later")
    to_withdraw = f"Withdraw the objection to {PATH}, or say what is still missing."
    assert turns(rfc) == [("Olga Example", to_withdraw)]

    answer(rfc, owner, "object", reason="Too early.")
    assert turns(rfc) == [to_answer]

    f.edit(rfc, title="Much later")
    User.objects.filter(pk=owner.pk).update(is_active=False)
    to_name = f"Name an owner of {PATH} who sees this RFC"
    assert turns(rfc) == [("A steward", f"{to_name}, to answer anew to the objection of Olga Example.")]
    f.owned(PATH, f.person("otto"))
    anew = f"As an owner of {PATH}, answer anew to the objection of Olga Example"
    assert turns(rfc) == [("Otto Example", f"{anew}.")]

    User.objects.filter(pk=owner.pk).update(is_active=True)
    assert turns(rfc) == [("Olga Example", to_withdraw)]
    Package.objects.get(path=PATH).owners.remove(owner)
    assert turns(rfc) == [("Olga Example, Otto Example", f"{anew}, unless Olga Example withdraws it.")]


def test_reading_takes_as_many_queries_for_one_package_as_for_ten() -> None:
    def queries(count: int) -> int:
        rows = tuple(f.package(f"src/{count}/p{n}") for n in range(count))
        for row in rows:
            f.owned(row.path, f.person(), teams=("billing",))
        rfc = f.again(f.rfc_in("assessment", packages=rows))
        for row in rows:
            answer(rfc, Package.objects.get(path=row.path).owners.get(), path=row.path)
        case = Case(f.again(rfc))
        assert case.content.packages == rows
        with CaptureQueriesContext(
            connection,
        ) as captured:
            assert {standing.state for standing in case.acknowledgements} == {Acknowledged.ACKNOWLEDGED}
        return len(captured)

    assert queries(1) == queries(10)


def test_saving_outside_the_assessment_asks_nobody() -> None:
    rfc = f.draft()
    f.owned(PATH, f.person())
    copy = rfc.working_copy

    editing.save(rfc, by=rfc.owner, version=copy.version, content=copy.content.with_(issue="PLAT-9"))

    assert not Acknowledgement.objects.exists()
    assert not f.again(rfc).checklist.filter(phase=Phase.PRE).exists()


def test_a_path_that_no_row_can_hold_is_refused_like_any_other() -> None:
    rfc = asked(owner := f.person())
    sent = {"package": "a\0b", "answer": "acknowledge"}

    assert f.client_of(owner).post(f"{rfc.get_absolute_url()}acknowledge/", sent).status_code == 404
    assert Event.objects.filter(stream="access", kind="refused", actor=owner).exists()
