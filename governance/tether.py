"""Child processes that end with us: tied by the kernel where it can, by a ledger on disk where it cannot.

Linux signals a child when its parent ends, however it ended. Elsewhere, and for what slips through, the
ledger remembers each child by process id and start time, so the next start ends what the last one left, and
never a stranger that was given the same id.
"""

import contextlib
import ctypes
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

PR_SET_PDEATHSIG = 1
SAME_START = 2.0
"""Seconds by which two readings of one process's start may differ, for the clock may be set in between."""

_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


NO_SPACE = "The disk is full: free some space where the project lies, then run the command again."


class CannotStart(Exception):
    """Something outside stands in the way; the text is one sentence that says what to do."""

    @classmethod
    def because(cls, what: str, log: Path) -> "CannotStart":
        """The sentence for a process that failed, with the cause from its log where it is a known one."""
        words = log.read_text(errors="replace") if log.exists() else ""
        if "No space left on device" in words or "Disk quota exceeded" in words:
            return cls(NO_SPACE)
        lines = [line.strip() for line in words.splitlines() if line.strip()] or ["(nothing)"]
        telling = [line for line in lines if "FATAL" in line or "Error" in line] or lines
        return cls(f"{what}; the reason stands in {log}: {telling[-1]}")


def end_with_parent(number: int = signal.SIGTERM) -> None:
    """Ask the kernel to send this signal to the calling process when its parent ends; nothing outside Linux."""
    if _libc is not None:
        _libc.prctl(PR_SET_PDEATHSIG, number)


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    last_signal: int = signal.SIGTERM,
    user: str | None = None,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start a server in a session of its own, so that a Ctrl-C in the terminal reaches only us.

    Output goes to `log`; the log of the run before is kept beside it with the ending `.1`.
    """
    rotate(log)
    with log.open("wb") as output:
        child = subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: end_with_parent(last_signal),
            env=env,
            **as_account(user),
        )
    assert child.stdin is not None
    with contextlib.suppress(BrokenPipeError):
        child.stdin.write(stdin)
        child.stdin.close()
    return child


def as_account(user: str | None) -> dict[str, Any]:
    """The arguments that make a child run as another account, without our supplementary groups."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def rotate(log: Path) -> None:
    """Make room for the log of a new run."""
    log.parent.mkdir(parents=True, exist_ok=True)
    if log.exists():
        log.replace(log.with_name(f"{log.name}.1"))


def stop(child: subprocess.Popen[bytes], *signals: int, patience: float = 5.0) -> None:
    """Send the signals in turn until the child has ended, each with its patience in seconds; SIGKILL is last."""
    for number in (*signals, signal.SIGKILL):
        if child.poll() is not None:
            return
        child.send_signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(patience)


@dataclass(frozen=True, slots=True)
class Ledger:
    """The children of one data folder, on disk: name -> [process id, start in seconds of the epoch]."""

    path: Path

    def note(self, name: str, pid: int) -> None:
        """Remember a child that was just started."""
        with contextlib.suppress(psutil.NoSuchProcess):
            self._write(self._read() | {name: [pid, psutil.Process(pid).create_time()]})

    def clear(self) -> None:
        """Forget all children: they have ended."""
        self.path.unlink(missing_ok=True)

    def leftovers(self) -> dict[str, psutil.Process]:
        """The children of an earlier run that still live."""
        alive = {}
        for name, (pid, started) in self._read().items():
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(int(pid))
                is_ours = abs(process.create_time() - started) < SAME_START
                if is_ours and process.status() != psutil.STATUS_ZOMBIE:
                    alive[name] = process
        return alive

    def end_leftovers(self, *, patience: float = 5.0) -> list[str]:
        """End what an earlier run left behind and return its names; the caller holds the data folder."""
        alive = self.leftovers()
        family = [p for parent in alive.values() for p in (*_children(parent), parent)]
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        for process in psutil.wait_procs(family, timeout=patience)[1]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(family, timeout=1)
        self.clear()
        return list(alive)

    def _read(self) -> dict[str, list[float]]:
        try:
            content = json.loads(self.path.read_text())
        except (OSError, ValueError):
            return {}
        return content if isinstance(content, dict) else {}

    def _write(self, content: Mapping[str, list[float]]) -> None:
        write_private(self.path, json.dumps(content))


def _children(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.NoSuchProcess:
        return []


def write_private(path: Path, text: str) -> None:
    """Write a file that only this user may read, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        draft.unlink()
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)
    draft.replace(path)


def wait_until(ready: Callable[[], object], *, seconds: float, pause: float = 0.03) -> bool:
    """Ask until the answer is true; False when the time is over."""
    limit = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > limit:
            return False
        time.sleep(pause)
    return True


def package_folders(name: str) -> list[Path]:
    """Where a package lies, without importing it: the ones with servers in them do much at import."""
    spec = importlib.util.find_spec(name)
    return [Path(place) for place in (spec.submodule_search_locations or [])] if spec else []
