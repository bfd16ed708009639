"""Celery for real: beat rings, a worker sweeps, Redis carries, the outbox sends; each reminder once."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from rfcs import clock
from rfcs.models import Message
from tests import factories as f

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 60
ROOT = Path(__file__).resolve().parents[2]
OVERDUE = "reminder:first-response:"


@pytest.fixture
def celery(tmp_path: Path) -> Iterator[Path]:
    """A worker with beat inside on this test's database and Redis, sweeping every second; the folder of its mail."""
    database = settings.DATABASES["default"]
    host = database["HOST"] or database.get("OPTIONS", {}).get("host", "")
    where = f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={host}"
    more = {"DATABASE_URL": where, "BREAKWATER_SWEEP_SECONDS": "1", "BREAKWATER_VAR": str(tmp_path)}
    schedule = str(tmp_path / "schedule")
    command = ["-m", "celery", "--app", "governance", "worker", "--beat", "--schedule", schedule, "--pool", "solo"]
    with (tmp_path / "celery.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, *command, "--loglevel", "INFO"], cwd=ROOT, env=os.environ | more, stdout=log, stderr=log
        )
        yield tmp_path / "mail"
        process.terminate()
        process.wait(30)


def until(path: Path, wanted: int) -> None:
    """Wait for so many mails, at most PATIENCE seconds."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and len(list(path.glob("*"))) < wanted:
        time.sleep(0.2)


def test_overdue_review_reaches_its_signers_once_through_beat_and_redis(celery: Path) -> None:
    members = f.board(3)
    with clock.shifted(timedelta(days=-10)):
        rfc = f.rfc_in("review")
    Message.objects.filter(rfc=rfc).update(sent_at=clock.now())

    until(celery, len(members))
    time.sleep(3)  # two more sweeps

    reminders = Message.objects.filter(key__startswith=OVERDUE)
    assert sorted(reminders.values_list("recipient", "channel")) == sorted(
        (member.pk, channel) for member in members for channel in ("in_app", "mail")
    )
    assert not reminders.filter(sent_at=None).exists()
    texts = [mail.read_text() for mail in celery.glob("*")]
    assert sorted(sum(f"To: {member.email}" in text for text in texts) for member in members) == [1, 1, 1]
