"""The calendar feed: one secret address for one person, read back by a parser of iCalendar, and the embargo kept."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from breakwater.justification import Period, Timeline
from governance import logs
from governance.calendar import feeds
from governance.models import CalendarFeed
from governance.pages.calendar import today_in_office
from rfcs import clock, editing, embargo
from rfcs.compliance import waivers
from rfcs.conversation import watching
from rfcs.freezes import Freeze
from rfcs.impact import answering
from rfcs.models import Event as Recorded
from rfcs.models import PolicyVersion, RiskAcceptance, Waiver
from rfcs.obligations import accepting, incident
from rfcs.policy import Policy
from rfcs.states import INCIDENT_COMMAND, SECURITY, STEWARDS, Track
from tests import factories as f

pytestmark = pytest.mark.django_db


def soon(first: int = 10) -> Timeline:
    """Ten days of work, three of testing, three of deployment; the first is so many days from today."""
    days = [today_in_office() + timedelta(days=first + n) for n in (0, 9, 10, 12, 13, 15)]
    return Timeline(Period(days[0], days[1]), Period(days[2], days[3]), Period(days[4], days[5]))


def fetched(secret: str, **headers: str) -> Any:
    return Client().get(f"/calendar/feed/{secret}.ics", headers=headers)


def events(user: User) -> dict[str, Any]:
    """By UID without the host, as a calendar program understands the feed."""
    response = fetched(feeds.make(user))
    assert (response.status_code, response["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    calendar: Any = Calendar.from_ical(response.content)
    found = {str(event["uid"]).rpartition("@")[0]: event for event in calendar.walk("VEVENT")}
    assert len(found) == len(calendar.walk("VEVENT"))
    assert [event.errors for event in found.values() if event.errors] == []
    return found


# What stands in it --------------------------------------------------------------------------------------------


def test_windows_are_whole_days_of_rfcs_that_concern_a_person() -> None:
    rfc = f.rfc_in("approved", timeline=soon(), title="Zölle; in Euro, statt\\Mark")
    planned = f.revision(rfc).content.timeline

    found = events(rfc.owner)

    key = f"{rfc.number.lower()}-deployment"
    assert set(found) == {key.replace("deployment", phase) for phase in ("development", "testing", "deployment")}
    window = found[key]
    assert (window.decoded("dtstart"), window.decoded("dtend")) == (
        planned.deployment.start,
        (planned.deployment.end or date.min) + timedelta(days=1),
    )
    assert window["dtstart"].params["VALUE"] == "DATE"
    assert str(window["summary"]) == f"{rfc.number} deployment: Zölle; in Euro, statt\\Mark"
    assert window["transp"] == "TRANSPARENT"
    assert events(f.person()) == {}


@pytest.mark.parametrize("kind", ["rfc", "package", "folder", "deeper", "owner", "coauthor"])
def test_what_somebody_watches_owns_or_writes_concerns_them(kind: str) -> None:
    person = f.person()
    if kind == "owner":
        f.owned("src/packages/shop/checkout", person)
    rfc = f.draft(timeline=soon())
    if kind == "coauthor":
        editing.share(rfc, by=rfc.owner, with_=person)
    rfc = f.move(rfc, "submit")
    watched = {"package": "src/packages/shop/checkout", "folder": "src/packages/shop"}
    watched |= {"deeper": f.owned("src/packages/shop/checkout/basket").path} if kind == "deeper" else {}
    if kind in watched:
        watching.watch(person, "package", watched[kind])
    if kind == "rfc":
        watching.watch(person, "rfc", rfc.number)

    assert f"{rfc.number.lower()}-testing" in events(person)


def test_deadlines_are_instants_in_utc_for_those_who_are_waited_for() -> None:
    owner, members = f.person(), f.board(3)
    f.owned("src/packages/shop/checkout", owner)
    rfc = f.rfc_in("assessment", timeline=soon(400))
    asked = rfc.acknowledgements.get()

    due = events(owner)[f"acknowledgement-{asked.pk}"]
    assert due.decoded("dtstart") == asked.due_at.replace(microsecond=0).astimezone(UTC)
    assert due["dtstart"].to_ical().endswith(b"Z")

    rfc = f._request_review(rfc)
    assert [name.partition("-")[0] for name in events(members[0])] == ["round"]
    assert f"acknowledgement-{asked.pk}" not in events(owner)
    f.sign(rfc, members[0])
    assert events(members[0]) == {}


def test_a_freeze_stands_in_everybodys_calendar() -> None:
    first = today_in_office() + timedelta(days=3)
    freeze = Freeze("Audit", str(first), str(first), ("src/*",))
    PolicyVersion.objects.create(version=99, body=Policy(freezes=(freeze,)).json(), in_force_from=clock.now())

    (found,) = events(f.person()).values()

    assert (found.decoded("dtstart"), found.decoded("dtend")) == (first, first + timedelta(days=1))
    assert str(found["summary"]) == "Freeze: Audit"


def test_moved_days_keep_the_uid_and_raise_the_sequence() -> None:
    rfc = f.rfc_in("assessment", timeline=soon())
    key = f"{rfc.number.lower()}-deployment"
    before = events(rfc.owner)[key]

    f.edit(rfc, timeline=soon(20))
    after = events(rfc.owner)[key]

    assert after.decoded("dtstart") == before.decoded("dtstart") + timedelta(days=10)
    assert int(after["sequence"]) == int(before["sequence"]) + 1
    assert after.decoded("dtstamp") >= before.decoded("dtstamp")


def test_more_time_for_an_owner_moves_the_deadline_with_a_higher_sequence() -> None:
    owner = f.person()
    f.owned("src/packages/shop/checkout", owner)
    rfc = f.rfc_in("assessment", timeline=soon(400))
    key = f"acknowledgement-{rfc.acknowledgements.get().pk}"
    before = events(owner)[key]
    answering.answer(rfc, "src/packages/shop/checkout", by=owner, answer="more_time")
    after = events(owner)[key]

    assert after.decoded("dtstart") > before.decoded("dtstart")
    assert int(after["sequence"]) > int(before["sequence"])


def test_the_last_day_of_a_hold_stands_at_its_raiser_and_the_owner_while_it_blocks() -> None:
    one, two, _ = f.board(3)
    rfc = f.rfc_in("review", timeline=soon(400))
    last = today_in_office() + timedelta(days=1)
    hold = f.sign(rfc, one, "hold", until=last)

    for person in (one, rfc.owner):
        found = events(person)[f"hold-{hold.pk}"]
        assert (found.decoded("dtstart"), found.decoded("dtend")) == (last, last + timedelta(days=1))
        assert str(found["summary"]) == f"Hold on {rfc.number} ends"
    assert f"hold-{hold.pk}" not in events(two)
    f.sign(rfc, one, "abstain")
    assert f"hold-{hold.pk}" not in events(rfc.owner)


def test_the_last_day_of_a_waiver_stands_at_the_owner_and_who_granted_it() -> None:
    steward, rfc = f.person(None, STEWARDS), f.rfc_in("implementation", timeline=soon(400))
    last = today_in_office() + timedelta(days=20)
    waivers.grant(rfc, "unit_tests_pass", by=steward, reason="None.", expires_on=last)
    waiver = Waiver.objects.get(rfc=rfc)

    for person in (steward, rfc.owner):
        found = events(person)[f"waiver-{waiver.pk}"]
        assert found.decoded("dtstart") == last
    assert events(f.person(None, STEWARDS)) == {}
    waivers.revoke(rfc, "unit_tests_pass", by=steward, reason="They are there.")
    assert f"waiver-{waiver.pk}" not in events(steward)


def test_the_last_day_of_an_accepted_risk_stands_at_who_bears_it_and_the_owner() -> None:
    board = f.board(3)
    rfc = f.reject(f.file_full(f.short_in("implementation", timeline=soon(400))))
    last = today_in_office() + timedelta(days=9)
    accepting.accept(rfc, by=board[0], reason="The way back is worse.", until=last)
    row = RiskAcceptance.objects.get(rfc=rfc)

    for person in (board[0], rfc.owner):
        found = events(person)[f"risk-{row.pk}"]
        assert found.decoded("dtstart") == last
    assert events(board[1]) == {}


def test_a_filed_review_of_an_incident_stands_at_the_commanders_who_wrote_none_of_it() -> None:
    rfc = f.short_in("implementation", Track.HOTFIX, timeline=soon(400))
    other, author = f.person(None, INCIDENT_COMMAND), f.person(None, INCIDENT_COMMAND)
    owed = rfc.obligations.get(kind="post_incident_review")
    assert events(other) == {}
    editing.share(rfc, by=rfc.owner, with_=author)
    review = incident.file(rfc, by=author, said=f.said_of_incident())

    found = events(other)[f"incident-{owed.pk}"]
    assert found.decoded("dtstart") == owed.due_at.replace(microsecond=0).astimezone(UTC)
    assert f"incident-{owed.pk}" not in {*events(author), *events(rfc.owner), *events(f.person())}
    embargo.impose(rfc, by=rfc.owner, reason="An exploit is around.")
    assert f"incident-{owed.pk}" in events(other)  # the team that authorised it sees it
    incident.accept(rfc, by=other, number=review.number)
    assert events(other) == {}


def test_under_embargo_the_end_of_a_waiver_is_nothing_for_who_does_not_see_the_rfc() -> None:
    """A member of the board who granted it, and is of no team that sees it any more."""
    member, rfc = f.board(3)[0], f.rfc_in("implementation", timeline=soon(400))
    last = today_in_office() + timedelta(days=20)
    waivers.grant(rfc, "unit_tests_pass", by=member, reason="None.", expires_on=last)
    member.groups.clear()
    assert len(events(member)) == 1

    embargo.impose(rfc, by=rfc.owner, reason="An exploit is around.")

    assert events(member) == {}


def test_an_embargo_that_begins_takes_an_rfc_out_and_keeps_it_for_those_who_may_see_it() -> None:
    rfc, watcher, guard = f.rfc_in("assessment", timeline=soon()), f.person(), f.person(None, SECURITY)
    for person in (watcher, guard):
        watching.watch(person, "rfc", rfc.number)
    assert len(events(watcher)) == 3

    embargo.impose(rfc, by=rfc.owner, reason="An exploit is around.")

    assert [len(events(person)) for person in (watcher, guard, rfc.owner)] == [0, 3, 3]
    assert rfc.title.encode() not in fetched(feeds.make(watcher)).content


# The address --------------------------------------------------------------------------------------------------


def test_the_address_is_shown_once_stored_as_a_digest_and_ends_with_a_new_one() -> None:
    user = f.person()
    browser = f.client_of(user)

    page = browser.post("/me/calendar/", {"make": "1"}, follow=True)
    address = page.context["address"]
    secret = address.rpartition("/")[2].removesuffix(".ics")

    assert (len(secret) >= 43, page["Cache-Control"].count("no-store")) == (True, 1)
    assert secret not in browser.get("/me/calendar/").content.decode()
    assert CalendarFeed.objects.get(person=user).digest == feeds.digest_of(secret) != secret
    assert fetched(secret).status_code == 200
    browser.post("/me/calendar/", {"make": "1"})
    assert fetched(secret).status_code == 404
    kinds = Recorded.objects.filter(stream="access", actor=user).values_list("kind", "payload")
    assert list(kinds) == [("calendar.made", {}), ("calendar.made", {})]


def test_an_ended_address_and_one_of_somebody_who_left_are_nothing() -> None:
    user = f.person()
    secret = feeds.make(user)
    f.client_of(user).post("/me/calendar/", {"end": "1"})
    assert fetched(secret).status_code == 404

    secret = feeds.make(user)
    user.is_active = False
    user.save()
    assert fetched(secret).status_code == 404


def test_the_address_opens_nothing_else() -> None:
    secret = feeds.make(f.person())

    for path in ("/calendar/", "/rfcs/", "/api/v1/rfcs/", "/me/calendar/"):
        assert Client().get(path, headers={"Authorization": f"Token {secret}"}).status_code in (302, 401)
    assert Client().post(f"/calendar/feed/{secret}.ics").status_code in (403, 405)


def test_nothing_new_is_304_and_news_is_200() -> None:
    rfc = f.rfc_in("assessment", timeline=soon())
    secret = feeds.make(rfc.owner)
    etag = fetched(secret)["ETag"]

    again = fetched(secret, **{"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")

    f.edit(rfc, timeline=soon(20))
    news = fetched(secret, **{"If-None-Match": etag})
    assert (news.status_code, news["ETag"] != etag) == (200, True)


def test_guessing_and_hammering_end_in_429(monkeypatch: pytest.MonkeyPatch) -> None:
    secret = feeds.make(f.person())
    monkeypatch.setattr("governance.accounts.limits.CALENDAR", {"feed": "2/h/key"})
    monkeypatch.setattr("governance.accounts.limits.NO_CALENDAR", {"no-feed": "2/h/ip"})

    assert [fetched(secret).status_code for _ in range(3)] == [200, 200, 429]
    assert [fetched(f"none{n}").status_code for n in range(3)] == [404, 404, 429]
    assert fetched(feeds.make(f.person())).status_code == 200


def test_no_log_line_holds_the_address() -> None:
    secret = feeds.make(f.person())

    assert secret not in str(logs.redacted({"request": f"GET /calendar/feed/{secret}.ics"}))


def test_a_feed_takes_as_many_queries_for_one_rfc_as_for_five() -> None:
    user = f.person()
    f.owned("src/packages/shop/checkout", user)
    f.rfc_in("assessment", author=user, timeline=soon())
    secret = feeds.make(user)
    fetched(secret)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert fetched(secret).status_code == 200
        return len(captured)

    first = queries()
    for n in range(4):
        f.rfc_in("assessment", author=user, timeline=soon(n))
        f.rfc_in("assessment", timeline=soon(n))

    assert queries() == first


def test_instants_have_no_fraction_that_a_program_would_stumble_over() -> None:
    rfc = f.rfc_in("assessment", timeline=soon())

    for event in events(rfc.owner).values():
        stamp = event.decoded("dtstamp")
        assert isinstance(stamp, datetime)
        assert (stamp.microsecond, stamp.utcoffset()) == (0, timedelta())
