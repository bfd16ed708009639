"""How beat rings: by its own pace, whatever is done to the clock of its machine."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from celery.beat import PersistentScheduler, ScheduleEntry
from celery.schedules import schedstate

BEGAN = datetime.now(UTC), time.monotonic()


def steady_now() -> datetime:
    """The machine's time as this process found it, going on by seconds that passed."""
    found, began = BEGAN
    return found + timedelta(seconds=time.monotonic() - began)


class Ring(ScheduleEntry):  # type: ignore[misc] # Celery has no types
    """One task and its pause. By the machine's clock, setting that back would stop all rings until it caught up."""

    def default_now(self) -> datetime:
        return steady_now()

    def is_due(self) -> schedstate:
        """Now, too, when the last ring is in the future: the clock was wrong when the file of rings was written."""
        now, pause = steady_now(), self.schedule.run_every
        left = (self.last_run_at + pause - now).total_seconds()
        is_due = left <= 0 or self.last_run_at > now
        return schedstate(is_due, pause.total_seconds() if is_due else left)


class Scheduler(PersistentScheduler):  # type: ignore[misc]
    """Keeps in a file when each task was rung for."""

    Entry = Ring
