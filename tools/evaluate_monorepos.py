"""What the rules that find breaks say of the commits of a real repository, and how often the authors had said it.

usage: python -m tools.evaluate_monorepos REPOSITORY [--last N] [--rows FILE] [--read N] [--dependents]

REPOSITORY is a clone, bare or not. Looks at the last N commits without merges, each against its parent. `--rows`
writes every finding as a row (commit, marked, level, rule, place, sentence, subject); `--read` prints that many
findings of unmarked commits, spread evenly, for a person to judge. `--dependents` also asks the rules that judge
breaks: SP005, who is left behind, and CM008, a break that nobody marked.
"""

import argparse
import csv
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from breakwater import rules
from breakwater.changes import ChangeSet
from breakwater.config import Config
from breakwater.findings import ERROR, CannotCheck, Finding
from breakwater.git import Repository
from breakwater.rules import messages, scope

MARK = re.compile(r"\A\w+(?:\([^)]*\))?!:|^BREAKING[ -]CHANGES?:", re.MULTILINE)


@dataclass(slots=True)
class Looked:
    """One commit, what was found in it, and what could not be looked into."""

    commit: str
    subject: str
    marked: bool
    findings: list[Finding] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)

    @property
    def flagged(self) -> bool:
        return any(finding.level == ERROR for finding in self.findings)


def main() -> int:
    options = parsed()
    begin = time.process_time()
    with Repository(options.repository) as repository:
        records = log(repository, options.last)
        commits = [looked(repository, *record, dependents=options.dependents) for record in records]
    summary(commits, time.process_time() - begin)
    if options.rows:
        write(commits, options.rows)
    for commit, finding in spread(commits, options.read):
        print(f"\n{commit.commit[:10]} {commit.subject}")
        print(f"    {finding.rule} {finding.path}:{finding.line} {finding.message}")
    return 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--last", type=int, default=1000)
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--read", type=int, default=0)
    parser.add_argument("--dependents", action="store_true")
    return parser.parse_args()


def log(repository: Repository, last: int) -> Iterator[tuple[str, str, str]]:
    """Commit, parent and message of the last commits that are no merges and have a parent."""
    said = repository.run("log", "--no-merges", f"--max-count={last}", "--format=%H %P%x00%B%x01", "HEAD")
    for record in said.decode("utf-8", "replace").split("\x01"):
        names, _, message = record.strip("\n").partition("\0")
        commit, _, parent = names.partition(" ")
        if parent:
            yield commit, parent, message


def looked(repository: Repository, commit: str, parent: str, message: str, *, dependents: bool) -> Looked:
    """What the families that find breaks say of one commit."""
    result = Looked(commit, message.partition("\n")[0], bool(MARK.search(message)))
    config = Config()
    change_set = ChangeSet(
        repository, repository.diff(parent, commit), old=f"{parent}:", new=f"{commit}:", config=config
    )
    for family in rules.break_families():
        if family.concerns(list(change_set.paths), config):
            try:
                result.findings.extend(family.load().check(change_set, config))
            except CannotCheck as error:
                result.gaps.append(str(error))
    if dependents:
        errors = [finding for finding in result.findings if finding.level == ERROR]
        result.findings.extend(scope.dependents_left(change_set, config, errors))
        result.findings.extend(messages.unmarked(change_set, errors))
    result.gaps.extend(change_set.gaps)
    return result


def summary(commits: list[Looked], seconds: float) -> None:
    """How many marked and unmarked commits are flagged, and by which rules."""
    for name, marked in (("marked as breaking", True), ("not marked", False)):
        chosen = [commit for commit in commits if commit.marked == marked]
        flagged = sum(commit.flagged for commit in chosen)
        share = f"{100 * flagged / len(chosen):.1f} %" if chosen else "-"
        print(f"{name:<20} {len(chosen):>6} commits, {flagged:>5} with errors ({share})")
        counts = Counter(f.rule for commit in chosen for f in commit.findings)
        print("   ", ", ".join(f"{rule} {count}" for rule, count in sorted(counts.items())) or "nothing found")
    gaps = sum(bool(commit.gaps) for commit in commits)
    print(f"could not check: {gaps} commits; {1000 * seconds / max(1, len(commits)):.1f} ms of CPU a commit")


def write(commits: list[Looked], path: Path) -> None:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        for commit in commits:
            for f in commit.findings:
                place = f"{f.path}:{f.line}"
                writer.writerow((commit.commit, int(commit.marked), f.level, f.rule, place, f.message, commit.subject))
            writer.writerows(
                (commit.commit, int(commit.marked), "gap", "", "", gap, commit.subject) for gap in commit.gaps
            )


def spread(commits: list[Looked], count: int) -> Iterator[tuple[Looked, Finding]]:
    """The first error of flagged unmarked commits, evenly over the history."""
    flagged = [commit for commit in commits if commit.flagged and not commit.marked]
    step = max(1, len(flagged) // count) if count else 0
    for commit in flagged[::step][:count] if count else []:
        yield commit, next(f for f in commit.findings if f.level == ERROR)


if __name__ == "__main__":
    sys.exit(main())
