"""An owner of an affected package answers; the clock records where nobody did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfcs import clock
from rfcs.delivery import outbox
from rfcs.errors import Kind, Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.impact.acknowledgements import Standing, overdue, standings, why_not
from rfcs.impact.asking import append, lapse
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, Acknowledgement, OwnerAnswer
from rfcs.notices import Notice
from rfcs.obligations import settling
from rfcs.states import Answer
from rfcs.teams import display_name
from rfcs.working_time import after_working_days

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 5_000


def answer(rfc: RFC, path: str, *, by: User, answer: str, reason: str = "") -> Acknowledgement:
    """Answer for one package. The same answer sent again changes nothing, but an objection to a new text.

    `path`: of the package, or a path of the RFC that meets it alone.
    Raises Refused: 404 for a package that nobody was asked about, 403 for who does not own it, 409 when it is settled
    or time was asked for already, 422 for an objection without a reason.
    """
    with attempt("acknowledge", actor=by, on=rfc.stream):
        row, reason = locked(rfc), reason.strip()
        standing = _standing(row, path)
        asked, last = standing.row, next(reversed(standing.answers), None)
        assert asked is not None
        if last and _is_said(last, row, by=by, answer=answer, reason=reason):
            return asked
        reasons = (*why_not(standing, row, by, answer), *_why_not_with(answer, reason))
        if reasons:
            raise Refused(*reasons)
        asked.rfc = row
        _write(asked, by, Answer(answer), reason)
        settling.settle(row, by=by)
    return asked


def _is_said(last: OwnerAnswer, row: RFC, *, by: User, answer: str, reason: str) -> bool:
    is_of_old = answer == Answer.OBJECT and last.revision_id != row.revision_id
    return (last.person_id, last.answer, last.reason) == (by.pk, answer, reason) and not is_of_old


def _standing(row: RFC, path: str) -> Standing:
    named = row.revision.content.paths if row.revision else ()
    found = standings(row, named)
    met = [one for one in found if one.path == path] or [one for one in found if path in one.named]
    if len(met) > 1:
        message = f"“{path[:80]}” meets several packages: answer for each by its own path."
        raise Refused(Reason("several_packages", message, field="package", kind=Kind.HIDDEN))
    standing = next(iter(met), None)
    if standing is None or standing.row is None:
        message = f"No owner was asked about “{path[:80]}”; the impact page lists the packages with known owners."
        raise Refused(Reason("nobody_asked", message, field="package", kind=Kind.HIDDEN))
    return standing


def _why_not_with(answer: str, reason: str) -> tuple[Reason, ...]:
    if answer not in Answer.values:
        known = ", ".join(Answer.values)
        return (not_ready("unknown_answer", f"Choose one of {known}.", field="answer", who="you"),)
    if answer == Answer.OBJECT and not reason:
        message = "Say why you object: the owner has to answer it."
        return (not_ready("reason_missing", message, field="reason", who="you"),)
    if len(reason) > LONGEST or unstorable(reason):
        message = f"The reason holds at most {LONGEST:,} characters, all of them text."
        return (not_ready("unstorable", message, field="reason", who="you"),)
    return ()


def _write(asked: Acknowledgement, by: User, said: Answer, reason: str) -> None:
    at = clock.now()
    if said == Answer.MORE_TIME:
        policy = asked.rfc.pinned.policy
        start = max(asked.due_at, at)
        asked.due_at = after_working_days(start, policy.acknowledgement_days, policy.calendar)
        asked.extended_at = at
        asked.save(update_fields=["due_at", "extended_at"])
    row = append(asked, by=by, answer=said, reason=reason, at=at)
    if said != Answer.ACKNOWLEDGE:
        _tell_owner(asked, row)


WORDS = {
    Answer.OBJECT: "objects to",
    Answer.MORE_TIME: "asks for more time for",
    Answer.WITHDRAW: "withdraws the objection to",
}


def _tell_owner(asked: Acknowledgement, said: OwnerAnswer) -> None:
    rfc = asked.rfc
    outbox.queue(
        f"acknowledgement:{asked.pk}:answer:{said.pk}",
        to=rfc.owner,
        rfc=rfc,
        subject=f"{display_name(said.person)} {WORDS[Answer(said.answer)]} {asked.path} in {rfc.number}",
        text=said.reason or "No reason was given.",
        at=said.at,
        kind=Notice.ACTION_ASKED if said.answer == Answer.OBJECT else Notice.POSITION,
        path=rfc.impact_url,
    )


def sweep() -> int:
    """Record every deadline that passed without an answer; their number. Run it as often as you like."""
    return sum(_lapse(rfc) for rfc in overdue().values_list("rfc", flat=True).order_by("rfc").distinct())


def _lapse(rfc: int) -> int:
    with attempt("lapse", actor=None, on=f"rfc:{rfc}"):
        row = locked(rfc)
        lapsed = lapse(row)
        settling.settle(row, by=None)
        return lapsed
