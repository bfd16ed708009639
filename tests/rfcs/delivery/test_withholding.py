"""Mail that waited is judged as it goes out: whose account was closed meanwhile, whose hours are others by now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User

from governance.accounts import people
from rfcs import clock
from rfcs.case import Case
from rfcs.compliance.checklists import AUTOMATIC
from rfcs.delivery import leases, outbox, preferences, retrying
from rfcs.delivery.preferences import Choice
from rfcs.delivery.quiet import Hours
from rfcs.errors import Refused
from rfcs.models import Message
from rfcs.notices import Notice
from rfcs.states import STEWARDS
from tests import factories as f

pytestmark = pytest.mark.django_db


@pytest.fixture
def steward() -> User:
    f.person(None, STEWARDS)  # the last one cannot be closed, nor what hangs on it
    return f.person(None, STEWARDS)


def tell(*readers: User, key: str = "told", **more: Any) -> None:
    how = {"rfc": None, "text": "Read this.", "at": clock.now(), "kind": Notice.MENTION} | more
    outbox.queue_all(key, readers, subject=f"News of {key}", **how)


def send() -> int:
    sent = 0
    while batch := outbox.claim():
        sent += outbox.deliver(batch)
    return sent


def local(**hours: float) -> time:
    """The hour on a clock in UTC, so much later."""
    return (clock.now() + timedelta(**hours)).time().replace(microsecond=0)


def night(person: User, begin: float, end: float) -> None:
    """Quiet hours, counted in hours from now."""
    preferences.keep_hours(person, Hours("UTC", local(hours=begin), local(hours=end)))


# Closed accounts --------------------------------------------------------------------------------------------


def test_no_mail_goes_to_an_account_that_was_closed_meanwhile(mailoutbox: list[Any], steward: User) -> None:
    """Not even what a worker had in its hands by then, nor what comes at any hour."""
    gone, here = f.person(), f.person()
    tell(gone, here)
    tell(gone, key="emergency", kind=Notice.EMERGENCY)
    claimed = outbox.claim()
    people.deactivate(gone, by=steward)

    assert outbox.deliver(claimed) == 1
    assert [each.to for each in mailoutbox] == [[here.email]]
    rows = Message.objects.filter(recipient=gone, channel="mail")
    assert {(row.standing, row.last_error) for row in rows} == {("dead", Message.CLOSED)}
    assert Message.objects.filter(recipient=gone, channel="in_app").count() == 2


def test_a_steward_sends_it_again_only_once_the_account_is_open(mailoutbox: list[Any], steward: User) -> None:
    gone = f.person()
    tell(gone)
    people.deactivate(gone, by=steward)
    send()
    row = Message.objects.get(recipient=gone, channel="mail")

    with pytest.raises(Refused) as refused:
        retrying.retry(row, by=steward)
    people.reactivate(gone, by=steward)
    retrying.retry(row, by=steward)

    assert [reason.code for reason in refused.value.reasons] == ["account_closed"]
    assert send() == 1


def test_an_owner_who_left_keeps_no_rfc_from_closing(mailoutbox: list[Any], steward: User) -> None:
    owner, other = f.person(), f.person()
    f.owned("src/packages/shop/checkout", owner, other)
    rfc = f.rfc_in("post_implementation")
    people.deactivate(owner, by=steward)
    send()

    assert AUTOMATIC["notifications_sent"](Case(rfc)) == ""


# Quiet hours ------------------------------------------------------------------------------------------------


def test_mail_that_waited_for_the_night_waits_for_the_next_one_too(
    mailoutbox: list[Any], clock_shift: Callable[..., None]
) -> None:
    """A worker that was down through the day; urgent mail goes all the same."""
    person = f.person()
    night(person, -1, 1)
    tell(person)
    tell(person, key="escalation", at_once=True)
    tell(person, key="emergency", kind=Notice.EMERGENCY)

    clock_shift(hours=23.5)
    assert (send(), len(mailoutbox)) == (2, 2)
    clock_shift(hours=25.5)
    assert send() == 1
    assert Message.objects.get(key__startswith="told", channel="mail").attempts == 0


def test_quiet_hours_hold_back_the_next_try_of_what_failed(
    mailoutbox: list[Any], clock_shift: Callable[..., None]
) -> None:
    person = f.person()
    night(person, 1, 3)
    tell(person)
    leases.failed(outbox.claim()[0], "The server was away.")

    clock_shift(hours=1.5)
    assert send() == 0
    clock_shift(hours=3.5)
    assert send() == 1


def test_new_quiet_hours_hold_for_mail_that_was_queued_before(
    mailoutbox: list[Any], clock_shift: Callable[..., None]
) -> None:
    person = f.person()
    tell(person)
    claimed = outbox.claim()
    night(person, -1, 1)

    assert outbox.deliver(claimed) == 0
    assert Message.objects.get(channel="mail").leased_until is None
    clock_shift(hours=1.5)
    assert send() == 1


def test_without_quiet_hours_nothing_waits_for_their_end(mailoutbox: list[Any]) -> None:
    person = f.person()
    night(person, -1, 1)
    tell(person)
    assert send() == 0

    preferences.keep_hours(person, Hours("UTC"))

    assert send() == 1


# The mail of the day ----------------------------------------------------------------------------------------


def test_a_later_hour_of_the_day_moves_what_waits_for_it(
    mailoutbox: list[Any], clock_shift: Callable[..., None]
) -> None:
    person = f.person()
    preferences.keep_hours(person, Hours("UTC", daily_at=local(hours=2)))
    preferences.choose(person, {Notice.MENTION: Choice(daily=True)})
    tell(person)
    preferences.keep_hours(person, Hours("UTC", daily_at=local(hours=4)))

    clock_shift(hours=3)
    assert send() == 0
    clock_shift(hours=5)
    assert send() == 1


@pytest.mark.parametrize(
    ("before", "after", "standing"),
    [
        (Choice(daily=True), Choice(), "sent"),
        (Choice(), Choice(daily=True), "queued"),
        (Choice(), Choice(mail=False), "dead"),
    ],
)
def test_what_waits_goes_as_it_is_chosen_now(
    before: Choice, after: Choice, standing: str, mailoutbox: list[Any]
) -> None:
    person, other = f.person(), f.person()
    for each in (person, other):
        preferences.choose(each, {Notice.MENTION: before})
    tell(person, other)

    preferences.choose(person, {Notice.MENTION: after})
    send()

    row = Message.objects.get(recipient=person, channel="mail")
    assert (row.standing, row.in_digest) == (standing, after.daily)
    assert Message.objects.get(recipient=other, channel="mail").in_digest is before.daily
