"""Filing the full justification, and with it the board's review after the fact."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from approvals import rounds
from rfcs import authority
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC
from rfcs.obligations import justifying
from rfcs.table import STEERING

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 5_000


def file_justification(rfc: RFC, *, by: User, note: str = "") -> RFC:
    """The working copy becomes the full justification; the board is asked to ratify it. Raises Refused with reasons."""
    with attempt("file_justification", actor=by, on=rfc.stream):
        row = justifying.file(locked(rfc), by=by, note=note)
        rounds.review_afterwards(row, by=by)
    return row


def ask_again(rfc: RFC, *, by: User, note: str) -> RFC:
    """The board's review can decide nothing as it stands (recused, left): ask the board as it is today.

    Raises Refused: 403 for who is neither owner nor steward, 409 while the review can decide, or where the board of
    today could not either, 422 without a note.
    """
    with attempt("ask_again", actor=by, on=rfc.stream):
        row, note = locked(rfc), note.strip()
        blocked = rounds.blocked_afterwards(row)
        reasons = (*why_not_again_by(row, by), *_why_not_with(note))
        if blocked is None:
            message = f"No review by the board of {row.number} is blocked; whoever is asked can still decide it."
            reasons = (*reasons, Reason("not_blocked", message, field="state"))
        if reasons or blocked is None:
            raise Refused(*reasons)
        rounds.review_again(row, blocked.round, by=by, note=note)
    return row


def why_not_again_by(row: RFC, by: User) -> Iterator[Reason]:
    if not authority.holds_any(STEERING, row, by):
        who = authority.spelled(STEERING)
        yield forbidden(f"Only {who} asks the board again.", who=who)


def _why_not_with(note: str) -> Iterator[Reason]:
    if not note or len(note) > LONGEST or unstorable(note):
        message = f"Say why the board is asked again, in at most {LONGEST:,} characters: it is kept in the record."
        yield not_ready("note_missing", message, field="note", who="you")
