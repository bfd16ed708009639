"""GitLab's code quality report (an array in the format of Code Climate)."""

import json
from typing import Any

from breakwater.findings import Finding
from breakwater.output import Outcome, printable
from breakwater.output.sarif import fingerprint

_SEVERITIES = {"error": "major", "warning": "minor", "notice": "info"}


def write(outcome: Outcome) -> str:
    found = [_issue(finding, finding.level) for finding in outcome.report.findings]
    found += [_issue(one.finding, "notice") for one in outcome.report.allowed]
    return json.dumps(found, indent=2) + "\n"


def _issue(finding: Finding, level: str) -> dict[str, Any]:
    """GitLab shows nothing without a path, so what concerns the whole change stands at the repository's root."""
    return {
        "description": printable(f"{finding.rule}: {finding.message}"),
        "check_name": finding.rule,
        "fingerprint": fingerprint(finding),
        "severity": _SEVERITIES[level],
        "location": {"path": printable(finding.path) or ".", "lines": {"begin": max(finding.line, 1)}},
    }
