"""Where changes meet, and days on which nothing starts."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from breakwater.justification import Period, Timeline
from rfcs import clock, editing
from rfcs.case import Case
from rfcs.errors import Refused
from rfcs.freezes import Freeze
from rfcs.impact import planning
from rfcs.impact.owners import near
from rfcs.models import RFC, AffectedPackage, ClashResolution, Event, PolicyVersion
from rfcs.policy import Policy
from rfcs.teams import display_name
from tests import factories as f
from tests.rfcs.test_guards import why_not

pytestmark = pytest.mark.django_db


def timeline(first: date = date(2031, 3, 3)) -> Timeline:
    """Ten days of work, then three of testing, then three of deployment."""
    days = [first + timedelta(days=n) for n in (0, 9, 10, 12, 13, 15)]
    return Timeline(Period(days[0], days[1]), Period(days[2], days[3]), Period(days[4], days[5]))


def rfc_of(path: str, state: str = "approved", **changes: Any) -> RFC:
    return f.again(f.rfc_in(state, packages=(f.package(path),), **changes))


def met(rfc: RFC) -> list[tuple[int, tuple[str, ...]]]:
    return [(clash.other.pk, clash.paths) for clash in Case(f.again(rfc)).clashes]


def refusal(rfc: RFC, other: RFC, by: User, note: str = "Agreed.") -> tuple[int, list[str]]:
    with pytest.raises(Refused) as refused:
        planning.resolve(rfc, other.pk, by=by, note=note)
    return refused.value.status, [reason.code for reason in refused.value.reasons]


@pytest.mark.parametrize(
    ("mine", "theirs", "meets"),
    [
        ("src/a", "src/a", ("src/a",)),
        ("src/a", "src/a/b", ("src/a/b",)),
        ("src/a/b", "src", ("src/a/b",)),
        ("src/a", "src/ab", None),
        ("src/a/b", "src/a/c", None),
    ],
)
def test_a_clash_is_the_same_from_both_sides(mine: str, theirs: str, meets: tuple[str, ...] | None) -> None:
    one, other = rfc_of(mine), rfc_of(theirs)

    assert met(one) == ([(other.pk, meets)] if meets else [])
    assert met(other) == ([(one.pk, meets)] if meets else [])


def test_days_that_do_not_meet_are_no_clash() -> None:
    one = rfc_of("src/a", timeline=timeline())
    rfc_of("src/a", timeline=timeline(date(2031, 3, 19)))

    assert met(one) == []


def test_a_clash_says_its_days_and_whether_even_the_deployments_meet() -> None:
    one = rfc_of("src/a", timeline=timeline())
    rfc_of("src/a", timeline=timeline(date(2031, 3, 5)))
    rfc_of("src/a", timeline=timeline(date(2031, 3, 12)))

    assert [(clash.days, clash.in_deployment) for clash in Case(one).clashes] == [
        ((date(2031, 3, 18), date(2031, 3, 18)), True),
        ((date(2031, 3, 12), date(2031, 3, 18)), False),
    ]


@pytest.mark.parametrize("state", ["draft", "closed", "withdrawn", "rejected"])
def test_what_is_not_on_its_way_meets_nothing(state: str) -> None:
    other = rfc_of("src/a", state)
    one = rfc_of("src/a")

    assert (met(one), met(other)) == ([], [])


def test_what_is_under_embargo_is_nobodys_clash_but_sees_the_others() -> None:
    hidden, one = rfc_of("src/a", embargoed=True), rfc_of("src/a")

    assert met(one) == []
    assert met(hidden) == [(one.pk, ("src/a",))]

    planning.resolve(hidden, one.pk, by=hidden.owner, note="We wait for them.")

    assert Case(f.again(hidden)).clashes[0].resolution is not None
    assert not Event.objects.filter(stream=one.stream, kind="clash.resolved").exists()


def test_start_needs_every_clash_settled_by_one_of_the_owners() -> None:
    one, other = rfc_of("src/a"), rfc_of("src/a")

    reasons = why_not(one, "start")
    assert [(reason.code, reason.field) for reason in reasons] == [("clash", "timeline")]
    assert reasons[0].message.startswith(
        f"{other.number} changes src/a too, and both are on their way from 24 March 2031"
    )
    assert refusal(one, other, f.person()) == (403, ["forbidden"])
    assert refusal(one, other, one.owner, note=" ") == (422, ["note_missing"])

    planning.resolve(one, other.pk, by=other.owner, note="Theirs goes first.")

    assert [clash.resolution.note for clash in Case(f.again(other)).clashes if clash.resolution] == [
        "Theirs goes first."
    ]
    assert Event.objects.filter(kind="clash.resolved", stream__in=[one.stream, other.stream]).count() == 2
    assert refusal(other, one, one.owner) == (409, ["settled"])
    assert f.move(one, "start").state == "implementation"


def test_a_clash_between_two_rfcs_of_one_owner_needs_nobody_else() -> None:
    one, other = rfc_of("src/a"), rfc_of("src/a")

    assert f"Agree with {display_name(other.owner)}" in why_not(one, "start")[0].message
    type(other).objects.filter(pk=other.pk).update(owner=one.owner)

    (reason,) = why_not(f.again(one), "start")
    assert "Record how they keep apart, or move the dates" in reason.message
    assert reason.who == "the owner"


def test_moved_dates_end_a_clash_or_open_a_settled_one_again() -> None:
    one, other = rfc_of("src/a"), rfc_of("src/a", "assessment", timeline=timeline(date(2031, 3, 5)))
    planning.resolve(one, other.pk, by=one.owner, note="Agreed.")

    f.edit(other, timeline=timeline(date(2031, 3, 7)))
    assert [clash.resolution for clash in Case(f.again(one)).clashes] == [None]

    f.edit(other, timeline=timeline(date(2031, 9, 1)))
    assert met(one) == []
    assert refusal(one, other, one.owner) == (404, ["no_clash"])
    assert ClashResolution.objects.count() == 1


def test_several_packages_meet_in_all_their_pairs() -> None:
    one = f.again(f.rfc_in("approved", packages=tuple(map(f.package, ("src/a", "src/a/b", "lib")))))
    other = f.again(f.rfc_in("approved", packages=tuple(map(f.package, ("src", "lib/x_y", "lib/xzy")))))

    assert met(one) == [(other.pk, ("lib/x_y", "lib/xzy", "src/a", "src/a/b"))]
    assert met(other) == [(one.pk, ("lib/x_y", "lib/xzy", "src/a", "src/a/b"))]


def test_where_paths_meet_is_found_without_reading_the_table() -> None:
    rfc = rfc_of("src/a_b")
    rows = AffectedPackage.objects.bulk_create(AffectedPackage(rfc=rfc, path=f"lib/{n}/p") for n in range(20_000))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rfcs_affectedpackage")
    plan = AffectedPackage.objects.filter(near(frozenset({"lib/7", "src/a_b/c"}))).explain()

    assert len(rows) == 20_000
    assert "Seq Scan" not in plan


def test_clashes_take_as_many_queries_for_one_as_for_six() -> None:
    def queries(path: str, others: int) -> int:
        one = rfc_of(path)
        for _ in range(others):
            rfc_of(path, "assessment")
        case = Case(f.again(one))
        assert case.content.paths == (path,)
        with CaptureQueriesContext(connection) as captured:
            assert len([clash.owner for clash in case.clashes]) == others
        return len(captured)

    assert queries("src/a", 1) == queries("src/b", 6)


# Freezes --------------------------------------------------------------------------------------------------


def freeze(first: int, last: int, *paths: str) -> Freeze:
    """A window from `first` to `last` days from today, in the policy that is in force from now on."""
    today = f.today()
    found = Freeze("Audit", str(today + timedelta(days=first)), str(today + timedelta(days=last)), paths)
    body = Policy(freezes=(found,)).json()
    newest = PolicyVersion.current().version
    PolicyVersion.objects.create(version=newest + 1, body=body, in_force_from=clock.now())
    return found


def test_a_freeze_of_the_policy_in_force_holds_what_was_submitted_before_it() -> None:
    rfc = rfc_of("src/a")
    window = freeze(-1, 1)

    assert [(reason.code, reason.who) for reason in why_not(rfc, "start")] == [("freeze", "a steward")]
    assert f"until the end of {window.last:%-d %B %Y}" in why_not(rfc, "start")[0].message


@pytest.mark.parametrize(
    ("first", "last", "paths"), [(2, 9, ()), (-9, -2, ()), (-1, 1, ("lib/*",)), (-1, 1, ("src/b", "src/ab/*"))]
)
def test_a_freeze_on_other_days_or_packages_holds_nothing(first: int, last: int, paths: tuple[str, ...]) -> None:
    rfc = rfc_of("src/a")
    freeze(first, last, *paths)

    assert f.move(rfc, "start").state == "implementation"


@pytest.mark.parametrize(
    ("glob", "is_held"),
    [
        ("src/packages/shop", True),
        ("src/packages/shop/**", True),
        ("src/packages/shop/api/v1", True),
        ("src/*", True),
        ("src/packages/sho", False),
        ("src/packages/shop/other", False),
        ("src/packages/shop/apis/*", False),
    ],
)
def test_a_freeze_holds_what_is_at_or_below_its_globs_and_the_folders_above(glob: str, is_held: bool) -> None:
    """Matched letter by letter, “src/packages/shop” let its own folders start, and with /** itself."""
    assert Freeze("Audit", "2031-03-01", "2031-03-02", (glob,)).touches(["src/packages/shop/api"]) is is_held
    if glob.endswith("/**"):
        assert Freeze("Audit", "2031-03-01", "2031-03-02", (glob,)).touches(["src/packages/shop"])


def test_only_a_steward_overrides_a_freeze_with_a_reason() -> None:
    rfc, steward = rfc_of("src/a"), f.person(None, "stewards")
    window = freeze(-1, 1, "src/*")

    for by, key, reason, status in (
        (rfc.owner, window.key, "Please.", 403),
        (steward, window.key, "  ", 422),
        (steward, "Audit", "Please.", 404),
    ):
        with pytest.raises(Refused) as refused:
            planning.override(rfc, key, by=by, reason=reason)
        assert refused.value.status == status

    planning.override(rfc, window.key, by=steward, reason="A flood warning depends on it.")

    assert f.move(rfc, "start").state == "implementation"
    event = Event.objects.get(stream=rfc.stream, kind="freeze.overridden")
    assert event.payload == {"freeze": window.key, "reason": "A flood warning depends on it."}


@pytest.mark.parametrize("way", ["owns", "co_author", "wrote", "took over"])
def test_nobody_overrides_a_freeze_for_their_own_rfc(way: str) -> None:
    steward, other = f.person(None, "stewards"), f.person(None, "stewards")
    rfc = f.draft(author=steward if way == "owns" else None, packages=(f.package("src/a"),))
    if way in ("co_author", "wrote"):
        editing.share(rfc, by=rfc.owner, with_=steward)
        f.edit(rfc, by=steward if way == "wrote" else rfc.owner, api_changes="Other words")
        f.again(rfc).editors.clear() if way == "wrote" else None
    for step in f.TO_WORK[:-1]:
        rfc = step(rfc)
    window = freeze(-1, 1)

    if way == "took over":
        planning.override(rfc, window.key, by=steward, reason="It cannot wait.")
        editing.hand_over(rfc, by=rfc.owner, to=steward)
    else:
        with pytest.raises(Refused) as refused:
            planning.override(rfc, window.key, by=steward, reason="It cannot wait.")
        assert [(reason.code, reason.who) for reason in refused.value.reasons] == [("contributor", "another steward")]
    rfc = f.again(rfc)

    assert [reason.code for reason in why_not(rfc, "start")] == ["freeze"]
    planning.override(rfc, window.key, by=other, reason="It cannot wait.")
    assert f.move(rfc, "start").state == "implementation"


def test_a_freeze_is_overridden_once_whoever_asks_and_however_often() -> None:
    rfc, steward, second = rfc_of("src/a"), f.person(None, "stewards"), f.person(None, "stewards")
    window = freeze(-1, 1)
    row = planning.override(rfc, window.key, by=steward, reason="It cannot wait.")

    assert planning.override(rfc, window.key, by=steward, reason=" It cannot wait. ") == row
    for by, reason in ((steward, "Another reason."), (second, "It cannot wait.")):
        with pytest.raises(Refused) as refused:
            planning.override(rfc, window.key, by=by, reason=reason)
        assert [(reason.kind, reason.code) for reason in refused.value.reasons] == [(409, "overridden")]
    assert Event.objects.filter(stream=rfc.stream, kind="freeze.overridden").count() == 1


def test_freezes_survive_the_policys_storage() -> None:
    policy = Policy(freezes=(Freeze("Audit", "2031-03-01", "2031-03-02", ("src/*",)),))

    assert Policy.read(policy.json()) == policy


# Before the start ----------------------------------------------------------------------------------------


def warned(rfc: RFC) -> bool:
    page = f.client_of(rfc.owner).get(rfc.get_absolute_url()).content.decode()
    return "Another RFC changes the same packages" in page


def test_a_clash_warns_before_the_review_is_requested_and_in_review_and_holds_up_neither() -> None:
    one, other = rfc_of("src/a", "assessment"), rfc_of("src/a", "approved")
    page = f.client_of(one.owner).get(one.get_absolute_url()).content.decode()
    assert f'href="{other.get_absolute_url()}"' in page[page.index("Another RFC") :]

    one = f.again(f.move(one, "request_review"))
    assert (one.state, warned(one)) == ("review", True)
    assert not warned(other)  # its requirements name it

    planning.resolve(one, other.pk, by=one.owner, note="We deploy one after the other.")
    assert not warned(one)
