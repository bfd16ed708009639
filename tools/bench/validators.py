"""usage: python -m tools.bench.validators [--rounds 15]   (make bench-validators)

What a hook costs a developer: CPU of one call, user and system, git's own processes included. The console scripts run
from an environment of their own, installed as pre-commit does, in a repository made for the purpose. Each round runs
every command once, so that a machine whose speed drifts does not tell two commands apart.
"""

from __future__ import annotations

import argparse
import compileall
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "bench-validators.md"
HEAD = """# Measured: the hooks

Written by `make bench-validators` (`python -m tools.bench.validators`). CPU milliseconds of one call, user and system,
git's processes included, and how many times that is what the same Python needs to start (`python -c pass`) and what git
needs for the bare list of changes (`git diff --cached --raw`); the medians of rounds in which every command runs once.
Times differ between machines and no time fails anything; compare the ratios.
"""
SCRIPT = """#!{python}
import re
import sys
from {module} import main
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(main())
"""
SCRIPTS = {
    "validate-single-package-development": "breakwater.commands.single_package",
    "validate-breaking-change-justification": "breakwater.commands.justification",
    "validate-commit-message": "breakwater.commands.commit_message",
}
PACKAGES, MODULES = 40, 25
MESSAGE = "feat!: another result\n\nBREAKING CHANGE: total is gone\n\n- Updated src/packages/shop/p0/\n\nCloses #1\n"
START, GIT = "python -c pass", "git diff --cached --raw"


@dataclass(frozen=True, slots=True)
class Call:
    """One row of the table: a command and where it runs. Those without a goal are what others are compared with."""

    name: str
    command: tuple[str, ...]
    folder: Path
    goal: float | None = None


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tools.bench.validators", description=__doc__)
    parser.add_argument("--rounds", type=int, default=15)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory(prefix="breakwater-bench-") as folder:
        calls = prepared(Path(folder))
        times = measured(calls, rounds)
    text = table(calls, times)
    print(text)
    PAGE.write_text(f"{HEAD}\n{about(rounds)}\n\n{text}\n")
    return 0


# What is measured


def prepared(folder: Path) -> list[Call]:
    scripts = installed(folder / "environment")
    quiet, kept, broken = (repository(folder / name) for name in ("quiet", "kept", "broken"))
    change(quiet, "README.md", "# Prices\n\nMore words.\n")
    change(broken, "module_0.py", module(0).replace("def total_3(", "def grand_total_3("))
    change(kept, "module_0.py", f"{module(0)}\n\ndef more() -> int:\n    return 1\n")
    for name, text in (("fix", "fix: a thing\n\nThe reason.\n"), ("break", MESSAGE)):
        (folder / name).write_text(text)
    scope, words = str(scripts / "validate-single-package-development"), str(scripts / "validate-commit-message")
    return [
        Call(START, (str(scripts / "python"), "-c", "pass"), quiet),
        Call(GIT, ("git", "diff", "--cached", "--raw"), quiet),
        Call("message hook", (words, str(folder / "fix")), quiet, 71),
        Call("message hook, a breaking change", (words, str(folder / "break")), broken, 71),
        Call("staged hook, no Python API to compare", (scope,), quiet, 60),
        Call("staged hook, a Python API compared", (scope,), kept, 250),
        Call("staged hook, a break of a Python API found", (scope,), broken, 250),
    ]


def installed(folder: Path) -> Path:
    """An environment with the package and its console scripts, as pip writes them; the folder of the scripts."""
    venv.create(folder, symlinks=True)
    packages = next(folder.glob("lib/python*/site-packages"))
    shutil.copytree(ROOT / "breakwater", packages / "breakwater", ignore=shutil.ignore_patterns("__pycache__"))
    compileall.compile_dir(packages / "breakwater", quiet=2)
    scripts = folder / "bin"
    for name, module_name in SCRIPTS.items():
        path = scripts / name
        path.write_text(SCRIPT.format(python=scripts / "python", module=module_name))
        path.chmod(0o755)
    return scripts


def repository(folder: Path) -> Path:
    """A monorepo of a thousand modules with one commit."""
    for package in range(PACKAGES):
        inside = folder / f"src/packages/shop/p{package}"
        inside.mkdir(parents=True)
        (inside / "__init__.py").touch()
        (inside / "README.md").write_text("# Prices\n")
        for number in range(MODULES):
            (inside / f"module_{number}.py").write_text(module(number))
    git(folder, "init", "--quiet")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--no-verify", "-m", "chore: begin")
    return folder


def module(number: int) -> str:
    """A module of some 300 lines."""
    return "".join(
        f'class Price_{number}_{at}:\n    """A price."""\n\n'
        f"    def __init__(self, amount: int, vat: int = 19) -> None:\n"
        f"        self.amount = amount\n        self.vat = vat\n\n    def gross(self, rounding: int = 2) -> float:\n"
        f"        return round(self.amount * (100 + self.vat) / 100, rounding)\n\n\n"
        f"def total_{at}(items: list[int], vat: int = 19) -> int:\n    return sum(items) * (100 + vat) // 100\n\n\n"
        for at in range(20)
    )


def change(folder: Path, name: str, text: str) -> None:
    (folder / "src/packages/shop/p0" / name).write_text(text)
    git(folder, "add", "--all")


def git(folder: Path, *arguments: str) -> None:
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.org", "-c", "gc.auto=0")
    subprocess.run(("git", "-C", folder, *who, *arguments), check=True, env=environment())


def environment() -> dict[str, str]:
    """Nothing of whoever runs the benchmark: neither git's places nor Python's."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GIT_", "PYTHON", "PRE_COMMIT"))}
    return {**kept, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}


# Measuring


def measured(calls: Sequence[Call], rounds: int) -> dict[str, list[float]]:
    """CPU milliseconds of every call, round by round; the first round warms up and does not count."""
    found = [{call.name: cost(call) for call in calls} for _ in range(rounds + 1)][1:]
    return {call.name: [one[call.name] for one in found] for call in calls}


def cost(call: Call) -> float:
    """What the kernel says of the process and of those it waited for."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123  a device
        process = subprocess.Popen(
            call.command, cwd=call.folder, env=environment(), stdin=nowhere, stdout=nowhere, stderr=nowhere
        )
        _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in (0, 1):
        raise SystemExit(f"{' '.join(call.command)} ended with {process.returncode}")
    return 1_000 * (usage.ru_utime + usage.ru_stime)


# Telling

COLUMNS = ("call", "CPU ms", "goal", "met", "times Python's start", "times git's list")


def table(calls: Sequence[Call], times: dict[str, list[float]]) -> str:
    rows = [COLUMNS, *(tuple(row(call, times)) for call in calls)]
    widths = [max(len(line[n]) for line in rows) for n in range(len(COLUMNS))]
    lines = [" | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in rows]
    rule = "|".join("-" * (width + 2) for width in widths)
    return "\n".join([f"| {lines[0]} |", f"|{rule}|", *(f"| {line} |" for line in lines[1:])])


def row(call: Call, times: dict[str, list[float]]) -> Iterator[str]:
    own = times[call.name]
    yield call.name
    yield f"{median(own):.1f}"
    yield f"<= {call.goal:g}" if call.goal else ""
    yield ("yes" if median(own) <= call.goal else "no") if call.goal else ""
    for other in (START, GIT):
        yield f"{median(one / base for one, base in zip(own, times[other], strict=True)):.1f}"


def about(rounds: int) -> str:
    said = subprocess.run(("git", "--version"), capture_output=True, text=True, check=True).stdout.strip()
    where = f"{os.cpu_count()} cores, Python {platform.python_version()}, {said}"
    what = f"a repository of {PACKAGES} packages with {MODULES} modules each"
    return f"{date.today():%d %B %Y}, {where}; {rounds} rounds in {what}."


if __name__ == "__main__":
    sys.exit(main())
