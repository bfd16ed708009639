"""One run of rule families over one change: what was found, what is allowed, what could not be checked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from breakwater.findings import ERROR, NOTICE, CannotCheck, Finding
from breakwater.globs import matches
from breakwater.records import field, record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from breakwater.allowances import Allowed, Entry
    from breakwater.changes import ChangeSet
    from breakwater.config import Config
    from breakwater.rules import Family

FOUND, WRONG_CALL, NOT_CHECKED = 1, 2, 3
"""Exit codes; 0 says that everything was checked and nothing is wrong."""


@record(slots=True)
class Report:
    """The outcome, in the order of the rules' families, then of path and line."""

    findings: list[Finding] = field(default_factory=list)
    allowed: list[Allowed] = field(default_factory=list)
    gaps: list[str] = field(default_factory=list)
    error: str = ""
    """Why nothing was looked at, where the call or the configuration was wrong."""

    @property
    def code(self) -> int:
        """The exit code: what was found beats what could not be checked."""
        if self.error:
            return WRONG_CALL
        if any(finding.level == ERROR for finding in self.findings):
            return FOUND
        return NOT_CHECKED if self.gaps else 0


def run(change_set: ChangeSet, config: Config, families: Iterable[Family]) -> Report:
    """Let every family look that the changed paths concern."""
    paths = list(change_set.paths)
    found: list[Finding] = []
    breaking: list[Finding] = []
    for family in families:
        if family.concerns(paths, config):
            own = list(_looked(family, change_set, config))
            found += own
            breaking += own if family.breaks else []
    report = settle(found, change_set, config)
    if breaking and not change_set.whole:
        counting = [finding for finding in report.findings if finding in breaking and finding.level == ERROR]
        after = settle(_after_breaks(change_set, config, counting), change_set, config)
        report.findings = [*_declared(change_set, config, report.findings, breaking), *after.findings]
        report.allowed += after.allowed
    report.gaps = list(change_set.gaps)
    return report


def _looked(family: Family, change_set: ChangeSet, config: Config) -> Iterator[Finding]:
    """What the family finds until it cannot look any further."""
    try:
        yield from family.load().check(change_set, config)
    except CannotCheck as error:
        change_set.could_not(f"{family.letters} rules: {error}")


def _after_breaks(change_set: ChangeSet, config: Config, breaks: list[Finding]) -> list[Finding]:
    """SP005 and CM008 judge what the other families found."""
    from breakwater.rules import messages, scope  # noqa: PLC0415  only where something breaks: the hook stays fast

    try:
        return [*scope.dependents_left(change_set, config, breaks), *messages.unmarked(change_set, breaks)]
    except CannotCheck as error:
        change_set.could_not(str(error))
        return []


def _declared(change_set: ChangeSet, config: Config, findings: list[Finding], breaking: list[Finding]) -> list[Finding]:
    """Breaks that are meant become notices; everything else stays."""
    from breakwater.rules import declared  # noqa: PLC0415  as above

    others = [finding for finding in findings if finding not in breaking]
    try:
        meant = list(declared.settled(change_set, config, [finding for finding in findings if finding in breaking]))
    except CannotCheck as error:
        change_set.could_not(str(error))
        return findings
    return [*others, *meant]


def settle(found: Iterable[Finding], change_set: ChangeSet | None, config: Config) -> Report:
    """Sort findings into those that count and those that are allowed; drop what the configuration leaves out."""
    report = Report()
    wanted = [f for f in found if not config.ignores(f.rule) and not (f.path and matches(f.path, config.exclude))]
    if not wanted:
        return report
    entries = _baseline(change_set, config) if change_set else ()
    for finding in dict.fromkeys(wanted):
        allowed = _allowance(finding, change_set, entries) if finding.level != NOTICE else None
        if allowed:
            report.allowed.append(allowed)
        else:
            report.findings.append(finding)
    return report


def _baseline(change_set: ChangeSet, config: Config) -> tuple[Entry, ...]:
    from breakwater import allowances  # noqa: PLC0415  only where something was found: the hook stays fast

    content = change_set.new_bytes(config.baseline)
    return allowances.read(content, config.baseline) if content is not None else ()


def _allowance(finding: Finding, change_set: ChangeSet | None, entries: tuple[Entry, ...]) -> Allowed | None:
    from datetime import date  # noqa: PLC0415  as above

    from breakwater import allowances  # noqa: PLC0415

    allowed = allowances.in_text(finding, *_texts(finding, change_set))
    return allowed or allowances.in_baseline(finding, entries, date.today())


def _texts(finding: Finding, change_set: ChangeSet | None) -> tuple[str | None, str | None]:
    """The file of the finding on the new side and, unless it is new, on the old one."""
    if change_set is None or finding.path not in change_set.paths:
        return None, None
    try:
        before = None if change_set.whole else change_set.old_text(finding.path)
        return change_set.new_text(finding.path), before
    except CannotCheck:
        return None, None
