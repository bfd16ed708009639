"""A steward names an owner where nobody is left to answer: who may, whom, and what it brings about."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from governance.standing import waiting_on
from rfcs import audit, embargo
from rfcs.errors import Refused
from rfcs.impact import answering, naming
from rfcs.models import RFC, Event, Message, Package
from rfcs.states import AUDITORS, SECURITY, STEWARDS
from tests import factories as f

pytestmark = pytest.mark.django_db

PATH = "src/packages/shop/checkout"


def left_alone(**changes: Any) -> RFC:
    """In assessment; the only owner of one package left before answering."""
    f.owned(PATH, olga := f.person("olga"))
    rfc = f.rfc_in("assessment", packages=(f.package(PATH),), **changes)
    User.objects.filter(pk=olga.pk).update(is_active=False)
    return rfc


def objected() -> RFC:
    """Somebody objected, a revision answers it, and an embargo keeps the RFC from them."""
    f.owned(PATH, olga := f.person("olga"))
    rfc = f.rfc_in("assessment", packages=(f.package(PATH),))
    answering.answer(rfc, PATH, by=olga, answer="object", reason="Too early.")
    embargo.impose(rfc, by=rfc.owner, reason="It is a weakness.")
    return f.edit(rfc, title="Later")


def refusal(rfc: RFC, by: User, whom: str, path: str = PATH, reason: str = "Leads the team.") -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        naming.name_owner(rfc, path, whom, by=by, reason=reason)
    return refused.value.status, sorted(reason.code for reason in refused.value.reasons)


def queue(user: User) -> list[tuple[str, str]]:
    return [(row.number, row.turn) for row in f.client_of(user).get(reverse("queue")).context["mine"]]


@pytest.mark.parametrize("make", [left_alone, objected], ids=["nobody to acknowledge", "nobody to settle"])
def test_it_is_the_stewards_turn_until_they_named_one_who_then_answers(make: Any) -> None:
    rfc, steward, otto = make(), f.person(None, STEWARDS), f.person("otto", SECURITY)
    turn = waiting_on(f.again(rfc))[0]
    assert (turn.names, turn.url) == (("A steward",), rfc.impact_url)
    assert [number for number, _ in queue(steward)] == [rfc.number]
    assert queue(steward)[0][1].startswith(f"You: Name an owner of {PATH}")
    assert queue(f.person()) == []

    naming.name_owner(rfc, PATH, "otto", by=steward, reason="Leads the team.")

    assert queue(steward) == []
    assert [number for number, _ in queue(otto)] == [rfc.number]
    assert Message.objects.filter(recipient=otto, kind="acknowledgement_asked", channel="in_app").count() == 1
    answering.answer(rfc, PATH, by=otto, answer="acknowledge")
    assert [turn.who for turn in waiting_on(f.again(rfc))] == [rfc.owner.get_full_name()]
    assert list(audit.records()) == []


def test_the_record_says_who_whom_and_why_and_the_catalogue_names_no_rfc() -> None:
    rfc, steward, _ = left_alone(), f.person("stew", STEWARDS), f.person("otto")

    naming.name_owner(rfc, PATH, "otto", by=steward, reason="Leads the team.")
    naming.name_owner(rfc, PATH, "otto", by=steward, reason="Twice.")

    facts = {"package": PATH, "person": "otto"}
    said = [
        (event.stream, event.actor, event.payload) for event in Event.objects.filter(kind="owner.named").order_by("id")
    ]
    assert said == [(rfc.stream, steward, facts | {"reason": "Leads the team."}), ("catalog", steward, facts)]


def test_who_may_be_named_by_whom() -> None:
    rfc, steward = left_alone(), f.person("stew", STEWARDS)
    for name, *teams in (("otto",), ("aud", AUDITORS)):
        f.person(name, *teams)
    f.team(STEWARDS, rfc.owner)

    assert refusal(rfc, f.person(), "otto") == (403, ["forbidden"])
    assert refusal(rfc, rfc.owner, "otto") == (403, ["contributor"])
    assert refusal(rfc, steward, "stew") == (422, ["yourself"])
    assert refusal(rfc, steward, rfc.owner.username) == (422, ["contributor"])
    assert refusal(rfc, steward, "aud") == (422, ["auditor"])
    assert refusal(rfc, steward, "nob\0dy") == refusal(rfc, steward, "olga") == (422, ["nobody"])
    assert refusal(rfc, steward, "otto", reason=" ") == (422, ["reason_missing"])
    assert refusal(rfc, steward, "otto", path="src/other") == (404, ["nobody_asked"])
    assert not Package.objects.get(path=PATH).owners.filter(is_active=True).exists()


def test_under_embargo_only_who_sees_it_is_named() -> None:
    rfc, steward = objected(), f.person(None, STEWARDS)
    f.person("otto")

    assert refusal(rfc, steward, "otto") == (422, ["hidden"])


@pytest.mark.parametrize("case", ["somebody owns it", "it is settled", "the raiser may withdraw"])
def test_where_somebody_may_answer_no_other_owner_is_named(case: str) -> None:
    row, steward, _ = f.owned(PATH, olga := f.person("olga")), f.person(None, STEWARDS), f.person("otto")
    rfc = f.rfc_in("assessment", packages=(f.package(PATH),))
    if case != "somebody owns it":
        said = "object" if case == "the raiser may withdraw" else "acknowledge"
        answering.answer(rfc, PATH, by=olga, answer=said, reason="Too early.")
        row.owners.clear()

    assert refusal(rfc, steward, "otto") == (409, ["has_owner"])
    assert queue(steward) == []


def test_the_page_has_the_form_for_the_steward_alone_and_keeps_what_was_typed() -> None:
    rfc, steward = left_alone(), f.person(None, STEWARDS)
    address, form = reverse("rfc-name-owner", args=[rfc.number]), "Name as owner"
    client = f.client_of(steward)
    page = client.get(rfc.impact_url).content.decode()
    assert form in page
    assert f"{PATH} has no owner who could answer; a steward names one" in page
    assert form not in f.client_of(rfc.owner).get(rfc.impact_url).content.decode()
    assert f'href="{rfc.impact_url}#acknowledgements"' in client.get(rfc.get_absolute_url()).content.decode()

    sent = {"package": PATH, "username": "nobody", "reason": "Leads the team."}
    refused = client.post(address, sent)
    page = refused.content.decode()
    assert (refused.status_code, 'value="nobody"' in page, 'value="Leads the team."' in page) == (422, True, True)

    f.person("otto")
    assert client.post(address, sent | {"username": "otto"}).status_code == 302
    assert form not in client.get(rfc.impact_url).content.decode()


def test_naming_who_owns_it_already_changes_nothing_and_is_a_stewards_all_the_same() -> None:
    rfc, steward, otto = left_alone(), f.person(None, STEWARDS), f.person("otto")
    naming.name_owner(rfc, PATH, "otto", by=steward, reason="Leads the team.")
    before = Event.objects.filter(kind="owner.named").count()

    assert naming.name_owner(rfc, PATH, "otto", by=steward, reason="Again.").path == PATH
    assert refusal(rfc, f.person(), otto.username)[0] == 403
    assert Event.objects.filter(kind="owner.named").count() == before
