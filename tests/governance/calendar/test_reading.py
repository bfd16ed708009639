"""What a month shows, to whom, and at which price."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from governance.calendar import spans
from governance.calendar.reading import Plan, plan
from rfcs import clock
from rfcs.freezes import Freeze
from rfcs.impact.clashes import clashes_of
from rfcs.models import RFC, PolicyVersion
from rfcs.policy import Policy
from rfcs.states import SECURITY
from tests import factories as f
from tests.rfcs.impact.test_planning import rfc_of, timeline

pytestmark = pytest.mark.django_db
MARCH = spans.Span(2031, 3)


def shown(user: User | None = None, span: spans.Span = MARCH, **said: Any) -> Plan:
    return plan(user or f.person(), span, said)


def numbers(found: Plan) -> list[int]:
    return [entry.rfc.pk for entry in found.entries]


def test_a_month_shows_what_meets_it_by_its_first_day() -> None:
    late, early = rfc_of("src/a", timeline=timeline(date(2031, 3, 20))), rfc_of("src/b", timeline=timeline())
    before = rfc_of("src/c", timeline=timeline(date(2031, 2, 20)))
    rfc_of("src/d", timeline=timeline(date(2031, 4, 1)))
    rfc_of("src/e", timeline=timeline(date(2031, 2, 1)))

    found = shown()

    assert numbers(found) == [before.pk, early.pk, late.pk]
    phase = found.entries[1].phase("testing")
    assert phase is not None
    assert (phase.first, phase.last) == (date(2031, 3, 13), date(2031, 3, 15))


@pytest.mark.parametrize(("state", "is_shown"), [("draft", False), ("withdrawn", False), ("closed", True)])
def test_drafts_and_what_was_given_up_keep_no_days(state: str, is_shown: bool) -> None:
    rfc = rfc_of("src/a", state, timeline=timeline())

    assert numbers(shown()) == ([rfc.pk] if is_shown else [])


def test_what_is_under_embargo_is_there_for_who_may_see_it_and_nobodys_clash() -> None:
    hidden, open_one = rfc_of("src/a", embargoed=True, timeline=timeline()), rfc_of("src/a", timeline=timeline())
    guard = f.person(None, SECURITY)

    for user, expected in ((f.person(), [open_one.pk]), (guard, [hidden.pk, open_one.pk])):
        assert numbers(shown(user)) == expected
    clashes = {entry.rfc.pk: [clash.other.pk for clash in entry.clashes] for entry in shown(guard).entries}
    assert clashes == {hidden.pk: [open_one.pk], open_one.pk: []}


def test_clashes_are_those_of_the_rfcs_own_pages_also_with_what_a_filter_leaves_out() -> None:
    one, other = rfc_of("src/a/b", timeline=timeline()), rfc_of("src/a", timeline=timeline(date(2031, 3, 10)))
    rfc_of("src/ab", timeline=timeline())

    found = shown(owner=one.owner.username)

    assert numbers(found) == [one.pk]
    assert found.entries[0].clashes == clashes_of(f.again(one), ["src/a/b"])
    assert [clash.other.pk for clash in found.entries[0].clashes] == [other.pk]


def test_filters_are_those_of_the_list() -> None:
    mine, other = rfc_of("src/a/b", timeline=timeline()), rfc_of("lib", timeline=timeline())

    assert numbers(shown(package="src/a")) == [mine.pk]
    assert numbers(shown(mine.owner, mine=True)) == [mine.pk]
    assert numbers(shown(track="standard", team="architecture")) == [mine.pk, other.pk]
    assert numbers(shown(track="hotfix")) == []


def test_a_freeze_stands_with_the_rfcs_that_it_touches() -> None:
    touched, spared = rfc_of("src/a", timeline=timeline()), rfc_of("lib", timeline=timeline())
    windows = (
        Freeze("Audit", "2031-03-10", "2031-03-11", ("src/*",)),
        Freeze("Past", "2031-01-01", "2031-02-28"),
        Freeze("Late", "2031-03-30", "2031-04-02"),
    )
    PolicyVersion.objects.create(version=99, body=Policy(freezes=windows).json(), in_force_from=clock.now())

    found = shown()

    assert [freeze.name for freeze in found.freezes] == ["Audit", "Late"]
    by_rfc = {entry.rfc.pk: [freeze.name for freeze in entry.freezes] for entry in found.entries}
    assert by_rfc == {touched.pk: ["Audit"], spared.pk: []}


def test_a_month_takes_as_many_queries_for_one_rfc_as_for_six() -> None:
    user = f.person()
    rfc_of("src/a", timeline=timeline())

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            names = {clash.owner for entry in shown(user).entries for clash in entry.clashes}
            assert user.get_full_name() not in names
        return len(captured)

    shown(user)
    first = queries()
    for _ in range(5):
        rfc_of("src/a", "assessment", timeline=timeline())

    assert queries() == first


def test_windows_of_a_month_are_found_by_an_index() -> None:
    author, day = f.person(), date(2010, 1, 1)
    at = clock.now()
    days = [day + timedelta(days=n % 7_000) for n in range(20_000)]
    rows = [
        RFC(
            author=author,
            owner=author,
            created_at=at,
            state_since=at,
            updated_at=at,
            window_start=start,
            window_end=start + timedelta(days=20),
        )
        for start in days
    ]
    RFC.objects.bulk_create(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE rfcs_rfc")

    plan_of_query = RFC.objects.meeting(MARCH.first, MARCH.last).explain()

    assert "rfc_by_window" in plan_of_query
    assert "Seq Scan" not in plan_of_query


def test_a_window_in_disorder_is_stored_and_shown_nowhere() -> None:
    rfc = f.draft()
    RFC.objects.filter(pk=rfc.pk).update(window_start=date(2031, 3, 9), window_end=date(2031, 3, 1))

    assert list(RFC.objects.meeting(MARCH.first, MARCH.last)) == []
