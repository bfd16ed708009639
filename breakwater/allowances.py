"""What is allowed in spite of a rule: a comment in the line, or an entry of the dated baseline.

Both are listed in every output. A comment reads `breaking: allow PY003 <reason>` behind any comment sign, in the line
that is found or in the one above; for what is gone it may stand alone on a line anywhere in the file, and counts for
the change that brings it: what goes later is not what it spoke of. JSON has no comments; a member `"//"`
(package.json) or `"$comment"` (JSON Schema) on a line of its own does it. The baseline is a JSON file:
`{"version": 1, "allowed": [{"rule", "path", "message", "reason", "since", "until"}]}`; `until` is the last day on
which an entry counts, and may be left out.
"""

import json
import re
from collections.abc import Iterable
from datetime import date

from breakwater.findings import Finding, Usage
from breakwater.records import record

VERSION = 1
_COMMENT = re.compile(r"breaking:[ \t]*allow[ \t]+([A-Z]{2,3}\d{3}(?:[ \t]*,[ \t]*[A-Z]{2,3}\d{3})*)[ \t]+(\S.*)")
_TAIL = re.compile(r"[ \t]*(?:\*/|-->|\#\}|\",?)?[ \t]*\Z")
_ALONE = re.compile(r"\W*(?:\$comment\W+)?breaking:")


@record(frozen=True, slots=True)
class Allowed:
    """A finding that does not count, where that is said (`comment` or `baseline`), and why."""

    finding: Finding
    where: str
    reason: str
    until: str = ""


def in_text(finding: Finding, text: str | None, before: str | None = None) -> Allowed | None:
    """The comment of the file that allows the finding; one without a reason allows nothing.

    `before`: the file on the old side, whose comments far from the finding allowed what went then.
    """
    if not text or "breaking:" not in text:
        return None
    near, known = {finding.line, finding.line - 1}, set((before or "").split("\n"))
    for number, line in enumerate(text.split("\n"), 1):
        match = _COMMENT.search(line)
        counts = number in near or (_alone(line) and line not in known)
        if match and counts and finding.rule in re.split(r"[ \t]*,[ \t]*", match[1]):
            return Allowed(finding, "comment", _TAIL.sub("", match[2]))
    return None


def _alone(line: str) -> bool:
    """Whether the line holds nothing but the comment; of JSON, a member `"//"` or `"$comment"`."""
    return _ALONE.match(line) is not None


@record(frozen=True, slots=True)
class Entry:
    """One finding of the baseline."""

    rule: str
    path: str
    message: str
    reason: str
    since: str
    until: str = ""


def read(content: bytes, name: str) -> tuple[Entry, ...]:
    """The entries of a baseline. Raises Usage for one that cannot be understood."""
    try:
        value = json.loads(content)
        if value["version"] != VERSION:
            raise Usage(f"{name} has version {value['version']}; this program reads version {VERSION}.")
        return tuple(_entry(item) for item in value["allowed"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise Usage(f"{name} is no baseline of this program: {error!r}.") from None


def _entry(item: dict[str, str]) -> Entry:
    entry = Entry(item["rule"], item["path"], item["message"], item["reason"], item["since"], item.get("until") or "")
    if not entry.reason.strip():
        raise ValueError(f"the entry for {entry.rule} in {entry.path} has no reason")
    for day in (entry.since, entry.until or entry.since):
        date.fromisoformat(day)
    return entry


def in_baseline(finding: Finding, entries: Iterable[Entry], today: date) -> Allowed | None:
    """The entry that allows the finding on that day. Line numbers move, so they are not compared."""
    for entry in entries:
        same = (entry.rule, entry.path, entry.message) == (finding.rule, finding.path, finding.message)
        if same and (not entry.until or today <= date.fromisoformat(entry.until)):
            return Allowed(finding, "baseline", entry.reason, entry.until)
    return None


def written(findings: Iterable[Finding], *, today: date, until: str = "", reason: str = "known when recorded") -> str:
    """A baseline that allows these findings."""
    allowed = [
        {"rule": f.rule, "path": f.path, "message": f.message, "reason": reason, "since": today.isoformat()}
        | ({"until": until} if until else {})
        for f in sorted(set(findings), key=lambda f: (f.path, f.rule, f.line))
    ]
    return json.dumps({"version": VERSION, "allowed": allowed}, indent=2) + "\n"
