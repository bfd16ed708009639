"""The first response is overdue: everyone awaited is reminded, once, over both channels."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from approvals.models import Round
from approvals.reminders import sweep
from rfcs import clock
from rfcs.models import RFC, Message
from tests import factories as f


def reminders(rfc: RFC) -> list[tuple[int, str]]:
    rows = Message.objects.filter(rfc=rfc, key__contains=":first-response-overdue:").order_by("recipient", "channel")
    return list(rows.values_list("recipient", "channel"))


@pytest.mark.django_db
def test_nothing_is_due_before_its_time(clock_shift: Callable[..., None]) -> None:
    rfc = f.rfc_in("review")
    due = Round.objects.get(rfc=rfc).first_response_due
    clock_shift(seconds=(due - clock.now()).total_seconds() - 5)

    assert sweep() == 0
    assert reminders(rfc) == []


@pytest.mark.django_db
def test_overdue_reminds_everyone_awaited_in_the_portal_and_by_mail_once(clock_shift: Callable[..., None]) -> None:
    members = f.board(3)
    rfc = f.rfc_in("review")
    clock_shift(days=7)

    assert [sweep(), sweep(), sweep()] == [6, 0, 0]
    assert reminders(rfc) == [(member.pk, channel) for member in members for channel in ("in_app", "mail")]


@pytest.mark.django_db
@pytest.mark.parametrize("position", ["approve", "discuss", "abstain", "recuse", "no_objection"])
def test_after_any_response_nobody_is_reminded(position: str, clock_shift: Callable[..., None]) -> None:
    one, *_ = f.board(3)
    rfc = f.rfc_in("review")
    f.sign(rfc, one, position)
    clock_shift(days=7)

    assert sweep() == 0
    assert reminders(rfc) == []


@pytest.mark.django_db
def test_a_closed_round_reminds_nobody(clock_shift: Callable[..., None]) -> None:
    rfc = f.move(f.rfc_in("review"), "recall")
    clock_shift(days=7)

    assert sweep() == 0
    assert reminders(rfc) == []


@pytest.mark.django_db
def test_a_second_round_reminds_again(clock_shift: Callable[..., None]) -> None:
    rfc = f.rfc_in("review")
    clock_shift(days=7)
    sweep()
    f.move(rfc, "recall")
    f.move(rfc, "request_review")
    clock_shift(days=14)

    assert sweep() == 6
    assert len(reminders(rfc)) == 12


@pytest.mark.django_db
def test_the_reminder_says_when_it_was_due_and_leads_to_the_rfc(clock_shift: Callable[..., None]) -> None:
    rfc = f.rfc_in("review")
    due = Round.objects.get(rfc=rfc).first_response_due
    clock_shift(days=7)

    sweep()

    message = Message.objects.filter(key__contains=":first-response-overdue:").first()
    assert message is not None
    assert f"was due {due:%A %d %B %Y, %H:%M} UTC" in message.text
    assert rfc.number in message.path


@pytest.mark.django_db(transaction=True)
def test_sweeps_at_the_same_time_remind_once() -> None:
    rfc = f.rfc_in("review")
    together = Barrier(4)
    found: list[int] = []

    def run() -> None:
        try:
            with clock.shifted(timedelta(days=7)):
                together.wait()
                found.append(sweep())
        finally:
            connection.close()

    threads = [Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 4
    assert len(reminders(rfc)) == 6
