"""What the checklists ask of a move: a phase's items closed, none of an earlier phase open again."""

from __future__ import annotations

from collections.abc import Iterator

from rfcs.case import Case
from rfcs.compliance.checklists import open_items, statuses
from rfcs.errors import Kind, Reason
from rfcs.guards import Guard, guard
from rfcs.states import Phase


def _phase_closed(case: Case, phase: Phase) -> Iterator[Reason]:
    for item in open_items(case, phase):
        message = f"“{item.text}” is still open: {item.why_open}"
        yield Reason("checklist_open", message, field=item.slug, who=item.who, kind=Kind.NOT_NOW, thing=item.text)


def phase_closed(phase: Phase) -> Guard:
    """The guard that every item of one phase's checklist is closed."""
    title, many = f"The {phase.label.lower()} checklist closed", "These items are still open:"
    return Guard(f"checklist_{phase}", title, "checklist", lambda case: _phase_closed(case, phase), many)


@guard("waivers", "No item open again", place="checklist", many="These items are open again:")
def nothing_open_again(case: Case) -> Iterator[Reason]:
    """A waiver ends, a result turns red: what was closed when its phase was left is closed at the end, too."""
    for item in statuses(case):
        if item.is_lapsed or (item.phase == Phase.IMPLEMENTATION and not item.is_closed):
            message = f"“{item.text}” is open again: {item.why_open}"
            code = "waiver_expired" if item.is_lapsed else "open_again"
            yield Reason(code, message, field=item.slug, who=item.who, thing=item.text)
