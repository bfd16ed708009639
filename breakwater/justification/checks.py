"""What is missing or wrong in a justification, one sentence for each field.

Source: the rules JD002, JD003 and JD005 to JD008; the process, "BREAKING_CHANGE_JUSTIFICATION.md Template"
and "Validation Checklist". Rules that need the file's text, the tree or the change live with their callers.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

from breakwater.justification import template
from breakwater.justification.escaping import protected
from breakwater.justification.model import Justification, Period, Problem

_STEP = re.compile(r"[ \t]*(?:[-*+]|\d{1,9}[.)])[ \t]+\S")
_SHOWN = 3

_ADVICE = {
    "change_summary": ("change summary", "describe the breaking change and why it is necessary"),
    "api_changes": ("list of API changes", "name the modified interfaces, or write that there are none"),
    "data_changes": ("list of data changes", "name the database or schema modifications, or write that there are none"),
    "behavioral_changes": ("list of behavioral changes", "say what works differently, or write that nothing does"),
    "justification": ("justification", "explain in detail why this coordinated update is necessary"),
    "rollback_plan": ("rollback plan", "list the steps that revert the change"),
    "testing_unit": ("testing strategy", "say which unit tests cover each affected package"),
    "testing_integration": ("testing strategy", "say which integration tests cover the packages together"),
    "testing_performance": ("testing strategy", "say how the performance impact is assessed"),
}


def problems(d: Justification, *, with_approval: bool = False) -> tuple[Problem, ...]:
    """Every problem in the document's order, at most one for each field; none means complete.

    `with_approval` also asks for a dated signature of the architecture team.
    """
    found = {problem.field: problem for problem in _all(d, with_approval=with_approval)}
    names = d.__dataclass_fields__
    return tuple(found[name] for name in names if name in found)


def _all(d: Justification, *, with_approval: bool) -> Iterator[Problem]:
    for slot in (*template.PROSE, *template.BULLETS):
        yield from _text(slot, getattr(d, slot.field))
    yield from _packages(d)
    yield from _timeline(d)
    if with_approval:
        yield from _approval(d)


def _text(slot: template.Slot, text: str) -> Iterator[Problem]:
    name, advice = _ADVICE[slot.field]
    if not _visible(text):
        if slot.section == template.TESTING:
            yield Problem("JD006", slot.field, f"The {name} is incomplete; {advice}.")
        else:
            yield Problem("JD002", slot.field, f"The {name} is empty; {advice}.")
    elif _is_template(text, slot.placeholder or slot.label):
        yield Problem("JD002", slot.field, f"The {name} still holds the template's text; {advice}.")
    elif slot.field == "rollback_plan" and not _has_steps(text):
        yield Problem("JD005", slot.field, "The rollback plan has no steps; write it as a list, one step to an item.")


def _visible(text: str) -> str:
    """Without comments, closed or not."""
    return "".join(part.partition("-->")[2] if at else part for at, part in enumerate(text.split("<!--"))).strip()


def _is_template(text: str, placeholder: str) -> bool:
    return any(" ".join(line.split()).casefold() == placeholder.casefold() for line in text.split("\n"))


def _has_steps(text: str) -> bool:
    lines = text.split("\n")
    return any(_STEP.match(line) and not code for line, code in zip(lines, protected(lines), strict=True))


def _packages(d: Justification) -> Iterator[Problem]:
    if not d.affected_packages:
        yield Problem("JD003", "affected_packages", "No package is named; list every package that this change touches.")
    faults = [
        *(f"package {at} has no path" for at, change in enumerate(d.affected_packages, 1) if not change.path),
        *(f"{c.path or 'a package'} has no description" for c in d.affected_packages if not _described(c.description)),
    ]
    if faults:
        more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        text = ", ".join(faults[:_SHOWN]) + more
        yield Problem(
            "JD003", "affected_packages", f"{text[0].upper()}{text[1:]}; give each its path and what changes."
        )


def _described(description: str) -> bool:
    return bool(_visible(description)) and not _is_template(description, template.DESCRIPTION)


def _timeline(d: Justification) -> Iterator[Problem]:
    phases = [(name, getattr(d.timeline, name)) for name in template.PHASES]
    faults = [fault for name, period in phases for fault in _period(name, period)]
    for (first, before), (then, after) in pairwise(phases):
        faults += _order(first, before, then, after)
    if faults:
        text = "; ".join(faults)
        yield Problem("JD007", "timeline", f"{text[0].upper()}{text[1:]}.")


def _period(name: str, period: Period) -> Iterator[str]:
    if period == Period():
        yield f"{name} has no dates"
    elif not period.start or not period.end:
        yield f"{name} has no {'end' if period.start else 'start'} date"
    elif period.start > period.end:
        yield f"{name} starts on {period.start} but ends earlier, on {period.end}"


def _order(first: str, before: Period, then: str, after: Period) -> Iterator[str]:
    if before.start and after.start and after.start < before.start:
        yield f"{then} starts on {after.start}, before {first} starts on {before.start}"
    if before.end and after.end and after.end < before.end:
        yield f"{then} ends on {after.end}, before {first} ends on {before.end}"


def _approval(d: Justification) -> Iterator[Problem]:
    if not any(s.team.casefold().startswith("architecture") and s.signer and s.on for s in d.approvals):
        yield Problem("JD008", "approvals", "The architecture team has not signed; a name and a date are needed.")
