"""Filing the full justification, and with it the board's review after the fact."""

from __future__ import annotations

from typing import TYPE_CHECKING

from approvals import rounds
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.models import RFC
from rfcs.obligations import justifying

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def file_justification(rfc: RFC, *, by: User, note: str = "") -> RFC:
    """The working copy becomes the full justification; the board is asked to ratify it. Raises Refused with reasons."""
    with attempt("file_justification", actor=by, on=rfc.stream):
        row = justifying.file(locked(rfc), by=by, note=note)
        rounds.review_afterwards(row, by=by)
    return row
