"""The packages that a change touches, who depends on them, who owns them, and what breaks."""

import re
from collections.abc import Iterable, Iterator

from breakwater import checking, owners, rules
from breakwater.changes import ChangeSet
from breakwater.findings import NOTICE, CannotCheck, Finding
from breakwater.git import Change
from breakwater.packages import ROOT
from breakwater.records import record

_STATUS = {"A": "added", "D": "deleted", "R": "renamed"}
_DATA = ("DJ", "SQ", "JS")
_AFTER = ("SP005", "CM008")
"""What a run adds about breaks, and no breaks themselves."""
_DATA_PATH = re.compile("|".join(family.wants for family in rules.FAMILIES if family.letters in _DATA), re.DOTALL)


@record(frozen=True, slots=True)
class Touched:
    """A package that the change touches; `files` in the change's order, each with what became of it."""

    package: str
    files: tuple[tuple[str, str], ...]
    owners: tuple[str, ...]
    breaks: tuple[Finding, ...]


@record(frozen=True, slots=True)
class Dependent:
    """A package that the change leaves alone and that depends on one of those it touches.

    `way` leads there: from a touched package to the last one before; a direct dependent has one step.
    """

    package: str
    way: tuple[str, ...]
    owners: tuple[str, ...]

    @property
    def is_direct(self) -> bool:
        return len(self.way) == 1


@record(frozen=True, slots=True)
class Impact:
    """Everything that is known of a change."""

    subject: str
    touched: tuple[Touched, ...]
    elsewhere: tuple[str, ...]
    """Paths outside every package."""
    dependents: tuple[Dependent, ...]
    breaks: tuple[Finding, ...]
    data_files: tuple[tuple[str, str], ...]
    """Migrations, SQL and JSON schemas among the files, whatever the rules say of them."""
    notices: tuple[str, ...]
    """Which tools did not look, as they are not installed or may not run."""
    allowed: int
    """Breaks that a comment or the baseline allows, and that are therefore not among the others."""
    gaps: tuple[str, ...]


def of(change_set: ChangeSet, subject: str) -> Impact:
    """The impact of a change."""
    report = checking.run(change_set, change_set.config, rules.break_families())
    told = [finding for finding in report.findings if finding.rule not in _AFTER]
    breaks = tuple(finding for finding in told if not _is_notice(finding))
    known = _owners(change_set)
    files = [one for change in change_set.changes for one in _files(change)]
    return Impact(
        subject=subject,
        touched=tuple(_touched(change_set, package, files, known, breaks) for package in change_set.touched),
        elsewhere=tuple(path for path, _ in files if change_set.package_of(path) == ROOT),
        dependents=tuple(Dependent(one, way, known.of_package(one)) for one, way in _ways(change_set).items()),
        breaks=breaks,
        data_files=tuple(one for one in files if _DATA_PATH.search(one[0])),
        notices=tuple(finding.message for finding in told if _is_notice(finding)),
        allowed=len(report.allowed),
        gaps=tuple(change_set.gaps),
    )


def _is_notice(finding: Finding) -> bool:
    """Whether a tool says that it did not look. What it finds has a line, or its own rule's name."""
    return finding.level == NOTICE and not finding.line and finding.rule in ("SQ001", "EX001")


def _owners(change_set: ChangeSet) -> owners.Owners:
    """Those of the old side: a change does not choose who looks at it."""
    side = change_set.old if change_set.old.root else change_set.new
    try:
        return owners.read(side.content)
    except CannotCheck as error:
        change_set.could_not(f"owners: {error}")
        return owners.Owners()


def _ways(change_set: ChangeSet) -> dict[str, tuple[str, ...]]:
    if not change_set.touched:
        return {}
    try:
        return change_set.graph.all_dependents(change_set.touched)
    except CannotCheck as error:
        change_set.could_not(f"dependents: {error}")
        return {}


def _files(change: Change) -> Iterator[tuple[str, str]]:
    """Path and what became of it; a rename is on both sides."""
    if change.old_path and change.new_path and change.old_path != change.new_path:
        yield from ((change.old_path, "moved away"), (change.new_path, "moved here"))
    else:
        yield change.path, _STATUS.get(change.status, "modified")


def _touched(
    change_set: ChangeSet,
    package: str,
    files: Iterable[tuple[str, str]],
    known: owners.Owners,
    breaks: Iterable[Finding],
) -> Touched:
    own = tuple((path, status) for path, status in files if change_set.package_of(path) == package)
    people = [*known.of_package(package), *(owner for path, _ in own for owner in known.of(path))]
    found = tuple(finding for finding in breaks if change_set.package_of(finding.path) == package)
    return Touched(package, own, tuple(dict.fromkeys(people)), found)
