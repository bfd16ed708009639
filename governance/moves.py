"""The dispatcher: whoever asks, on a page or through the API, is answered by the same call.

A move into or out of review is made by a round (approvals/rounds.py), every other by the lifecycle; nothing
below knows of this choice.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from approvals import rounds
from rfcs import authority, editing, events, importing, lifecycle
from rfcs.content import Content
from rfcs.errors import Reason, Refused
from rfcs.events import attempt
from rfcs.importing import Proposal
from rfcs.lifecycle import locked
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


def call(*, by: User, track: str, content: Content, token: str = "") -> RFC:
    """Open an emergency or hotfix and ask for its authorisation at once: both, or nothing with every reason.

    The same form sent again, by its `token`, returns what it opened.
    """
    with attempt("request_authorisation", actor=by, on="rfcs"):
        if (same := editing.opened(by=by, content=content, track=track, token=token)) is not None:
            return same
        rfc = editing.create(by=by, content=content, track=track, token=token)
        return rounds.ask(rfc, "request_authorisation", by=by, inputs={})


def save(rfc: RFC, *, by: User, version: int, content: Content, note: str = "") -> RFC:
    """Save what was written; where a round is open, the teams that the revision newly needs are asked at once."""
    with attempt("save", actor=by, on=rfc.stream):
        row = editing.save(rfc, by=by, version=version, content=content, note=note)
        if row.state == State.REVIEW:
            rounds.revised(row, by=by)
    return row


def proposal(rfc: RFC, text: str, *, by: User, empty: Collection[str] = ()) -> Proposal:
    """What importing this text would change, for somebody who may write; nothing is stored."""
    with attempt("import", actor=by, on=rfc.stream):
        _require_writing(rfc, by)
        return importing.propose(rfc, text, empty=empty)


def take_in(
    rfc: RFC, text: str, *, by: User, version: int, digest: str = "", empty: Collection[str] = (), note: str = ""
) -> Proposal:
    """Import an edited document as it was shown: `version` and, where given, `digest` of the proposal still hold.

    Saves like an edit: a revision where the state mints. Raises Refused (409 when the RFC changed meanwhile).
    The result is what was taken.
    """
    with attempt("import", actor=by, on=rfc.stream):
        row = locked(rfc)
        _require_writing(row, by)
        offered = importing.propose(row, text, empty=empty)
        _require_as_shown(offered, version, digest)
        save(row, by=by, version=version, content=offered.after, note=note or IMPORTED)
        payload = {"changed": list(offered.changed), "emptied": list(offered.emptied), "source": offered.source}
        events.record(row.stream, "document.imported", actor=by, payload=payload)
    return offered


IMPORTED = "Imported from an edited BREAKING_CHANGE_JUSTIFICATION.md."


def _require_writing(row: RFC, by: User) -> None:
    authority.require_writer(row, by)
    editing.require_writable(row)


def _require_as_shown(offered: Proposal, version: int, digest: str) -> None:
    if offered.version != version or (digest and digest != offered.digest):
        message = "The RFC changed after the differences were shown; read them again, then import."
        raise Refused(Reason("import_stale", message, field="version", who="you"))
