"""CPU time of this process and of the PostgreSQL backend that serves it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from django.db import connection
from django.test.utils import CaptureQueriesContext

TICK = 0.01
"""Seconds; the unit of /proc/<pid>/stat on Linux."""


class CannotMeasure(Exception):
    """A sentence that says why there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU milliseconds of one request."""

    application: float
    database: float

    @property
    def total(self) -> float:
        return self.application + self.database


class Meter:
    """Reads both clocks around a call. The backend is asleep again before its clock is read."""

    def __init__(self) -> None:
        connection.settings_dict["CONN_MAX_AGE"] = None  # one backend for the whole run
        connection.ensure_connection()
        self.backend = Path(f"/proc/{connection.connection.info.backend_pid}")
        name = self.backend / "comm"
        if not name.exists() or "postgres" not in name.read_text():
            raise CannotMeasure("PostgreSQL's CPU time cannot be read: it has to run on this machine, under Linux.")

    def of(self, call: Callable[[], Any]) -> Cost:
        database, application = self.database(), time.process_time()
        call()
        application = time.process_time() - application
        return Cost(application * 1_000, (self.database() - database) * 1_000)

    def database(self) -> float:
        """Seconds of CPU that the backend has had; in nanoseconds where the kernel tells, else in ticks."""
        fine = self.backend / "schedstat"
        if fine.exists():
            return int(fine.read_text().split()[0]) / 1e9
        return self._ticks() * TICK

    def _ticks(self) -> int:
        fields = (self.backend / "stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])


class Captured(CaptureQueriesContext):
    """The statements of a call, without what only opens and ends transactions."""

    def __init__(self) -> None:
        super().__init__(connection)

    def __enter__(self) -> Self:
        super().__enter__()
        return self

    @property
    def statements(self) -> list[str]:
        texts = (query["sql"] for query in self.captured_queries)
        return [text for text in texts if text.split(" ", 1)[0] in {"SELECT", "INSERT", "UPDATE", "DELETE"}]
