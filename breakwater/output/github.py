"""Workflow commands of GitHub Actions: annotations beside the changed lines."""

from collections.abc import Iterator

from breakwater.findings import NOTICE, Finding
from breakwater.output import Outcome, readable


def write(outcome: Outcome) -> str:
    return "".join(f"{line}\n" for line in _lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    yield from map(_command, outcome.report.findings)
    for one in outcome.report.allowed:
        finding, words = one.finding, f"allowed by {one.where}: {one.finding.message} ({one.reason})"
        yield _command(Finding(finding.rule, NOTICE, finding.path, finding.line, words))
    if outcome.report.error:
        yield f"::error title=wrong call::{_data(outcome.report.error)}"
    yield from (f"::error title=could not check::{_data(gap)}" for gap in outcome.report.gaps)


def _command(finding: Finding) -> str:
    facts = [f"title={_property(finding.rule)}"]
    if finding.path:
        facts.insert(0, f"file={_property(finding.path)}")
    if finding.line:
        facts.insert(1, f"line={finding.line}")
    return f"::{finding.level} {','.join(facts)}::{_data(finding.message)}"


def _data(text: str) -> str:
    return readable(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
