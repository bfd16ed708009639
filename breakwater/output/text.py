"""For people: one finding after the other, what is allowed, and how to read on."""

from collections.abc import Iterator

from breakwater.changes import shown
from breakwater.config import BASELINE
from breakwater.findings import ERROR, Finding
from breakwater.output import Outcome, readable
from breakwater.output.calls import call, with_calls
from breakwater.rules import break_families

_BREAKS = tuple(family.letters for family in break_families())
_MEANT = """\
A break that is meant passes once it is declared: by a complete and signed justification that names the package,
in a range also by its commit (`feat!: ...` with `BREAKING CHANGE:`). Or allow it """
_SIGNS = {".sql": "--", ".rs": "//", ".go": "//", ".mod": "//", ".js": "//", ".ts": "//", ".proto": "//"}
"""How a line becomes a comment; `#` elsewhere."""


def write(outcome: Outcome) -> str:
    return "".join(f"{line}\n" for text in _texts(outcome) for line in _lines(text))


def _lines(text: str) -> Iterator[str]:
    """The text's lines. Only the first begins at the margin: what a file is called cannot pass for a finding."""
    first, *more = readable(text).split("\n")
    yield first
    for line in more:
        yield with_calls(line if line.startswith("  ") else f"  {line}")


def _texts(outcome: Outcome) -> Iterator[str]:
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
    errors = [finding for finding in outcome.report.findings if finding.level == ERROR]
    if errors:
        broken = [finding for finding in errors if finding.rule.startswith(_BREAKS)]
        if broken:
            yield from f"{_MEANT}{_allowing(min(broken, key=lambda finding: finding.rule))}".split("\n")
            yield "Where there is no such line, the baseline allows what is found now; give each entry its reason:"
            yield f"  {call(outcome.tool)}{_range(outcome.subject)} --write-baseline > {BASELINE}"
        yield f"{len(errors)} error{'s' if len(errors) > 1 else ''} in {outcome.subject}. What a rule means:"
        yield f"  {call(outcome.tool)} --explain {min(finding.rule for finding in errors)}"


def _range(subject: str) -> str:
    base, dots, head = subject.partition("...")
    return f" --base {base} --head {head}" if dots else ""


def _allowing(finding: Finding) -> str:
    """How such a finding is allowed; JSON has no comments, but two places for them that its readers know."""
    words = f"breaking: allow {finding.rule} the reason"
    if finding.path.endswith("package.json"):
        return f'by a line of its own in the file:\n`"//": "{words}",`'
    if finding.path.endswith(".json"):
        return f'by a line of its own in the file:\n`"$comment": "{words}",`'
    sign = next((sign for end, sign in _SIGNS.items() if finding.path.endswith(end)), "#")
    return f"in its line:\n`{sign} {words}`."
