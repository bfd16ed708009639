"""Telling of an outage, and correcting what was told: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from rfcs import clock
from rfcs.delivery import outbox
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.models import RFC, Outage
from rfcs.notices import Notice
from rfcs.outages import telling
from rfcs.outages.telling import Said
from rfcs.states import INCIDENT_COMMAND, SECURITY, SHORT, STEWARDS, State
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

RECORDERS = frozenset({INCIDENT_COMMAND, SECURITY, STEWARDS})
WHO = "the owner, incident command, the security team or a steward"
AUTHORISED = frozenset({State.IMPLEMENTATION, State.POST_IMPLEMENTATION, State.CLOSED, State.ROLLED_BACK})


def record(rfc: RFC, *, by: User, said: Said, corrects: int | None = None, retracted: bool = False) -> Outage:
    """Add an outage, or a row that takes the place of the one that it `corrects`; the same again is the row there.

    `retracted` says that the corrected one never was; its times stay. Raises Refused: 403 for who may not, 409 where
    no outage is told of or somebody corrected that row meanwhile, 422 for times that cannot be.
    """
    with attempt("outage", actor=by, on=rfc.stream):
        row = locked(rfc)
        old = row.outages.filter(pk=corrects).first() if corrects is not None else None
        said = _as_told(old, said) if old and retracted else said
        reasons = (*why_not_by(row, by), *why_not_now(row), *_unfit(row, said, corrects, old, retracted))
        if not reasons and (known := _known(row, by, said, old, retracted)):
            return known
        reasons = (*reasons, *_replaced(old))
        if reasons:
            raise Refused(*reasons)
        kept = telling.append(row, by=by, said=said, corrects=old, retracted=retracted)
        _tell(row, kept)
    return kept


def end_now(rfc: RFC, *, by: User, corrects: int) -> Outage:
    """It is over at this moment: the row that lasts gets its end, by a row that takes its place."""
    old = rfc.outages.filter(pk=corrects).first()
    said = Said(old.started_at.isoformat(), clock.now().isoformat(), old.note) if old else Said()
    return record(rfc, by=by, said=said, corrects=corrects)


def why_not_by(row: RFC, by: User) -> Iterator[Reason]:
    if by.pk != row.owner_id and not teams_of(by) & RECORDERS:
        yield forbidden(f"Only {WHO} records the outages of {row.number}.", who=WHO)


def why_not_now(row: RFC) -> Iterator[Reason]:
    """Emergencies and hotfixes have outages from the authorisation on; others once they are rolled back."""
    if row.track in SHORT and row.state not in AUTHORISED:
        message = f"{row.number} is not authorised; its outages are recorded from the implementation on."
        yield Reason("not_authorised", message, field="state")
    elif row.track not in SHORT and row.state != State.ROLLED_BACK:
        message = f"{row.number} is on the standard track; an outage is told of with its rollback."
        yield Reason("not_rolled_back", message, field="state")


def _unfit(row: RFC, said: Said, corrects: int | None, old: Outage | None, retracted: bool) -> Iterator[Reason]:
    if corrects is not None and old is None:
        message = f"{row.number} has no outage of this key; take one of its list."
        yield not_ready("no_outage", message, field="corrects", who="you")
    if not retracted:
        yield from telling.unfit(row, said)
        return
    if corrects is None:
        yield not_ready("corrects_missing", "Name the outage that never was.", field="corrects", who="you")
    if not said.note.strip():
        yield not_ready("note_missing", "Say why it was none; it is kept in the record.", field="note", who="you")
    yield from telling.unfit_note(said.note)


def _as_told(old: Outage, said: Said) -> Said:
    """The times of the row that is taken back; only the note is new."""
    end = old.ended_at.isoformat() if old.ended_at else ""
    return replace(said, started_at=old.started_at.isoformat(), ended_at=end, zone="UTC")


def _known(row: RFC, by: User, said: Said, old: Outage | None, retracted: bool) -> Outage | None:
    """What this person said already, in the same words: a form sent twice tells of one outage."""
    start = said.start
    assert start is not None
    same = row.outages.filter(by=by, corrects=old, retracted=retracted, correction=None)
    return same.filter(started_at=start, ended_at=said.end, note=said.note.strip()).first()


def _replaced(old: Outage | None) -> Iterator[Reason]:
    later = Outage.objects.filter(corrects=old).select_related("by").first() if old else None
    if later is not None:
        message = f"{display_name(later.by)} corrected this outage meanwhile; read that, then correct what stands."
        yield Reason("outage_corrected", message, field="corrects", who="you")


def _tell(row: RFC, kept: Outage) -> None:
    """The owner, whose failure indicators it enters, when somebody else told of it."""
    if kept.by_id == row.owner_id:
        return
    who, what = display_name(kept.by), "took back an outage" if kept.retracted else "recorded an outage"
    if kept.corrects_id and not kept.retracted:
        what = "corrected an outage"
    end = f"until {kept.ended_at:%Y-%m-%d %H:%M} UTC" if kept.ended_at else "and it still lasts"
    text = f"{who} {what} of {row.number}: from {kept.started_at:%Y-%m-%d %H:%M} {end}.\n\n{kept.note}"
    subject = f"{row.number}: {who} {what}"
    key = f"outage:{kept.pk}"
    outbox.queue(key, to=row.owner, rfc=row, subject=subject, text=text.strip(), at=kept.at, kind=Notice.NEWS)
