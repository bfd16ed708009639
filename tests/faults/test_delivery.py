"""Workers, beats and Redis in trouble (rows 40 to 43): every message is delivered, each once to its reader's eye."""

from __future__ import annotations

import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import redis

from rfcs import clock
from rfcs.delivery import outbox
from rfcs.models import Message, Reminder
from tests import factories as f
from tests.faults.plant import Plant, pause, plant, until, valkey
from tests.receivers import Mailbox, smtp

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]
PAST_THE_LEASE = {"BREAKWATER_CLOCK_SHIFT": "3 minutes"}


def tell(count: int) -> list[str]:
    people = [f.person() for _ in range(count)]
    outbox.queue_all("told", people, rfc=None, subject="News", text="Some news", at=clock.now())
    return [person.email for person in people]


def by(box: Mailbox) -> dict[str, str]:
    return {"EMAIL_URL": f"smtp://127.0.0.1:{box.port}"}


def waiting() -> int:
    return Message.objects.filter(channel="mail", sent_at=None).count()


def test_a_worker_killed_in_the_middle_of_delivery_loses_and_doubles_nothing(tmp_path: Path) -> None:
    """The server took the eighth mail and the worker died before it heard so.

    Seen failing: marked as sent at the claim, all forty counted as sent when eight were; with a Message-ID of each try,
    the eighth was two mails to its reader.
    """
    emails = tell(40)

    def say(number: int, to: str) -> str:
        if number == 8:
            worker.send_signal(signal.SIGKILL)
        return "250 taken"

    with smtp(say) as box, plant(tmp_path) as made:
        worker = made.worker(**by(box))
        until(lambda: worker.poll() is not None)
        assert 0 < waiting() < 40
        made.worker(**by(box), **PAST_THE_LEASE)
        until(lambda: waiting() == 0)

        assert box.visible == dict.fromkeys(emails, 1)
        assert len(box.mails) <= 41


def test_a_worker_frozen_past_its_lease_sends_nothing_twice(tmp_path: Path) -> None:
    """It stands still in the middle of the third mail; another worker takes over; then it goes on.

    Seen failing: without the look at the lease before each ten mails (and a Message-ID of each try), it sent its whole
    batch again.
    """
    emails = tell(30)

    def say(number: int, to: str) -> str:
        if number == 3:
            frozen.send_signal(signal.SIGSTOP)
        return "250 taken"

    with smtp(say) as box, plant(tmp_path) as made:
        frozen = made.worker(**by(box))
        until(lambda: len(box.mails) == 3)
        pause(1)
        assert len(box.mails) == 3
        second = made.worker(**by(box), **PAST_THE_LEASE)
        until(lambda: waiting() == 0)
        frozen.send_signal(signal.SIGCONT)
        pause(5)

        tries = Counter(mail["To"] for mail in box.mails)
        assert box.visible == dict.fromkeys(emails, 1)
        assert sum(tries.values()) - len(emails) <= outbox.RENEWED
        assert second.poll() is None


def overdue() -> tuple[Any, int]:
    """A review whose first response is long overdue, and how many are waited for."""
    members = f.board(3)
    rfc = f.rfc_in("review")
    Message.objects.all().delete()
    return rfc, len(members)


def reminded() -> list[tuple[int, str]]:
    return list(Message.objects.filter(key__startswith="reminder:").values_list("recipient", "channel"))


TEN_DAYS = {"BREAKWATER_CLOCK_SHIFT": "10 days"}


def test_two_beats_at_once_tell_each_step_once(tmp_path: Path) -> None:
    """Two workers, two beats.

    The reminder's status and key and the outbox's key all hold it. Seen failing without them: a step was told 26 times.
    """
    _, people = overdue()
    with smtp() as box, plant(tmp_path, **TEN_DAYS) as made:
        made.worker(**by(box))
        made.worker(**by(box))
        until(lambda: len(box.mails) >= people)
        pause(5)

        assert set(Counter(reminded()).values()) == {1}
        assert len(reminded()) == 2 * people
        assert set(box.visible.values()) == {1}
        assert len(box.mails) == people
        assert Reminder.objects.filter(status="told").count() == 1


def test_a_beat_restarted_ten_times_tells_each_step_once(tmp_path: Path) -> None:
    _, people = overdue()
    with smtp() as box, plant(tmp_path, **TEN_DAYS) as made:
        made.worker(**by(box))
        for _ in range(10):
            beat = made.beat()
            pause(1.5)
            beat.kill()
            beat.wait(30)
        until(lambda: len(box.mails) >= people)
        pause(3)

        assert len(box.mails) == people
        assert Reminder.objects.filter(status="told").count() == 1


def test_redis_killed_flushed_and_away_costs_nobody_a_page_or_a_message(tmp_path: Path) -> None:
    """What is owed stands in PostgreSQL, and each ring looks anew.

    Seen failing: with a ring by the verb instead of beat's, mail never came.
    """
    client = f.client_of(f.person())
    with smtp() as box, valkey(tmp_path) as bell, plant(tmp_path, REDIS_URL=bell.url) as made:
        made.worker(**by(box))
        first = tell(3)
        until(lambda: len(box.mails) == 3)

        with redis.Redis.from_url(bell.url) as there:
            there.flushall()
        Message.objects.filter(channel="mail").update(sent_at=None, leased_until=None)
        until(lambda: len(box.mails) == 6)

        bell.kill()
        outbox.queue_all("away", [f.person()], rfc=None, subject="News", text="While away", at=clock.now())
        for path in ("/", "/rfcs/", "/inbox/", "/api/v1/health/"):
            assert client.get(path).status_code == 200
        pause(60)
        assert waiting() == 1
        bell.start()
        until(lambda: waiting() == 0)

        assert set(box.visible.values()) == {1}
        assert len(box.visible) == len(first) + 1


def test_nothing_of_these_tests_is_left_running(tmp_path: Path) -> None:
    with plant(tmp_path) as made:
        child = made.worker()
        pause(1)
    assert isinstance(made, Plant)
    with pytest.raises(ProcessLookupError):
        os.kill(child.pid, 0)
