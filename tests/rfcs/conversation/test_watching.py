"""Who hears of an RFC without being asked: once each, and never of what they may not see."""

import pytest

from rfcs.conversation import discussion, watching
from rfcs.errors import Refused
from rfcs.models import RFC, Message, Package, Watch
from rfcs.states import ARCHITECTURE, AUDITORS, SECURITY, STEWARDS
from tests import factories as f

pytestmark = pytest.mark.django_db


def told(person, kind: str = "watched_moved") -> list[str]:
    rows = Message.objects.filter(recipient=person, channel="in_app", kind=kind).order_by("id")
    return list(rows.values_list("subject", flat=True))


def test_watchers_hear_of_every_move_once_and_its_maker_does_not():
    rfc, person = f.draft(), f.person()
    watching.watch(person, "rfc", rfc.number)

    f.move(rfc, "submit")
    f.move(rfc, "withdraw")

    assert [subject.split(":")[1].strip() for subject in told(person)] == ["impact assessment", "withdrawn"]
    assert told(rfc.owner) == []


def test_a_package_and_an_rfc_watched_by_one_person_is_one_message():
    rfc, person = f.draft(), f.person()
    watching.watch(person, "rfc", rfc.number)
    for path in f.content().paths:
        Package.objects.create(path=path)
        watching.watch(person, "package", path)

    f.move(rfc, "submit")

    assert len(told(person)) == 1


def test_who_watches_a_package_hears_of_rfcs_that_touch_it_alone():
    person, path = f.person(), f.content().paths[0]
    Package.objects.create(path=path)
    watching.watch(person, "package", f"./{path}/")

    f.move(f.draft(), "submit")
    f.move(f.draft(packages=(f.package("src/other"),)), "submit")

    assert len(told(person)) == 1


def test_who_watches_a_folder_hears_of_the_packages_below_it_and_of_no_neighbour():
    person = f.person()
    for path in ("src/auth/tokens", "src/authority"):
        Package.objects.create(path=path)
    watching.watch(person, "package", "src/auth")

    for path in ("src/auth/tokens/jwt", "src/auth", "src/authority", "src"):
        f.move(f.draft(title=f"Of {path}", packages=(f.package(path),)), "submit")

    assert [subject.rpartition(": ")[2] for subject in told(person)] == [
        "Of src/auth/tokens/jwt",
        "Of src/auth",
        "Of src",
    ]


def test_who_watches_a_package_hears_of_rfcs_that_name_a_folder_above_it_and_of_no_other_folder():
    person, rfc = f.person(), f.draft(packages=(f.package("src/pay_ments"),))
    for path in ("src/pay_ments/invoices", "src/payXments/invoices", "src/pay_ment/s"):
        Package.objects.create(path=path)
    watching.watch(other := f.person(), "package", "src/payXments/invoices")
    watching.watch(other, "package", "src/pay_ment/s")
    watching.watch(person, "package", "src/pay_ments/invoices")

    f.move(rfc, "submit")

    assert (len(told(person)), told(other)) == (1, [])
    assert (watching.attention(rfc, person).is_on, watching.attention(rfc, other).is_on) == (True, False)


def test_an_embargo_holds_for_who_watches_a_package_below_a_folder_that_it_names():
    rfc, person = f.draft(embargoed=True, packages=(f.package("src/auth"),)), f.person()
    Package.objects.create(path="src/auth/tokens")
    watching.watch(person, "package", "src/auth/tokens")

    f.move(rfc, "submit")

    assert told(person) == []


def test_what_nobody_knows_is_no_folder_to_watch():
    person = f.person()
    f.draft(embargoed=True, packages=(f.package("src/secret/keys"),))

    for key in ("", "/", "src/secret", "src/secr"):
        with pytest.raises(Refused) as refused:
            watching.watch(person, "package", key)
        assert refused.value.status == 404


def test_who_watches_a_team_hears_when_it_is_asked_and_its_members_do_not_hear_twice():
    members = f.board(3)
    person = f.person()
    for who in (person, members[0]):
        watching.watch(who, "team", ARCHITECTURE)

    rfc = f.rfc_in("review")

    assert told(person) == [f"{rfc.number} asks the Architecture Team: {rfc.title}"]
    assert told(members[0]) == []


def test_who_is_asked_for_a_review_is_not_told_of_the_move_too():
    members = f.board(3)
    rfc = f.rfc_in("assessment")
    watching.watch(members[0], "rfc", rfc.number)

    f.move(rfc, "request_review")

    assert told(members[0]) == []
    assert told(members[0], "review_asked") != []


def test_a_decision_is_told_to_watchers_and_to_the_owner_in_the_rounds_words():
    rfc, person = f.rfc_in("review"), f.person()
    watching.watch(person, "rfc", rfc.number)

    f.approve(rfc)

    assert told(person) == [f"{rfc.number} is approved: {rfc.title}"]
    assert told(rfc.owner) == []
    assert len(told(rfc.owner, "decision")) == 1


def test_who_spoke_watches_until_they_mute_it():
    rfc, person = f.draft(), f.person()
    discussion.open_thread(rfc, by=person, text="Hm.")
    before = watching.attention(rfc, person)

    watching.unwatch(person, "rfc", rfc.number)
    discussion.open_thread(rfc, by=person, text="One thing more.")
    f.move(rfc, "submit")

    assert (before.is_on, before.count) == (True, 2)
    assert watching.attention(rfc, person).is_on is False
    assert told(person) == []


def test_muting_an_rfc_is_stronger_than_watching_its_package():
    rfc, person = f.draft(), f.person()
    Package.objects.create(path=f.content().paths[0])
    watching.watch(person, "package", f.content().paths[0])
    watching.unwatch(person, "rfc", rfc.number)

    f.move(rfc, "submit")

    assert told(person) == []


def test_who_muted_an_rfc_still_hears_when_they_are_mentioned():
    rfc, dana = f.draft(), f.person("dana")
    watching.unwatch(dana, "rfc", rfc.number)

    discussion.open_thread(rfc, by=rfc.owner, text="@dana?")

    assert len(told(dana, "mention")) == 1


def test_watchers_hear_nothing_of_what_they_may_not_see():
    rfc, person, guard = f.draft(), f.person(), f.person(None, SECURITY)
    for who in (person, guard):
        watching.watch(who, "rfc", rfc.number)
    Package.objects.create(path=f.content().paths[0])
    watching.watch(person, "package", f.content().paths[0])
    f.board(3)
    watching.watch(person, "team", ARCHITECTURE)
    RFC.objects.filter(pk=rfc.pk).update(embargoed=True)
    f.edit(rfc, embargoed=True)

    f.move(rfc, "submit")
    f.move(rfc, "request_review")
    discussion.open_thread(rfc, by=rfc.owner, text="Quiet.")

    assert not Message.objects.filter(recipient=person).exists()
    assert watching.attention(f.again(rfc), person).is_on is False
    assert len(told(guard)) == 2


@pytest.mark.parametrize("embargoed", [False, True])
def test_who_sees_an_rfc_is_the_same_asked_from_either_side(embargoed):
    rfc = f.rfc_in("assessment", embargoed=embargoed)
    people = [f.person(None, team) for team in (ARCHITECTURE, SECURITY, STEWARDS, AUDITORS, "others")]
    people += [f.person(), f.person(is_active=False), rfc.owner]
    rfc.editors.add(people[5])
    everybody = type(rfc.owner).objects.all()

    from_people = {one for one in everybody if one.is_active and RFC.objects.visible_to(one).filter(pk=rfc.pk).exists()}

    assert set(rfc.seen_by(everybody)) == from_people


def test_nobody_watches_more_than_can_be_read(monkeypatch):
    monkeypatch.setattr(watching, "MOST", 1)
    person, rfc = f.person(), f.draft()
    watching.watch(person, "rfc", rfc.number)
    watching.watch(person, "rfc", rfc.number)

    with pytest.raises(Refused):
        watching.watch(person, "rfc", f.draft().number)
    assert Watch.objects.count() == 1


def test_an_auditor_watches_too():
    rfc, auditor = f.draft(), f.person(None, AUDITORS)

    assert watching.watch(auditor, "rfc", rfc.number).key == str(rfc.pk)
