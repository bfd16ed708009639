"""Under embargo an RFC does not exist but for those who need it; beginning one at once, and lifting it.

The text's own flag is signed and stays what it is: lifting changes no revision and no digest, so no sign-off becomes
void by it. What was lifted once is known, and no second embargo takes that back.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rfcs import clock, events
from rfcs.case import Case
from rfcs.clock import Now
from rfcs.conversation import watching
from rfcs.delivery import outbox
from rfcs.errors import Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.impact import asking
from rfcs.impact.acknowledgements import ASKING
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, Embargo
from rfcs.notices import Notice
from rfcs.states import SECURITY, State
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 5_000
IMPLEMENTED = frozenset({State.POST_IMPLEMENTATION, State.CLOSED})
BY_CLOCK = "Its time is over."


def end_of(rfc: RFC) -> datetime | None:
    """When it lifts by itself, UTC; None while that is open, or where there is none."""
    row = Embargo.objects.filter(rfc=rfc).first() if rfc.embargoed else None
    return row.ends_at if row else None


def impose(rfc: RFC, *, by: User, reason: str) -> RFC:
    """Put an RFC under embargo at once, in any state and without a new revision. Again changes nothing.

    Raises Refused: 403 for who neither owns it nor is of the security team, 409 once one was lifted, 422 without
    a reason.
    """
    with attempt("impose_embargo", actor=by, on=rfc.stream):
        row, reason = locked(rfc), reason.strip()
        known = Embargo.objects.filter(rfc=row).first()
        reasons = [*_why_not_imposed(row, known, by), *_why_not_with(reason)]
        if reasons:
            raise Refused(*reasons)
        if not row.embargoed:
            _impose(row, by, reason)
    return row


def _why_not_imposed(row: RFC, known: Embargo | None, by: User) -> tuple[Reason, ...]:
    if by.pk != row.owner_id and SECURITY not in teams_of(by):
        who = f"{display_name(row.owner)} or the security team"
        return (forbidden(f"Only the owner or the security team puts {row.number} under embargo.", who=who),)
    if known and known.lifted_at:
        message = f"The embargo of {row.number} was lifted; what was known cannot be hidden again."
        return (Reason("embargo_lifted", message, field="embargoed"),)
    return ()


def _impose(row: RFC, by: User, reason: str) -> None:
    at = clock.now()
    days = timedelta(days=row.pinned.policy.embargo_days)
    ends = at + days if row.state == State.CLOSED else None  # counted from its closing it might be over at once
    Embargo.objects.update_or_create(rfc=row, defaults={"imposed_at": at, "imposed_by": by, "ends_at": ends})
    _set(row, at, embargoed=True)
    events.record(row.stream, "embargo.imposed", actor=by, payload={"reason": reason}, at=at)


def lift(rfc: RFC, *, by: User, reason: str) -> RFC:
    """Let everybody see it from now on. Lifting what is not under embargo changes nothing.

    Raises Refused: 403 for who is not of the security team, 422 without a reason.
    """
    with attempt("lift_embargo", actor=by, on=rfc.stream):
        row, reason = locked(rfc), reason.strip()
        reasons = [*_why_not_with(reason)]
        if SECURITY not in teams_of(by):
            message = f"{row.number} is under embargo; only the security team lifts it."
            reasons.append(forbidden(message, code="embargoed", who="the security team"))
        if reasons:
            raise Refused(*reasons)
        if row.embargoed:
            _lift(row, by, reason)
    return row


def _why_not_with(reason: str) -> tuple[Reason, ...]:
    if not reason or len(reason) > LONGEST or unstorable(reason):
        message = f"Say why, in at most {LONGEST:,} characters: it is kept in the record."
        return (not_ready("reason_missing", message, field="reason", who="you"),)
    return ()


def sweep() -> int:
    """Lift every embargo whose time is over; their number. Run it as often as you like."""
    over = Embargo.objects.filter(lifted_at=None, ends_at__lt=Now()).order_by("ends_at")
    return sum(_lift_in_time(pk) for pk in over.values_list("rfc", flat=True))


def _lift_in_time(pk: int) -> bool:
    with attempt("lift_embargo", actor=None, on=f"rfc:{pk}"):
        row = locked(pk)
        is_over = Embargo.objects.filter(rfc=row, lifted_at=None, ends_at__lt=Now()).exists()
        if row.embargoed and is_over:
            _lift(row, None, BY_CLOCK)
            return True
    return False


def _lift(row: RFC, by: User | None, reason: str) -> None:
    at, kept = clock.now(), asking.kept(row)
    Embargo.objects.update_or_create(rfc=row, defaults={"lifted_at": at, "lifted_by": by, "reason": reason})
    _set(row, at, embargoed=False)
    events.record(row.stream, "embargo.lifted", actor=by, payload={"reason": reason}, at=at)
    _tell(row, by, reason, at)
    _catch_up(row, kept)


def _set(row: RFC, at: datetime, *, embargoed: bool) -> None:
    row.embargoed, row.updated_at = embargoed, at
    row.save(update_fields=["embargoed", "updated_at"])


def _tell(row: RFC, by: User | None, reason: str, at: datetime) -> None:
    """Everybody who watches it, or a package of it, and sees it from now on."""
    who = f"{display_name(by)} lifted" if by else "The clock lifted"
    text = f"{who} the embargo of {row.number}: everybody who may log in sees it now.\n\n{reason}"
    people = [person for person in watching.watchers(row) if by is None or person.pk != by.pk]
    subject, kind = f"{row.number} is no longer under embargo: {row.title}", Notice.NEWS
    outbox.queue_all(f"rfc:{row.pk}:embargo-lifted", people, rfc=row, subject=subject, text=text, at=at, kind=kind)


def _catch_up(row: RFC, kept: frozenset[int]) -> None:
    """What others would have been asked or told meanwhile: owners of packages, before or after the change.

    `kept`: packages whose owners were asked before it began, and could not answer since; their time begins anew.
    """
    if row.state in ASKING and row.revision is not None:
        asking.ask(row, again=kept)
    if row.state in IMPLEMENTED:
        outbox.let_go(row, f"{outbox.finished_key(row)}:")
        outbox.tell_package_owners(Case(row))
