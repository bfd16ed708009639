"""Processes of a portal for tests that kill them: each is started here, ended here by its own id, on the loopback."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from django.conf import settings

from governance import embedded, tether

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180.0
"""Seconds; a machine with other work takes long to start a worker."""


def until(ready: Callable[[], object], seconds: float = PATIENCE) -> None:
    """Wait for something; say so when it does not come."""
    assert tether.wait_until(ready, seconds=seconds, pause=0.05), f"it did not happen within {seconds:g} seconds"


def database() -> str:
    """This test's database, for processes outside."""
    found = settings.DATABASES["default"]
    host = found["HOST"] or found.get("OPTIONS", {}).get("host", "")
    return f"postgresql://{found['USER']}:{found['PASSWORD']}@/{found['NAME']}?host={host}"


@dataclass(slots=True)
class Plant:
    """Starts processes with one environment and ends all that are left."""

    folder: Path
    variables: dict[str, str] = field(default_factory=dict)
    children: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, *command: str, **more: str) -> subprocess.Popen[bytes]:
        environment = {"DATABASE_URL": database(), "BREAKWATER_VAR": str(self.folder)} | self.variables | more
        with (self.folder / f"{len(self.children)}.log").open("wb") as log:
            child = subprocess.Popen(
                [sys.executable, "-m", *command], cwd=ROOT, env=os.environ | environment, stdout=log, stderr=log
            )
        self.children.append(child)
        return child

    def worker(self, **more: str) -> subprocess.Popen[bytes]:
        """A worker, and a beat of its own that rings every second; both are children of the test."""
        self.beat()
        return self.worker_alone(**more)

    def worker_alone(self, **more: str) -> subprocess.Popen[bytes]:
        return self.start(*CELERY, "worker", "--pool", "solo", **FAST, **more)

    def beat(self, **more: str) -> subprocess.Popen[bytes]:
        schedule = str(self.folder / f"schedule-{len(self.children)}")
        return self.start(*CELERY, "beat", "--pidfile=", "--schedule", schedule, **FAST, **more)

    def web(self, port: int, **more: str) -> subprocess.Popen[bytes]:
        command = ("gunicorn", "governance.wsgi:application", "--bind", f"127.0.0.1:{port}")
        return self.start(
            *command, "--worker-class", "gthread", "--workers", "1", "--threads", "8", "--no-control-socket", **more
        )

    def end(self) -> None:
        for child in self.children:
            kill(child)


CELERY = ("celery", "--app", "governance")
FAST: Mapping[str, str] = {"BREAKWATER_SWEEP_SECONDS": "1", "BREAKWATER_OUTBOX_SECONDS": "0.5"}


@contextlib.contextmanager
def plant(folder: Path, **variables: str) -> Iterator[Plant]:
    made = Plant(folder, variables)
    try:
        yield made
    finally:
        made.end()


def kill(child: subprocess.Popen[bytes]) -> None:
    """At once, with the processes that it started."""
    if child.poll() is None:
        for one in tether._children(psutil.Process(child.pid)):
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGKILL)
        with contextlib.suppress(ProcessLookupError):
            child.send_signal(signal.SIGCONT)
    child.wait(30)


@contextlib.contextmanager
def valkey(folder: Path) -> Iterator[Doorbell]:
    bell = Doorbell(folder, embedded.free_port())
    bell.start()
    try:
        yield bell
    finally:
        bell.kill()


@dataclass(slots=True)
class Doorbell:
    """A Valkey of a test's own, on one port, that can be killed and started again empty."""

    folder: Path
    port: int
    child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://:bell@127.0.0.1:{self.port}/0"

    def start(self) -> None:
        facts = {"host": "127.0.0.1", "port": self.port, "password": "bell", "durable": "no"}
        lines = embedded.SETTINGS.format(folder=json.dumps(str(self.folder)), **facts)
        self.child = tether.start(
            [embedded._valkey_binary(), "-"], log=self.folder / "valkey.log", stdin=lines.encode()
        )
        until(lambda: embedded._pongs(self.port, "bell"), 20)

    def kill(self) -> None:
        if self.child is not None:
            kill(self.child)
            self.child = None


def pause(seconds: float) -> None:
    """For what must not happen: there is nothing to wait for."""
    time.sleep(seconds)
