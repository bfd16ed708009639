"""Every check that needs no test run, in one command: what failed, and how to mend it.

usage: make check    (python -m tools.check [name ...] runs only the steps that are named)
"""

import concurrent.futures
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
ROOMS = ["breakwater", "rfcs", "approvals", "governance", "tools", "tests"]


@dataclass(frozen=True, slots=True)
class Check:
    """One command, and the sentence for whom it fails."""

    name: str
    command: tuple[str, ...]
    mend: str


@dataclass(frozen=True, slots=True)
class Outcome:
    check: Check
    code: int
    said: str
    seconds: float


def python(*arguments: str) -> tuple[str, ...]:
    return (sys.executable, *arguments)


def tool(name: str, *arguments: str) -> tuple[str, ...]:
    return (str(BIN / name), *arguments)


def checks() -> list[Check]:
    """The steps, the longest first, for they run side by side."""
    rooms = [room for room in ROOMS if (ROOT / room).is_dir()]
    templates = [
        Check("templates' shape", tool("djlint", "--quiet", "--check", "templates"), "make format"),
        Check("templates", tool("djlint", "--quiet", "--lint", "templates"), "mend the lines above"),
    ]
    return [
        Check("types", tool("mypy", *rooms), "mend the types above"),
        Check("migrations", python("manage.py", "makemigrations", "--check", "--dry-run"), "manage.py makemigrations"),
        Check("imports", tool("lint-imports"), "see [tool.importlinter] in pyproject.toml: rooms look downward only"),
        *(templates if (ROOT / "templates").is_dir() else []),
        Check("format", tool("ruff", "format", "--check", "."), "make format"),
        Check("lint", tool("ruff", "check", "."), "make format, then mend what is left"),
        Check("addresses", python("-m", "tools.addresses"), "take the registry's address out"),
        Check(
            "locks",
            python("-m", "tools.lock", "--check"),
            "make lock (or, to move as little as possible, python -m tools.lock --keep)",
        ),
    ]


def main() -> int:
    """Run the checks that are named, or all, side by side; 1 when one fails."""
    chosen = [check for check in checks() if check.name in sys.argv[1:] or not sys.argv[1:]]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        failed = [outcome for outcome in pool.map(run, chosen) if report(outcome)]
    for outcome in failed:
        print(f"make check: {outcome.check.name} failed; to mend it: {outcome.check.mend}", file=sys.stderr)
    return 1 if failed else 0


def run(check: Check) -> Outcome:
    """Run one check without a database of its own and keep what it says."""
    begin = time.monotonic()
    done = subprocess.run(
        check.command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "PYTHONWARNINGS": "ignore::RuntimeWarning"},
    )
    return Outcome(check, done.returncode, done.stdout, time.monotonic() - begin)


def report(outcome: Outcome) -> bool:
    """Print how a check ended, with its words when it failed; True when it did."""
    failed = outcome.code != 0
    print(f"  {outcome.check.name:<18} {'FAILED' if failed else 'ok':<7} {outcome.seconds:.1f} s", flush=True)
    if failed:
        print(outcome.said.rstrip(), flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
