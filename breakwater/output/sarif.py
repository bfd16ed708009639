"""SARIF 2.1.0, for code scanning. Allowed findings are results with a suppression, as the format means it."""

import hashlib
import json
from typing import Any
from urllib.parse import quote

from breakwater.config import DOCUMENT
from breakwater.findings import Finding, Rule
from breakwater.output import Outcome, printable
from breakwater.rules import all_rules

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
WHOLE_CHANGE = DOCUMENT
"""Where a finding about no single file stands: hosts of code refuse a report that has a result without a place."""
_LEVELS = {"error": "error", "warning": "warning", "notice": "note"}


def write(outcome: Outcome) -> str:
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(outcome)]}, indent=2) + "\n"


def _run(outcome: Outcome) -> dict[str, Any]:
    report = outcome.report
    results = [_result(finding) for finding in report.findings]
    results += [_result(one.finding) | {"suppressions": [_suppression(one)]} for one in report.allowed]
    used = {finding["ruleId"] for finding in results}
    known = [rule for rule in all_rules() if rule.id in used]
    driver = {"name": outcome.tool, "rules": list(map(_rule, known))}
    return {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(outcome)],
        "results": results,
    }


def _invocation(outcome: Outcome) -> dict[str, Any]:
    wrong = filter(None, (outcome.report.error, *outcome.report.gaps))
    notes = [{"level": "error", "message": {"text": printable(sentence)}} for sentence in wrong]
    return {
        "executionSuccessful": not notes,
        "exitCode": outcome.report.code,
        "toolExecutionNotifications": notes,
    }


def _rule(rule: Rule) -> dict[str, Any]:
    described = {
        "id": rule.id,
        "name": "".join(part.capitalize() for part in rule.name.split("-")),
        "shortDescription": {"text": rule.summary},
        "defaultConfiguration": {"level": _LEVELS[rule.level]},
    }
    help_text = "\n\n".join(filter(None, (rule.why, rule.mend and f"To mend it: {rule.mend}")))
    return described | ({"help": {"text": help_text}} if help_text else {})


def _result(finding: Finding) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.level],
        "message": {"text": printable(finding.message)},
        "partialFingerprints": {"breakwater/v1": fingerprint(finding)},
    }
    location: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.path or WHOLE_CHANGE)}}
    if finding.line:
        location["region"] = {"startLine": finding.line}
    result["locations"] = [{"physicalLocation": location}]
    return result


def _suppression(allowed: Any) -> dict[str, Any]:
    kind = "inSource" if allowed.where == "comment" else "external"
    return {"kind": kind, "justification": printable(allowed.reason)}


def _uri(path: str) -> str:
    return quote(path.encode("utf-8", "surrogateescape"))


def fingerprint(finding: Finding) -> str:
    """The same for the same finding wherever its line moves."""
    text = "\0".join((finding.rule, finding.path, finding.message))
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
