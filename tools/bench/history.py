"""usage: python -m tools.bench.history [REPOSITORY] [--rounds 5]   (make bench-history REPOSITORY=...)

What `breakwater-history` costs beside `git log --raw` of the same repository; without one, of a history made for it.

CPU seconds, user and system, of a whole process with the processes that it starts, so the history's own git is counted;
the commands take turns, and the median of the rounds counts. The floor is the cheaper of git's two ways: with rename
detection, as `git log --raw` does by itself, and without. A partial clone cannot do the first.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

GOAL = 2.0
COMMITS, PACKAGES = 20_000, 40


@dataclass(frozen=True, slots=True)
class Cost:
    """CPU seconds, and the most memory that one of the processes held, in MiB."""

    seconds: float
    memory: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="breakwater-bench-") as folder:
        repository = options.repository or made(Path(folder) / "made")
        costs = measured(commands(repository, Path(folder) / "cache.sqlite"), options.rounds)
        count = subprocess.check_output(["git", "-C", repository, "rev-list", "--count", "HEAD"], text=True)
    return printed(costs, int(count))


def made(folder: Path, commits: int = COMMITS) -> Path:
    """A bare repository with so many commits, each of some files in one or two of its packages."""
    subprocess.run(["git", "init", "--quiet", "--bare", "--initial-branch=main", folder], check=True)
    stream = b"".join(map(_commit, range(commits)))
    subprocess.run(["git", "-C", folder, "fast-import", "--quiet"], input=stream, check=True)
    return folder


def _commit(number: int) -> bytes:
    """One commit for `git fast-import`: every tenth crosses packages, every fiftieth is marked as breaking."""
    mark, footer = ("!", "\n\nBREAKING CHANGE: another result") if number % 50 == 0 else ("", "")
    text = f"feat{mark}: step {number}{footer}\n"
    packages = {number % PACKAGES, *([(number + 1) % PACKAGES] if number % 10 == 0 else [])}
    paths = [f"src/packages/shop/p{package}/m{number * at % 97}.py" for package in packages for at in (1, 3, 5)]
    files = "".join(
        f"M 644 inline {path}\ndata {len(f'X = {number}')}\nX = {number}\n" for path in dict.fromkeys(paths)
    )
    who = f"Bench <bench@example.org> {1_600_000_000 + 600 * number} +0000"
    return f"commit refs/heads/main\ncommitter {who}\ndata {len(text)}\n{text}{files}\n".encode()


def commands(repository: Path, cache: Path) -> dict[str, list[str]]:
    git = ["git", "-C", str(repository), "log", "--raw"]
    history = [sys.executable, "-m", "breakwater.commands.history", "-C", str(repository), "--format", "json"]
    return {
        "git log --raw": git,
        "git log --raw --no-renames": [*git, "--no-renames"],
        "breakwater-history": [*history, "--no-cache"],
        "breakwater-history, first run with a cache": ["rm", "-f", str(cache)],
        "breakwater-history, nothing new": [*history, "--cache", str(cache)],
    }


def measured(chosen: dict[str, list[str]], rounds: int) -> dict[str, Cost]:
    """The median of each command that succeeds."""
    found: dict[str, list[Cost]] = {}
    for _ in range(rounds + 1):
        for name, command in chosen.items():
            cost = run(command if command[0] != "rm" else _first(command, chosen))
            if cost:
                found.setdefault(name, []).append(cost)
    return {
        name: Cost(median(c.seconds for c in costs[1:]), max(c.memory for c in costs)) for name, costs in found.items()
    }


def _first(remove: list[str], chosen: dict[str, list[str]]) -> list[str]:
    subprocess.run(remove, check=True)
    return chosen["breakwater-history, nothing new"]


def run(command: Sequence[str]) -> Cost | None:
    """What one run costs; None where it fails. Shallow clones end with 3, and are measured all the same."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(started.pid, 0)
    started.returncode = os.waitstatus_to_exitcode(status)
    if started.returncode not in (0, 3):
        return None
    return Cost(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def printed(costs: dict[str, Cost], commits: int) -> int:
    """A line for each command; 1 where the goal is not met."""
    floors = [cost.seconds for name, cost in costs.items() if name.startswith("git log")]
    floor = min(floors)
    print(f"{commits:,} commits; the floor is {floor:.2f} s of CPU")
    for name, cost in costs.items():
        ratio = cost.seconds / floor
        print(
            f"  {name:<44} {cost.seconds:6.2f} s  {ratio:5.2f} x  {1000 * cost.seconds / commits:.3f} ms a commit",
            end="",
        )
        print(f"  {cost.memory:4.0f} MiB")
    ratio = costs["breakwater-history"].seconds / floor
    print(f"goal: at most {GOAL:g} x; {'met' if ratio <= GOAL else 'NOT met'} ({ratio:.2f} x)")
    return 0 if ratio <= GOAL else 1


if __name__ == "__main__":
    sys.exit(main())
