"""Beat's own pace: setting the machine's clock back or forth stops no ring."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from celery import Celery

from governance import ringing
from governance.celery import app
from governance.ringing import Ring, Scheduler

MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """No second passes."""
    found = ringing.steady_now()
    monkeypatch.setattr(ringing, "steady_now", lambda: found)
    return found


def ring(last_run_at: datetime | None = None) -> Ring:
    return Ring("outbox", "rfcs.tasks.deliver", last_run_at, schedule=60.0, app=app)


def test_a_ring_is_due_after_its_pause_and_not_before(now: datetime) -> None:
    early, late = ring(now - MINUTE / 2).is_due(), ring(now - MINUTE).is_due()

    assert (early.is_due, early.next) == (False, 30)
    assert (late.is_due, late.next) == (True, 60)


@pytest.mark.parametrize("minutes", [-10, 10])
def test_a_clock_that_is_set_moves_no_ring(minutes: int, now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    before = ring(now - MINUTE / 2)
    monkeypatch.setattr(Celery, "now", lambda app: datetime.now(UTC) + minutes * MINUTE)

    assert before.is_due().next == 30
    assert next(before).last_run_at == now


def test_a_file_of_rings_from_a_clock_that_was_ahead_stops_none(now: datetime) -> None:
    assert ring(now + 10 * MINUTE).is_due().is_due
    assert not next(ring(now + 10 * MINUTE)).is_due().is_due


def test_beat_rings_so() -> None:
    assert app.conf.beat_scheduler == f"{Scheduler.__module__}:{Scheduler.__name__}"
    assert Scheduler.Entry is Ring
