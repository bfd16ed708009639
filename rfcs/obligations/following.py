"""The follow-up of a hotfix: a draft on the standard track with the facts carried over, linked both ways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rfcs import clock, editing, events
from rfcs.authority import may_write, not_a_writer
from rfcs.content import Content
from rfcs.errors import Reason, Refused
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.limits import TITLE
from rfcs.models import RFC, FollowUp
from rfcs.states import ObligationKind, State

if TYPE_CHECKING:
    from django.contrib.auth.models import User

GONE = frozenset({State.REJECTED, State.WITHDRAWN})


def follow_up(rfc: RFC, *, by: User) -> RFC:
    """Open the draft; what is owed is met once that RFC is submitted. Its author is whoever opened it.

    Only ever makes a new RFC: linking an existing one would lock two rows in an order of its own. Raises Refused: 403
    for who may not write here, 409 where no follow-up is owed or one is on its way.
    """
    with attempt("follow_up", actor=by, on=rfc.stream):
        row = locked(rfc)
        reasons = (*(() if may_write(row, by) else (not_a_writer(row),)), *why_not_now(row))
        if reasons:
            raise Refused(*reasons)
        assert row.revision is not None, "what was authorised is a revision"
        made, at = editing.create(by=by, content=carried(row, row.revision.content)), clock.now()
        FollowUp.objects.create(hotfix=row, rfc=made, by=by, at=at)
        events.record(row.stream, "follow_up.opened", actor=by, payload={"with": made.number}, at=at)
        events.record(made.stream, "follow_up.of", actor=by, payload={"with": row.number}, at=at)
    return made


def why_not_now(row: RFC) -> Iterator[Reason]:
    if not row.obligations.filter(kind=ObligationKind.FOLLOW_UP_RFC).exists():
        message = f"{row.number} owes no follow-up; an authorised hotfix does."
        yield Reason("nothing_owed", message, field="state")
    here = row.follow_ups.exclude(rfc__state__in=GONE).select_related("rfc").first()
    if here is not None:
        message = f"{here.rfc.number} follows {row.number} already; go on with it."
        yield Reason("follow_up_there", message, field="state", who="the owner")


def carried(row: RFC, content: Content) -> Content:
    """The facts of the hotfix as a first draft; its files stay with it, and an embargo that holds now holds here.

    The text's own flag would not do: what a verb began stands in no text, and what was lifted stands there still.
    """
    return content.with_(
        title=f"Follow-up to {row.number}: {content.title}"[:TITLE],
        change_summary=f"Follow-up to the hotfix {row.number}.\n\n{content.change_summary}",
        attachments=(),
        embargoed=row.embargoed,
    )
