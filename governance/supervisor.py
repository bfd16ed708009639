"""The whole portal on one machine: servers, sample data, then web, worker and beat side by side.

usage: python -m governance.supervisor    (make demo; PORT, BIND and the variables of settings.py apply)

Every ending is clean: Ctrl-C, a terminate signal and the death of one process stop all of them, PostgreSQL
last. Nothing here loads Django; each step of the set-up is a command of its own, as an operator would run it.
"""

import contextlib
import errno
import hashlib
import json
import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from honcho.manager import SYSTEM_PRINTER_NAME, Manager
from honcho.printer import Message
from honcho.process import Popen, Process

from governance import embedded, tether
from governance.tether import NO_SPACE, CannotStart

STEPS = {
    "migrate": ("bringing the database up to date", ["migrate", "--no-input", "--verbosity", "0"]),
    "collectstatic": ("collecting style sheets and scripts", ["collectstatic", "--no-input", "--verbosity", "0"]),
    "seed_demo": ("preparing the sample data", ["seed_demo"]),
}
PROCESSES = {
    "web": "-m gunicorn governance.wsgi:application --bind {bind}:{port} --worker-class gthread --workers 2 --threads 4"
    " --limit-request-line 8190 --no-control-socket --graceful-timeout 3 --name breakwater",
    "worker": "-m celery --app governance worker --concurrency 2 --without-mingle --without-gossip",
    "beat": "-m celery --app governance beat --pidfile= --schedule {var}/celerybeat-schedule",
}
DEAF_TO = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
PATIENCE = 60
"""Seconds until the first page must have come."""


class Ended(BaseException):
    """A signal asks us to end; like KeyboardInterrupt, nothing but the outermost frame may catch it."""


def main() -> int:
    """Run until a signal or a death; 1 with one sentence when something stands in the way.

    After a signal it is 0, so that make stays quiet about what was asked for.
    """
    for number in DEAF_TO:
        signal.signal(number, _end)
    try:
        return Demo(port=_port(), bind=os.environ.get("BIND", embedded.LOOPBACK)).run()
    except CannotStart as obstacle:
        print(f"\nBreakwater cannot start: {obstacle}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nBreakwater cannot start: {_explain(error)}", file=sys.stderr)
        return 1
    except Ended:
        print("\nStopped.")
        return 0


def _explain(error: OSError) -> str:
    """One sentence for a full or closed file system; any other failure of the system is raised again."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NO_SPACE
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"{error.filename} cannot be written: give the user who runs this the right to."
    raise error


def _end(_number: int, _frame: object) -> None:
    deaf()
    raise Ended


def _port() -> int:
    try:
        port = int(os.environ.get("PORT") or 8000)
    except ValueError:
        port = 0
    if not 1 <= port <= 65535:
        raise CannotStart(f"PORT={os.environ['PORT']} is no port: say a number from 1 to 65535.")
    return port


@dataclass(slots=True)
class Demo:
    """One run of the demo on a port."""

    port: int
    bind: str
    var: Path = field(default_factory=embedded.data_folder)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def run(self) -> int:
        """Start everything, tell when it is ready, and stay until the end."""
        begin = time.monotonic()
        self._refuse_a_second()
        self._check_port()
        print(f"Starting Breakwater; its data and logs are in {self.var}", flush=True)
        servers = embedded.Servers(self.var, say=step)
        try:
            self._set_environment(servers.start(f"The portal at {self.url}"))
            self._do("migrate")
            self._collect()
            self._do("seed_demo")
            return self._serve(servers.ledger, begin)
        finally:
            deaf()
            servers.stop()

    def _refuse_a_second(self) -> None:
        """A demo that runs already is a sentence of its own, before its port would be found taken."""
        if embedded.is_owned(self.var):
            with embedded.owned(self.var, ""):
                pass

    def _check_port(self) -> None:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((self.bind, self.port))
            except OSError as error:
                raise CannotStart(self._why_no_port(error)) from None

    def _why_no_port(self, error: OSError) -> str:
        taken = error.errno == errno.EADDRINUSE
        why = "is in use by another program" if taken else f"of {self.bind} cannot be used ({error.strerror})"
        return f"port {self.port} {why}: choose another one, as in `make demo PORT={18000 + self.port % 1000}`."

    def _set_environment(self, addresses: dict[str, str]) -> None:
        os.environ.update(addresses)
        os.environ.update(PORT=str(self.port), PYTHONUNBUFFERED="1", BREAKWATER_VAR=str(self.var))
        os.environ.setdefault("BREAKWATER_ENV", "demo")

    def _collect(self) -> None:
        """Collect the static files when they or the packages that bring some have changed since the last time."""
        mark, now = self.var / "static.mark", fingerprint_of_static_files()
        if not mark.exists() or mark.read_text() != now or not (self.var / "static").is_dir():
            self._do("collectstatic")
            mark.write_text(now)

    def _do(self, name: str) -> None:
        """Run one command of the set-up; CannotStart with the cause when it fails."""
        what, arguments = STEPS[name]
        log = self.var / "log" / f"{name}.log"
        with step(what), log.open("wb") as output:
            command = [sys.executable, str(embedded.ROOT / "manage.py"), *arguments]
            done = subprocess.run(
                command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, check=False
            )
        if done.returncode:
            raise CannotStart.because(f"`manage.py {name}` failed", log)

    def _serve(self, ledger: tether.Ledger, begin: float) -> int:
        logs = Logs(self.var / "log", ledger)
        manager = Supervisor(logs, and_then=lambda: self._announce(manager, begin))
        for name, command in PROCESSES.items():
            filled = command.format(bind=self.bind, port=self.port, var=shlex.quote(str(self.var)))
            manager.add_process(name, f"exec {shlex.quote(sys.executable)} {filled}", cwd=str(embedded.ROOT))
        print("  starting web, worker and beat ...", end="", flush=True)
        manager.loop()
        if manager.ended_by_signal:
            raise Ended
        died = f"{logs.first_death} ended by itself, so everything was stopped"
        print(f"\nBreakwater stopped: {CannotStart.because(died, logs.file_of_first_death)}", file=sys.stderr)
        return 1

    def _announce(self, manager: "Supervisor", begin: float) -> None:
        """Wait for the first page, then say where everything is; runs beside the supervisor's loop."""
        if not tether.wait_until(lambda: manager.is_ending or self._answers(), seconds=PATIENCE, pause=0.1):
            print(
                f"\nNo page after {PATIENCE} s: look into {self.var / 'log' / 'web.log'}", file=sys.stderr, flush=True
            )
        elif not manager.is_ending:
            print(f" {time.monotonic() - manager.begin:.1f} s", flush=True)
            print(welcome(self.url, self.var, time.monotonic() - begin), flush=True)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(self.url, timeout=5):  # noqa: S310 - our own address
                return True
        except urllib.error.HTTPError as error:
            return error.code < 500
        except OSError:
            return False


def fingerprint_of_static_files() -> str:
    """A digest of names, sizes and times of the static files, and of the lock of the packages."""
    files = sorted(path for path in (embedded.ROOT / "static").rglob("*") if path.is_file())
    facts = [f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files]
    facts.append((embedded.ROOT / "requirements" / "portal.txt").read_text())
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def welcome(url: str, var: Path, seconds: float) -> str:
    """What a newcomer needs to know: the address, the accounts and how to stop."""
    lines = ["", f"Breakwater is ready after {seconds:.0f} s:  {url}", ""]
    lines += accounts(var / "demo.json")
    lines += ["", f"Mail goes to {var / 'mail'}, logs to {var / 'log'}.", "Ctrl-C stops everything; the data stays."]
    return "\n".join(lines)


def accounts(found: Path) -> list[str]:
    """The table of accounts that seed_demo left, as lines of even columns."""
    try:
        rows = [_row(account) for account in json.loads(found.read_text())["accounts"]]
    except (OSError, ValueError, KeyError):
        return [f"There is no list of accounts in {found}."]
    table = [("user", "password", "roles", "API token"), *rows]
    widths = [max(len(row[column]) for row in table) for column in range(4)]
    return [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]


def _row(account: dict[str, Any]) -> tuple[str, str, str, str]:
    roles = account.get("roles") or "engineer"
    names = roles if isinstance(roles, str) else ", ".join(roles)
    return str(account["username"]), str(account["password"]), names, str(account.get("token", ""))


# Steps --------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is going on, and how long it took."""
    begin = time.monotonic()
    print(f"  {what} ...", end="", flush=True)
    yield
    print(f" {time.monotonic() - begin:.1f} s", flush=True)


def deaf() -> None:
    """From now on nothing interrupts us: what is left to do is short, and must not be cut."""
    for number in DEAF_TO:
        signal.signal(number, signal.SIG_IGN)


# Processes ----------------------------------------------------------------------------------------------


class Logs:
    """A printer for honcho: each process writes to a file of its own, and the first death is noted."""

    width = 0

    def __init__(self, folder: Path, ledger: tether.Ledger) -> None:
        self.folder = folder
        self.ledger = ledger
        self.first_death = ""
        self._files: dict[str, Any] = {}

    @property
    def file_of_first_death(self) -> Path:
        return self.folder / f"{self.first_death}.log"

    def write(self, message: Message) -> None:
        text = message.data.decode("utf-8", "replace") if isinstance(message.data, bytes) else message.data
        if message.name == SYSTEM_PRINTER_NAME:
            self._watch(text)
        output = self._file(message.name)
        output.write(text)
        output.flush()

    def _watch(self, text: str) -> None:
        """Read honcho's own lines, `web started (pid=1)` and `web stopped (rc=1)`."""
        name, _, rest = text.partition(" ")
        if rest.startswith("started (pid="):
            self.ledger.note(name, int(rest.partition("=")[2].strip(" )\n")))
        elif rest.startswith("stopped (rc=") and not self.first_death:
            self.first_death = name

    def _file(self, name: str) -> Any:
        if name not in self._files:
            path = self.folder / f"{name}.log"
            tether.rotate(path)
            self._files[name] = path.open("w", encoding="utf-8")
        return self._files[name]


class Tethered(Process):  # type: ignore[misc]
    """A process of honcho's, and the process that watches it, that end when the supervisor is killed."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._child_ctor = partial(Popen, preexec_fn=_begin_afresh, stdin=subprocess.DEVNULL)

    def run(self, events: Any = None, ignore_signals: bool = False) -> None:
        deaf()
        tether.end_with_parent(signal.SIGKILL)
        super().run(events, ignore_signals)


def _begin_afresh() -> None:
    """In the child: hear signals again, and end with the process that watches it."""
    for number in DEAF_TO:
        signal.signal(number, signal.SIG_DFL)
    tether.end_with_parent()


class Supervisor(Manager):  # type: ignore[misc]
    """Honcho's manager, which may be told to end before all its processes have started."""

    def __init__(self, printer: Logs, *, and_then: Callable[[], None]) -> None:
        """`and_then` runs in a thread once the processes are under way."""
        super().__init__(printer)
        self._process_ctor = Tethered
        self._and_then = and_then
        self.begin = time.monotonic()
        self.is_ending = False

    @property
    def ended_by_signal(self) -> bool:
        return self.returncode in (130, 143)

    def terminate(self) -> None:
        self.is_ending = True
        if self._all_started():
            super().terminate()

    def _any_stopped(self) -> bool:
        """Also true when the end was asked for: from then on honcho's patience of five seconds runs."""
        return self.is_ending or super()._any_stopped()

    def _start(self) -> None:
        signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        super()._start()
        threading.Thread(target=self._and_then, daemon=True).start()


if __name__ == "__main__":
    sys.exit(main())
