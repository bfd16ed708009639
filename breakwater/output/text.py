"""For people: one finding after the other, what is allowed, and how to read on."""

from collections.abc import Iterator

from breakwater.changes import shown
from breakwater.findings import ERROR, Finding
from breakwater.output import Outcome, printable
from breakwater.rules import break_families

_BREAKS = tuple(family.letters for family in break_families())
_MEANT = """\
A break that is meant passes once it is declared: by a complete and signed justification that names the package,
in a range also by its commit (`feat!: ...` with `BREAKING CHANGE:`). Or allow it in its line:
`# breaking: allow {} the reason`."""


def write(outcome: Outcome) -> str:
    return "".join(f"{printable(line)}\n" for line in _lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    report = outcome.report
    for finding in report.findings:
        yield f"{_place(finding)}{finding.level}: {finding.rule} {finding.message}"
    for allowed in report.allowed:
        until = f" until {allowed.until}" if allowed.until else ""
        finding = allowed.finding
        what = f"{finding.rule} {_first_line(finding)} ({allowed.reason})"
        yield f"{_place(finding)}allowed by {allowed.where}{until}: {what}"
    yield from _end(outcome)


def _first_line(finding: Finding) -> str:
    return finding.message.partition("\n")[0]


def _place(finding: Finding) -> str:
    if not finding.path:
        return ""
    return f"{shown(finding.path)}:{finding.line}: " if finding.line else f"{shown(finding.path)}: "


def _end(outcome: Outcome) -> Iterator[str]:
    errors = {finding.rule for finding in outcome.report.findings if finding.level == ERROR}
    if errors:
        count = sum(finding.level == ERROR for finding in outcome.report.findings)
        if any(rule.startswith(_BREAKS) for rule in errors):
            yield _MEANT.format(next(rule for rule in sorted(errors) if rule.startswith(_BREAKS)))
        yield (
            f"{count} error{'s' if count > 1 else ''} in {outcome.subject}. "
            f"What a rule means: {outcome.tool} --explain {min(errors)}"
        )
