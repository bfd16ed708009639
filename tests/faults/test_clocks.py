"""Machines whose clocks are ten minutes off (row 45): what is due, leased and told goes by the database's clock."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from approvals import reminders
from rfcs import clock
from rfcs.delivery import outbox
from rfcs.models import Message, Reminder
from tests import factories as f
from tests.faults.plant import pause, plant, until
from tests.receivers import smtp

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.soak]
OFF = """
import datetime, os, time_machine
time_machine.travel(datetime.timedelta(minutes=int(os.environ["NODE_CLOCK"]))).start()
"""
"""What Python reads at its start, when it stands in a file of this name on its path."""


def queue(key: str, **row: object) -> None:
    outbox.queue(key, to=f.person(), rfc=None, subject=key, text=key, at=clock.now(), channels=("mail",))
    Message.objects.filter(key__startswith=f"{key}:").update(**row)


def standing() -> dict[str, bool]:
    return {row.subject: row.sent_at is not None for row in Message.objects.filter(rfc=None)}


@pytest.mark.parametrize(("beat", "worker"), [("-10", "10"), ("10", "-10")])
def test_machines_ten_minutes_off_send_and_remind_by_the_clock_of_the_database(
    beat: str, worker: str, tmp_path: Path
) -> None:
    """Rings of one machine are good on the other; what is due in five minutes waits; what another worker holds, too.

    The database's clock is moved to five minutes before a reminder.
    """
    (tmp_path / "sitecustomize.py").write_text(OFF)
    f.board(3)
    f.rfc_in("review")
    reminders.sweep()
    Message.objects.all().delete()
    shift = Reminder.objects.earliest("at").at - clock.now() - timedelta(minutes=5)
    where = {"PYTHONPATH": str(tmp_path), "BREAKWATER_CLOCK_SHIFT": f"{shift.total_seconds():.0f} seconds"}
    with clock.shifted(shift), smtp() as box:
        now = clock.now()
        queue("now")
        queue("due a minute ago", not_before=now - timedelta(minutes=1))
        queue("due in five minutes", not_before=now + timedelta(minutes=5))
        queue("held by another", leased_until=now + timedelta(minutes=5))
        queue("held no longer", leased_until=now - timedelta(minutes=1))
        with plant(tmp_path, EMAIL_URL=f"smtp://127.0.0.1:{box.port}", **where) as made:
            made.worker_alone(NODE_CLOCK=worker)
            made.beat(NODE_CLOCK=beat)
            until(lambda: sum(standing().values()) == 3)
            pause(4)

    sent = {name for name, is_sent in standing().items() if is_sent}
    assert sent == {"now", "due a minute ago", "held no longer"}
    assert not Message.objects.filter(key__startswith="reminder:").exists()
    assert not Reminder.objects.filter(status="told").exists()
