"""The dispatcher: whoever asks, on a page or through the API, is answered by the same call.

A move into or out of review is made by a round (approvals/rounds.py), every other by the lifecycle; nothing
below knows of this choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from approvals import rounds
from rfcs import editing, lifecycle
from rfcs.content import Content
from rfcs.errors import Reason, Refused
from rfcs.events import attempt
from rfcs.models import RFC
from rfcs.states import State
from rfcs.table import TABLE

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def make(rfc: RFC, name: str, *, by: User, inputs: Mapping[str, str]) -> RFC:
    """Make one move for a person, or raise Refused with every reason. `inputs`: what the move asks for (note, ...)."""
    if name not in TABLE:
        known = ", ".join(TABLE)
        raise Refused(Reason("unknown_move", f"There is no move “{name[:40]}”; the moves are {known}.", field="move"))
    if name in rounds.ASKED:
        return rounds.ask(rfc, name, by=by, inputs=inputs)
    with attempt(name, actor=by, on=rfc.stream):
        return lifecycle.advance(rfc, name, actor=by, inputs=inputs)


def save(rfc: RFC, *, by: User, version: int, content: Content, note: str = "") -> RFC:
    """Save what was written; where a round is open, the teams that the revision newly needs are asked at once."""
    with attempt("save", actor=by, on=rfc.stream):
        row = editing.save(rfc, by=by, version=version, content=content, note=note)
        if row.state == State.REVIEW:
            rounds.revised(row, by=by)
    return row
