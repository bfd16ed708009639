"""Celery for real: beat rings, a worker sweeps, Redis carries, the outbox sends; each reminder once."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from rfcs import clock
from rfcs.models import Message
from tests import factories as f
from tests.faults.plant import PATIENCE, until

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[2]
OVERDUE = "reminder:first-response:"


@pytest.fixture
def celery(tmp_path: Path) -> Iterator[Path]:
    """A worker with beat inside on this test's database and Redis, sweeping every second; the folder it writes to."""
    database = settings.DATABASES["default"]
    host = database["HOST"] or database.get("OPTIONS", {}).get("host", "")
    where = f"postgresql://{database['USER']}:{database['PASSWORD']}@/{database['NAME']}?host={host}"
    more = {"DATABASE_URL": where, "BREAKWATER_SWEEP_SECONDS": "1", "BREAKWATER_VAR": str(tmp_path)}
    more["LOG_LEVEL"] = "INFO"
    schedule = str(tmp_path / "schedule")
    command = ["-m", "celery", "--app", "governance", "worker", "--beat", "--schedule", schedule, "--pool", "solo"]
    with (tmp_path / "celery.log").open("w") as log:
        process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=os.environ | more, stdout=log, stderr=log)
        yield tmp_path
        process.terminate()
        process.wait(PATIENCE)


def sweeps(folder: Path) -> int:
    """How many the worker says that it has made."""
    return len(re.findall(r"approvals\.tasks\.sweep\S* succeeded", (folder / "celery.log").read_text()))


def test_overdue_review_reaches_its_signers_once_through_beat_and_redis(celery: Path) -> None:
    members = f.board(3)
    with clock.shifted(timedelta(days=-10)):
        rfc = f.rfc_in("review")
    Message.objects.filter(rfc=rfc).update(sent_at=clock.now())

    reminders = Message.objects.filter(key__startswith=OVERDUE)
    until(lambda: reminders.exists() and not reminders.filter(sent_at=None).exists())
    before = sweeps(celery)
    until(lambda: sweeps(celery) >= before + 2)

    assert sorted(reminders.values_list("recipient", "channel")) == sorted(
        (member.pk, channel) for member in members for channel in ("in_app", "mail")
    )
    texts = [mail.read_text() for mail in (celery / "mail").glob("*")]
    assert sorted(sum(f"To: {member.email}" in text for text in texts) for member in members) == [1, 1, 1]
