"""The impact as text and as JSON (`docs/schemas/impact-1.json`)."""

import json
from collections.abc import Iterator
from typing import Any

from breakwater.changes import shown
from breakwater.findings import Finding
from breakwater.impact import drafting
from breakwater.impact.facts import Dependent, Impact, Touched

VERSION = 1
_LISTED = 10


def written(impact: Impact, form: str, *, whole: bool) -> str:
    """The impact in one of the formats."""
    if form == "markdown":
        return drafting.document(impact) if whole else drafting.sections(impact)
    if form == "json":
        return json.dumps(_value(impact), indent=2, ensure_ascii=False) + "\n"
    return "".join(f"{line}\n" for line in _lines(impact))


# Text


def _lines(impact: Impact) -> Iterator[str]:
    beyond = sum(not one.is_direct for one in impact.dependents)
    touched, breaks = _count(len(impact.touched), "package"), _count(len(impact.breaks), "break")
    others = "1 other depends" if len(impact.dependents) == 1 else f"{len(impact.dependents)} others depend"
    through = f" ({beyond} through others alone)" if beyond else ""
    yield f"{shown(impact.subject)} touches {touched}; {others} on them{through}; {breaks} found."
    for one in impact.touched:
        yield from _touched(one)
    if impact.elsewhere:
        yield from ("", f"outside every package: {', '.join(map(shown, impact.elsewhere[:_LISTED]))}{_more(impact)}")
    if impact.dependents:
        yield from ("", "not touched, and depend on them")
        yield from (f"  {shown(one.package)}{_owned(one)}: {drafting.way(one)}" for one in impact.dependents)
    if impact.allowed:
        yield from ("", f"{_count(impact.allowed, 'break')} allowed by a comment or the baseline")


def _touched(one: Touched) -> Iterator[str]:
    yield from ("", f"{shown(one.package)}{_owned(one)}", f"  {drafting.described(one)}")
    yield from (f"  {_place(found)} {found.level}: {found.rule} {_line(found.message)}" for found in one.breaks)


def _owned(one: Touched | Dependent) -> str:
    return f" (owned by {', '.join(map(shown, one.owners))})" if one.owners else ""


def _place(finding: Finding) -> str:
    return f"{shown(finding.path)}:{finding.line}" if finding.line else shown(finding.path)


def _line(text: str) -> str:
    return shown(" ".join(text.split()))


def _more(impact: Impact) -> str:
    more = len(impact.elsewhere) - _LISTED
    return f" and {more} more" if more > 0 else ""


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


# JSON


def _value(impact: Impact) -> dict[str, Any]:
    return {
        "version": VERSION,
        "tool": "breakwater-impact",
        "subject": shown(impact.subject),
        "touched": [_touched_value(one) for one in impact.touched],
        "outside_packages": [shown(path) for path in impact.elsewhere],
        "dependents": [_dependent_value(one) for one in impact.dependents],
        "breaks": [_finding(finding) for finding in impact.breaks],
        "data_files": [_file(*one) for one in impact.data_files],
        "allowed": impact.allowed,
        "could_not_check": [shown(gap) for gap in impact.gaps],
        "draft": drafting.sections(impact),
    }


def _touched_value(one: Touched) -> dict[str, Any]:
    return {
        "package": shown(one.package),
        "files": [_file(*file) for file in one.files],
        "owners": list(map(shown, one.owners)),
    }


def _dependent_value(one: Dependent) -> dict[str, Any]:
    return {
        "package": shown(one.package),
        "direct": one.is_direct,
        "way": list(map(shown, one.way)),
        "owners": list(map(shown, one.owners)),
    }


def _file(path: str, status: str) -> dict[str, str]:
    return {"path": shown(path), "status": status}


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "rule": finding.rule,
        "level": finding.level,
        "path": shown(finding.path),
        "line": finding.line,
        "message": _line(finding.message),
    }
