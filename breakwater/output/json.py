"""For programs: `docs/schemas/report-1.json` describes it. A new version gets a new schema."""

import json
from typing import Any

from breakwater.output import Outcome, printable

VERSION = 1


def write(outcome: Outcome) -> str:
    return json.dumps(value(outcome), indent=2, ensure_ascii=False) + "\n"


def value(outcome: Outcome) -> dict[str, Any]:
    report = outcome.report
    return {
        "version": VERSION,
        "tool": outcome.tool,
        "subject": printable(outcome.subject),
        "exit_code": report.code,
        "findings": [_texts(vars(finding)) for finding in report.findings],
        "allowed": [_texts(vars(one.finding)) | _texts(_why(one)) for one in report.allowed],
        "error": printable(report.error) or None,
        "could_not_check": [printable(sentence) for sentence in report.gaps],
    }


def failure(outcome: Outcome) -> str:
    """What a command that tells facts says when it has none: the second form of its own schema."""
    said = value(outcome)
    kept = {name: said[name] for name in ("version", "tool", "exit_code", "error", "could_not_check")}
    return json.dumps(kept, indent=2, ensure_ascii=False) + "\n"


def _why(allowed: Any) -> dict[str, Any]:
    return {"allowed_by": allowed.where, "reason": allowed.reason, "until": allowed.until or None}


def _texts(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: printable(value) if isinstance(value, str) else value for name, value in fields.items()}
