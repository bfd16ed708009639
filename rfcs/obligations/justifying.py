"""Filing the full justification of an emergency after the fact: the working copy becomes a revision."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rfcs import clock, events, guards, limits, revisions
from rfcs.authority import may_write, not_a_writer
from rfcs.case import Case
from rfcs.delivery import outbox
from rfcs.errors import Reason, Refused, not_ready
from rfcs.impact import asking
from rfcs.models import RFC
from rfcs.obligations import owing, settling
from rfcs.states import ObligationKind, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

FULL = (
    guards.has_title,
    guards.paths_valid,
    guards.timeline_in_order,
    guards.rollback_in_steps,
    guards.testing_defined,
    guards.document_complete,
)
"""The full document without problems; the rest of the checklist has its own, longer time."""
FILED = "Full justification after the fact"


def file(row: RFC, *, by: User, note: str = "") -> RFC:
    """Mint what was written and meet the obligation. The caller holds the lock and lets the board review.

    Where the change is in already, owners of packages that the short form did not name are told now.
    Filing again, while something of it is still owed, mints the next revision. Raises Refused with every reason.
    """
    reasons = (*_why_not_by(row, by), *why_not(row), *_why_not_with(note))
    if reasons:
        raise Refused(*reasons)
    revision = revisions.mint(row, by=by, note=note or FILED)
    row.updated_at = clock.now()
    row.save()
    events.record(row.stream, "justification.filed", actor=by, payload={"revision": revision.number})
    how = f"Revision {revision.number} is the full document without problems."
    owing.meet(row, ObligationKind.POST_HOC_JUSTIFICATION, by=by, how=how)
    asking.ask(row)
    if row.state == State.POST_IMPLEMENTATION:
        outbox.tell_package_owners(Case(row))
    settling.settle(row, by=by)
    return row


def why_not(row: RFC) -> tuple[Reason, ...]:
    """Everything that the working copy still lacks, or that nothing of this kind is owed."""
    if not row.owes_text:
        message = f"{row.number} owes no justification."
        return (Reason("nothing_owed", message, field="state"),)
    case = Case(row, drafting=True)
    return tuple(reason for guard in FULL for reason in guard.reasons(case))


def _why_not_by(row: RFC, by: User) -> Iterator[Reason]:
    if not may_write(row, by):
        yield not_a_writer(row)


def _why_not_with(note: str) -> Iterator[Reason]:
    if len(note) > limits.NOTE or limits.unstorable(note):
        message = f"The note holds at most {limits.NOTE:,} characters, all of them text."
        yield not_ready("unstorable", message, field="note", who="you")
