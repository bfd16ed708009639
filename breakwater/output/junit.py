"""JUnit's XML: a test case for each rule that spoke; errors are failures, what is allowed is skipped."""

import re
from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from breakwater.findings import ERROR, Finding
from breakwater.output import Outcome, printable

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def write(outcome: Outcome) -> str:
    cases = list(_cases(outcome))
    report = outcome.report
    failures = sum(finding.level == ERROR for finding in report.findings)
    errors = len(report.gaps) + bool(report.error)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="{errors}" skipped="{len(report.allowed)}"'
    suite = f"<testsuite name={quoteattr(outcome.tool)} {counts}>\n" + "".join(cases) + "</testsuite>\n"
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n{suite}</testsuites>\n'


def _cases(outcome: Outcome) -> Iterator[str]:
    for finding in outcome.report.findings:
        inner = "failure" if finding.level == ERROR else "system-out"
        yield _case(finding.rule, _place(finding), inner, finding.message)
    for one in outcome.report.allowed:
        yield _case(one.finding.rule, _place(one.finding), "skipped", f"{one.finding.message} ({one.reason})")
    if outcome.report.error:
        yield _case("wrong call", outcome.tool, "error", outcome.report.error)
    for gap in outcome.report.gaps:
        yield _case("could not check", outcome.subject or outcome.tool, "error", gap)
    if not (outcome.report.findings or outcome.report.allowed or outcome.report.gaps or outcome.report.error):
        yield f"  <testcase classname={quoteattr(outcome.tool)} name={_attribute(outcome.subject)}/>\n"


def _place(finding: Finding) -> str:
    return f"{finding.path or 'the whole change'}:{finding.line}"


def _case(rule: str, place: str, inner: str, message: str) -> str:
    attribute = "" if inner == "system-out" else f" message={_attribute(message.partition(chr(10))[0])}"
    body = f"<{inner}{attribute}>{escape(_clean(message))}</{inner}>"
    return f"  <testcase classname={_attribute(rule)} name={_attribute(place)}>{body}</testcase>\n"


def _attribute(text: str) -> str:
    return quoteattr(_clean(text))


def _clean(text: str) -> str:
    return _FORBIDDEN.sub("�", printable(text))
