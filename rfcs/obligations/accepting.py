"""A member of the board bears the risk of an emergency that the board denied, until a day and with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from rfcs import clock, events
from rfcs.case import Case
from rfcs.delivery import outbox
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, RiskAcceptance
from rfcs.notices import Notice
from rfcs.obligations import owing, settling
from rfcs.states import ARCHITECTURE, ObligationKind, State
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 5_000
BOARD = "a board member who did not write the RFC"


def accept(rfc: RFC, *, by: User, reason: str, until: date | None) -> RiskAcceptance:
    """Stand for the risk until the end of that day. Appended, never changed; the latest acceptance counts.

    Raises Refused: 403 for who is not on the board or wrote the RFC, 409 where nothing was denied, 422 without a
    reason or with a day too far away.
    """
    with attempt("accept_risk", actor=by, on=rfc.stream):
        row, reason = locked(rfc), reason.strip()
        case = Case(row)
        reasons = (*why_not_by(row, by), *why_not_now(row), *_why_not_with(case, reason, until))
        if reasons:
            raise Refused(*reasons)
        assert until is not None
        return _append(row, by, reason, until)


def _append(row: RFC, by: User, reason: str, until: date) -> RiskAcceptance:
    at = clock.now()
    facts = {"reason": reason, "until": until.isoformat()}
    event = events.record(row.stream, "risk.accepted", actor=by, payload=facts, at=at)
    accepted = RiskAcceptance.objects.create(rfc=row, by=by, reason=reason, until=until, at=at, event=event)
    owing.resolve_denial(row, by=by, how=f"{display_name(by)} accepts the risk until {until:%-d %B %Y}.")
    settling.settle(row, by=by)
    _tell(row, accepted)
    return accepted


def why_not_by(row: RFC, by: User) -> Iterator[Reason]:
    if ARCHITECTURE not in teams_of(by):
        yield forbidden("Only members of the architecture board accept this risk.", who=BOARD)
    elif by.pk in row.contributor_ids() or by.pk == row.owner_id:
        message = f"You wrote or own {row.number}; another member of the board bears its risk."
        yield forbidden(message, code="contributor", who=BOARD)


def why_not_now(row: RFC) -> Iterator[Reason]:
    denied = row.obligations.filter(kind=ObligationKind.DENIAL_RESOLUTION).exists()
    if not denied or row.state == State.ROLLED_BACK:
        why = "was rolled back" if denied else "was not denied by the board"
        yield Reason("nothing_denied", f"{row.number} {why}; there is no risk to accept.", field="state")


def latest_day(case: Case) -> date:
    """The last day that an acceptance may name today."""
    return case.today + timedelta(days=case.policy.acceptance_days)


def _why_not_with(case: Case, reason: str, until: date | None) -> Iterator[Reason]:
    if not reason or len(reason) > LONGEST or unstorable(reason):
        message = f"Say why the risk can be borne, in at most {LONGEST:,} characters."
        yield not_ready("reason_missing", message, field="reason", who="you")
    last = latest_day(case)
    if until is None or not case.today <= until <= last:
        message = f"Say until when you bear the risk: a day from today to {last:%A %-d %B %Y}."
        yield not_ready("until_missing" if until is None else "until_unfit", message, field="until", who="you")


def _tell(row: RFC, accepted: RiskAcceptance) -> None:
    who, until = display_name(accepted.by), f"{accepted.until:%-d %B %Y}"
    outbox.queue(
        f"risk:{accepted.pk}",
        to=row.owner,
        rfc=row,
        subject=f"{row.number}: {who} accepts the risk until {until}",
        text=f"The board denied {row.number}; {who} bears its risk until {until}:\n\n{accepted.reason}",
        at=accepted.at,
        kind=Notice.DECISION,
    )
