"""Make .venv hold what a lock file lists, checked by hash, using nothing but the standard library.

usage: python3 tools/bootstrap.py portal|dev

A stamp in .venv remembers the digests of the locks that are installed, so a start with nothing to do takes
a fraction of a second. The development lock contains the portal's; installing it settles both.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "breakwater-stamp.json"
PYTHON = VENV / "bin" / "python"
LOCKS = {"portal": ("portal",), "dev": ("portal", "dev")}
OLDEST = (3, 11)

NO_VENV = (
    "This Python has no 'ensurepip', so it cannot make a virtual environment: install it"
    " (Debian and Ubuntu: apt install python3-venv) and run the command again."
)
NO_SPACE = "The disk is full: free about 1 GB where the project lies (and in the temporary folder), then run again."
SYMPTOMS = (
    (("no space left on device", "errno 28", "os error 28"), NO_SPACE),
    (
        ("hash mismatch", "do not match the hashes", "hashes are required"),
        "A package's hash differs from the lock's: clear the package cache and run again.",
    ),
    (
        (
            "error sending request",
            "failed to fetch",
            "connection error",
            "name resolution",
            "network is unreachable",
            "newconnectionerror",
            "dns error",
            "timed out",
            "certificate_verify_failed",
            "connecterror",
            "max retries",
            "connection refused",
            "from versions: none",
            "no matching distribution",
        ),
        "The packages could not be downloaded: check the network (or the proxy settings) and run again.",
    ),
    (
        ("gcc", "cc1", "clang", "rustc", "cargo", "failed to build", "failed building wheel", "python.h"),
        "A package has no ready build for this machine and could not be compiled: install a C compiler"
        " (Debian and Ubuntu: apt install build-essential python3-dev) and run again.",
    ),
)


class Stop(Exception):
    """The set-up cannot go on; the text is one sentence that says what to do."""


def main() -> int:
    """Install the lock named on the command line; 1 with one sentence when that is not possible."""
    try:
        prepare(sys.argv[1] if len(sys.argv) == 2 else "")
    except Stop as stop:
        print(f"\nset-up stopped: {stop}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"\nset-up stopped: {explain(error)}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def explain(error: OSError) -> str:
    """One sentence for a failure of the file system."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return NO_SPACE
    return f"{error.strerror} ({error.filename}): the project's folder must be writable by the user who runs this."


def prepare(lock: str) -> None:
    """Bring .venv up to date with one lock; two that start at once take turns."""
    if lock not in LOCKS:
        raise Stop("say which packages: python3 tools/bootstrap.py portal, or dev.")
    if sys.version_info < OLDEST:
        raise Stop(
            f"Python 3.11 or newer is needed and this is {sys.version.split()[0]}: make PYTHON=/path/to/python3.11 ..."
        )
    if is_current(lock):
        return
    with one_at_a_time():
        if not is_current(lock):
            install(lock)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Hold the lock of the set-up; the kernel frees it however the holder ends."""
    (ROOT / "var").mkdir(exist_ok=True)
    with (ROOT / "var" / "bootstrap.lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def is_current(lock: str) -> bool:
    """Whether the stamp says that this lock, as it reads now, is installed in a .venv made here."""
    stamp = read_stamp()
    return is_ours(stamp) and stamp.get(lock) == digest(lock)


def read_stamp() -> dict[str, str]:
    """What the last set-up noted, or nothing when there was none or it was cut short."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_ours(stamp: dict[str, str]) -> bool:
    """Whether .venv was made at this place and its interpreter is still there."""
    return stamp.get("root") == str(ROOT) and PYTHON.exists()


def digest(lock: str) -> str:
    """The SHA-256 of a lock file."""
    return hashlib.sha256((ROOT / "requirements" / f"{lock}.txt").read_bytes()).hexdigest()


def install(lock: str) -> None:
    """Make .venv if needed, put the lock's packages in, and stamp it."""
    stamp = read_stamp()
    if not is_ours(stamp):
        create()
        stamp = {"root": str(ROOT)}
        STAMP.write_text(json.dumps(stamp))
    install_uv()
    install_packages(lock)
    point_home()
    STAMP.write_text(json.dumps(stamp | {name: digest(name) for name in LOCKS[lock]}))


def create() -> None:
    """Make an empty virtual environment with pip, replacing one that was cut short or moved here."""
    if VENV.is_symlink():
        raise Stop(
            f"{VENV.name} is a link, and what it points to is not ours to replace: remove the link and run again."
        )
    with step(f"making .venv with Python {sys.version.split()[0]}"):
        if importlib.util.find_spec("ensurepip"):
            run(sys.executable, "-m", "venv", "--clear", str(VENV))
        elif uv := shutil.which("uv"):
            run(uv, "venv", "--quiet", "--seed", "--clear", "--python", sys.executable, str(VENV))
        else:
            raise Stop(NO_VENV)


def install_uv() -> None:
    """Try to get the fast installer; a platform without it is served by pip."""
    lock = str(ROOT / "requirements" / "bootstrap.txt")
    with step("fetching the installer"), contextlib.suppress(subprocess.CalledProcessError):
        attempt(*pip_install(), "--retries", "1", "--only-binary", ":all:", "-r", lock)


def install_packages(lock: str) -> None:
    """Install a lock with uv, else with pip, which also knows indexes that only pip is configured for."""
    path = str(ROOT / "requirements" / f"{lock}.txt")
    with step(f"installing the packages of requirements/{lock}.txt"):
        uv = VENV / "bin" / "uv"
        if uv.exists():
            with contextlib.suppress(subprocess.CalledProcessError):
                attempt(str(uv), "pip", "install", "--quiet", "--require-hashes", "--python", str(PYTHON), "-r", path)
                return
        run(*pip_install(), "--retries", "1", "-r", path)


def point_home() -> None:
    """Let the programs in .venv/bin find the project's own packages, wherever they are called from."""
    for packages in VENV.glob("lib/python*/site-packages"):
        (packages / "breakwater-source-tree.pth").write_text(f"{ROOT}\n")


def pip_install() -> tuple[str, ...]:
    """The pip command that refuses whatever the lock has no hash for."""
    return (str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes")


def attempt(*command: str) -> None:
    """Run a command silently; CalledProcessError holds what it said."""
    quiet = {**os.environ, "PYTHONWARNINGS": "ignore"}
    subprocess.run(command, check=True, capture_output=True, text=True, env=quiet, stdin=subprocess.DEVNULL)


def run(*command: str) -> None:
    """Run a command silently; Stop with the cause in one sentence when it fails, the details in a file."""
    try:
        attempt(*command)
    except subprocess.CalledProcessError as failure:
        said = f"{failure.stdout}\n{failure.stderr}"
        raise Stop(diagnose(said)) from None


def diagnose(said: str) -> str:
    """The sentence for a failed installer, from the words that it printed."""
    low = said.lower()
    for words, sentence in SYMPTOMS:
        if any(word in low for word in words):
            return sentence
    log = ROOT / "var" / "bootstrap.log"
    log.write_text(said)
    return f"An installer failed; what it said is in {log.relative_to(ROOT)}."


@contextlib.contextmanager
def step(what: str) -> Iterator[None]:
    """Say what is going on, and how long it took."""
    print(f"  {what} ...", end="", flush=True)
    start = time.monotonic()
    yield
    print(f" {time.monotonic() - start:.1f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
