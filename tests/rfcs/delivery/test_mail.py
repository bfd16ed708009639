"""Mail: text and HTML, one click that ends a kind, quiet hours, one mail a day; and a server that is in trouble."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from rfcs import clock, tasks
from rfcs.delivery import leases, mail, outbox, preferences
from rfcs.delivery.preferences import Choice
from rfcs.delivery.quiet import Hours
from rfcs.errors import Refused
from rfcs.models import Event, Message
from rfcs.notices import Notice
from rfcs.states import STEWARDS
from tests import factories as f
from tests.receivers import closed_port, smtp

pytestmark = pytest.mark.django_db


def tell(*people: User, kind: Notice = Notice.MENTION, key: str = "told", **more: Any) -> None:
    text = "Read <b>this</b>, please."
    outbox.queue_all(key, people, rfc=None, subject=f"News of {key}", text=text, at=clock.now(), kind=kind, **more)


def send() -> int:
    sent = 0
    while batch := outbox.claim():
        sent += outbox.deliver(batch)
    return sent


@pytest.fixture
def by_smtp(settings: Any) -> Callable[..., None]:
    def use(port: int, seconds: float = 60) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, seconds

    return use


def test_mail_is_text_and_html_and_ends_with_one_click(mailoutbox: list[Any]) -> None:
    person = f.person()
    tell(person)
    send()

    (found,) = mailoutbox
    html, kind = found.alternatives[0]
    assert kind == "text/html"
    assert "Read &lt;b&gt;this&lt;/b&gt;, please." in html
    assert "Read <b>this</b>, please." in found.body
    assert found.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = re.fullmatch(r"<https?://[^/]+(/unsubscribe/[^>]+)>", found.extra_headers["List-Unsubscribe"])
    assert address is not None

    answer = Client(enforce_csrf_checks=True).post(address[1], {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert preferences.choices_of(person)[Notice.MENTION] == Choice(in_app=True, mail=False)
    tell(person, key="again")
    assert send() == 0


def test_looking_at_the_page_ends_nothing(mailoutbox: list[Any]) -> None:
    """Programs that scan mail open every link: a GET must not end anything."""
    person = f.person()
    path = f"/unsubscribe/{mail.token(person, Notice.MENTION)}/"

    page = Client().get(path)

    assert "End this mail" in page.content.decode()
    assert preferences.choices_of(person)[Notice.MENTION].mail is True


@pytest.mark.parametrize("change", ["forged", "kept"])
def test_a_link_of_somebody_elses_making_or_of_what_always_comes_ends_nothing(change: str) -> None:
    person = f.person()
    token = mail.token(person, Notice.SECURITY if change == "kept" else Notice.MENTION)
    token = token[:-1] + ("A" if token[-1] != "A" else "B") if change == "forged" else token

    assert Client().post(f"/unsubscribe/{token}/").status_code == 404
    assert not Event.objects.filter(kind="preferences.changed").exists()


def test_what_always_comes_has_no_link_that_ends_it(mailoutbox: list[Any]) -> None:
    tell(f.person(), kind=Notice.SECURITY)
    send()

    assert "List-Unsubscribe" not in mailoutbox[0].extra_headers


def test_quiet_hours_keep_mail_but_no_emergency_and_no_escalation(
    mailoutbox: list[Any], clock_shift: Callable[..., None]
) -> None:
    person, now = f.person(), clock.now()
    begin = (now - timedelta(hours=1)).time().replace(microsecond=0)
    end = (now + timedelta(hours=1)).time().replace(microsecond=0)
    preferences.keep_hours(person, Hours("UTC", begin, end))
    tell(person, key="quiet")
    tell(person, key="emergency", kind=Notice.EMERGENCY)
    tell(person, key="escalation", at_once=True)

    assert send() == 2
    assert Message.objects.filter(channel="in_app").count() == 3
    clock_shift(hours=1)
    assert send() == 1
    assert sorted(each.subject for each in mailoutbox) == ["News of emergency", "News of escalation", "News of quiet"]


def test_one_mail_a_day_holds_everything_of_its_kinds(mailoutbox: list[Any], clock_shift: Callable[..., None]) -> None:
    person, other = f.person(), f.person()
    preferences.choose(person, {Notice.MENTION: Choice(daily=True)})
    for key in ("one", "two", "three"):
        tell(person, other, key=key)

    assert send() == 3
    clock_shift(hours=25)
    assert send() == 3

    digest = mailoutbox[-1]
    assert (len(mailoutbox), digest.subject, digest.to) == (4, "Your day in Breakwater: 3 messages", [person.email])
    assert [f"News of {key}" in digest.body for key in ("one", "two", "three")] == [True] * 3


def test_hours_that_make_no_sense_are_refused_and_good_ones_are_on_record() -> None:
    person = f.person()
    with pytest.raises(Refused) as refused:
        preferences.keep_hours(person, Hours("Mars/Olympus", time(22), None))
    assert [reason.code for reason in refused.value.reasons] == ["unknown_zone", "half_quiet"]

    preferences.keep_hours(person, Hours("Asia/Tokyo", time(22), time(7)))
    preferences.keep_hours(person, Hours("Asia/Tokyo", time(22), time(7)))

    assert preferences.hours_of(person) == Hours("Asia/Tokyo", time(22), time(7))
    assert Event.objects.filter(kind="preferences.hours").count() == 1


# A server in trouble (row 44) -------------------------------------------------------------------------------


def test_a_server_that_hangs_costs_one_attempt_of_one_mail(by_smtp: Callable[..., None]) -> None:
    """Each mail waiting for its own timeout would hold a batch, and its lease, for a quarter of an hour."""
    tell(*(f.person() for _ in range(5)))
    with smtp(lambda number, to: None) as box:
        by_smtp(box.port, seconds=0.5)
        assert send() == 0

    rows = Message.objects.filter(channel="mail").order_by("id")
    assert [row.attempts for row in rows] == [1, 0, 0, 0, 0]
    assert {row.standing for row in rows} == {"failed"}


def test_a_server_that_is_gone_and_comes_back_loses_nothing(
    by_smtp: Callable[..., None], clock_shift: Callable[..., None]
) -> None:
    people = [f.person() for _ in range(5)]
    tell(*people)
    with closed_port() as port:
        by_smtp(port)
        assert send() == 0
    with smtp() as box:
        by_smtp(box.port)
        assert send() == 0
        clock_shift(minutes=5)
        assert send() == 5
        assert box.visible == {person.email: 1 for person in people}


@pytest.mark.parametrize(
    ("answer", "attempts"), [("451 later", leases.MOST_ATTEMPTS), ("554 never", leases.MOST_REFUSALS)]
)
def test_4xx_is_tried_for_days_5xx_three_times_and_others_flow(
    answer: str, attempts: int, by_smtp: Callable[..., None], clock_shift: Callable[..., None]
) -> None:
    bad, good, steward = f.person(), f.person(), f.person(None, STEWARDS)
    tell(bad, good)
    with smtp(lambda number, to: answer if to == bad.email else "250 taken") as box:
        by_smtp(box.port)
        for tries in range(leases.MOST_ATTEMPTS + 2):
            clock_shift(hours=5 * tries)
            send()

    row = Message.objects.get(recipient=bad, channel="mail")
    assert (row.standing, row.attempts, box.tried.count(bad.email)) == ("dead", attempts, attempts)
    assert row.last_error == f"The mail server answered {answer[:3]}: {answer[4:]}"
    assert box.visible == {good.email: 1}
    assert Message.objects.get(key__startswith="dead-letters:").recipient == steward


def test_one_connection_carries_a_batch(by_smtp: Callable[..., None]) -> None:
    people = [f.person() for _ in range(12)]
    tell(*people)
    with smtp() as box:
        by_smtp(box.port)
        assert send() == 12

    assert box.visible == {person.email: 1 for person in people}


def test_what_another_worker_took_over_or_sent_is_not_sent(mailoutbox: list[Any]) -> None:
    people = [f.person() for _ in range(3)]
    tell(*people)
    taken, done, ours = batch = outbox.claim()
    Message.objects.filter(pk=taken.pk).update(leased_until=clock.now() + leases.LEASE)
    leases.sent([done])

    assert outbox.deliver(batch) == 1
    assert mailoutbox[0].to == [ours.recipient.email]
    assert set(Message.objects.filter(pk__in=[done.pk, ours.pk]).values_list("leased_until", flat=True)) == {None}


def test_a_heap_makes_room_for_other_tasks(mailoutbox: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leases, "STINT", 0.0)
    person, at = f.person(), clock.now()
    row = {"channel": "mail", "recipient": person, "subject": "News", "text": "Some", "path": "/", "created_at": at}
    Message.objects.bulk_create([Message(key=f"heap:{n}", **row) for n in range(leases.BATCH + 1)])

    assert [tasks.deliver(), tasks.deliver(), tasks.deliver()] == [leases.BATCH, 1, 0]


def test_a_channel_that_is_tried_sends_to_who_pressed_the_button(mailoutbox: list[Any]) -> None:
    steward = f.person(None, STEWARDS)

    assert f.client_of(steward).post("/deliveries/test-mail/").status_code == 302
    assert f.client_of(f.person()).post("/deliveries/test-mail/").status_code == 403

    assert send() == 1
    assert mailoutbox[0].to == [steward.email]


def test_what_was_given_up_is_sent_again_by_a_steward_on_record(mailoutbox: list[Any]) -> None:
    steward, person = f.person(None, STEWARDS), f.person()
    tell(person)
    row = Message.objects.get(channel="mail")
    Message.objects.filter(pk=row.pk).update(dead_at=clock.now(), attempts=24, last_error="gone")
    page = f.client_of(steward).get("/deliveries/?standing=dead").content.decode()
    assert "News of told" in page

    assert f.client_of(person).post(f"/deliveries/mail/{row.pk}/retry/").status_code == 403
    assert f.client_of(steward).post(f"/deliveries/mail/{row.pk}/retry/").status_code == 302

    assert send() == 1
    assert Event.objects.get(kind="delivery.retried").payload == {"channel": "mail", "id": row.pk}


def test_what_a_worker_is_sending_is_not_sent_a_second_time_by_hand(mailoutbox: list[Any]) -> None:
    steward = f.person(None, STEWARDS)
    tell(f.person())
    row = Message.objects.get(channel="mail")
    Message.objects.filter(pk=row.pk).update(leased_until=clock.now() + leases.LEASE)

    page = f.client_of(steward).post(f"/deliveries/mail/{row.pk}/retry/", follow=True).content.decode()

    assert "A worker is sending it at this moment" in page
    assert send() == 0
