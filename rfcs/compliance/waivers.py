"""Waivers and “not applicable”: an item counts as closed for a while, on somebody's name and reason."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from typing import TYPE_CHECKING

from rfcs import clock, events
from rfcs.case import Case
from rfcs.compliance.checklists import ItemStatus, statuses
from rfcs.compliance.duties import Duties
from rfcs.errors import Kind as Because
from rfcs.errors import Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, Waiver
from rfcs.states import Kind, State, WaiverKind

if TYPE_CHECKING:
    from django.contrib.auth.models import User

WAIVED_IN = (State.APPROVED, State.IMPLEMENTATION, State.POST_IMPLEMENTATION)
AUTOMATIC = frozenset({"notifications_sent"})
"""The computed items that can be waived. The others say what the document and the approval are: whoever could waive
them would put their own word in the place of the board's. A mailbox that takes no mail is nobody's decision."""
LONGEST_REASON = 5_000


def grant(
    rfc: RFC, slug: str, *, by: User, reason: str, expires_on: date | None, kind: str = WaiverKind.WAIVER
) -> Waiver:
    """Let an open item count as closed to the end of a day (UTC). Raises Refused with every reason."""
    with attempt(f"checklist.{slug}.waive", actor=by, on=rfc.stream):
        row = locked(rfc)
        status, at = _status(row, slug), clock.now()
        today = at.astimezone(UTC).date()
        reasons = (*_why_not_here(row, status), *_why_not_by(row, by), *_why_not_so(row, reason, expires_on, today))
        if reasons or expires_on is None:
            raise Refused(*reasons)
        facts = {"kind": WaiverKind(kind).value, "reason": reason.strip(), "expires_on": expires_on}
        waiver = Waiver.objects.create(rfc=row, slug=slug, granted_by=by, granted_at=at, **facts)
        payload = {**facts, "waiver": waiver.pk, "item": slug, "expires_on": expires_on.isoformat()}
        events.record(row.stream, "checklist.waived", actor=by, payload=payload, at=at)
    return waiver


def revoke(rfc: RFC, slug: str, *, by: User, reason: str) -> None:
    """End every waiver of an item: from now on it is open unless it was done. Raises Refused with every reason."""
    with attempt(f"checklist.{slug}.revoke", actor=by, on=rfc.stream):
        row = locked(rfc)
        status, at = _status(row, slug), clock.now()
        standing = row.waivers.filter(slug=slug, revoked_at=None)
        reasons = (*_why_not_revoked(row, status, standing.exists()), *_why_not_by(row, by), *_why_no_reason(reason))
        if reasons:
            raise Refused(*reasons)
        payload = {"item": slug, "waivers": list(standing.values_list("pk", flat=True)), "reason": reason.strip()}
        standing.update(revoked_by=by, revoked_at=at)
        events.record(row.stream, "checklist.waiver_revoked", actor=by, payload=payload, at=at)


def _status(rfc: RFC, slug: str) -> ItemStatus:
    found = next((status for status in statuses(Case(rfc)) if status.slug == slug), None)
    if found is None:
        raise Refused(Reason("unknown_item", f"There is no checklist item “{slug}”.", field=slug, kind=Because.HIDDEN))
    return found


def why_not_waivable(status: ItemStatus) -> str:
    """Why nobody can waive this item at all; empty when somebody can."""
    if status.kind == Kind.AUTOMATIC and status.slug not in AUTOMATIC:
        return f"“{status.text}” cannot be waived: it is a fact of the record, not a task."
    return ""


def _why_not_here(rfc: RFC, status: ItemStatus) -> tuple[Reason, ...]:
    if why := why_not_waivable(status):
        return (Reason("not_waivable", why, field=status.slug),)
    if rfc.state not in WAIVED_IN:
        states = ", ".join(State(state).label.lower() for state in WAIVED_IN)
        message = f"{rfc.number} is in {State(rfc.state).label.lower()}; items are waived only in {states}."
        return (Reason("wrong_state", message, field="state"),)
    if status.state == "done":
        return (Reason("item_state", f"“{status.text}” is already closed.", field=status.slug),)
    return ()


def _why_not_revoked(rfc: RFC, status: ItemStatus, is_waived: bool) -> tuple[Reason, ...]:
    if rfc.state not in WAIVED_IN:
        return (Reason("wrong_state", f"{rfc.number} is in {State(rfc.state).label.lower()}.", field="state"),)
    if not is_waived:
        return (Reason("item_state", f"“{status.text}” has no waiver.", field=status.slug),)
    return ()


def _why_not_by(rfc: RFC, by: User) -> tuple[Reason, ...]:
    reason = Duties(rfc, by).why_not_waive()
    return (reason,) if reason else ()


def _why_no_reason(reason: str) -> tuple[Reason, ...]:
    if not reason.strip() or len(reason) > LONGEST_REASON or unstorable(reason):
        message = f"Give a reason of at most {LONGEST_REASON:,} characters; it stands on the checklist."
        return (not_ready("reason_missing", message, field="reason", who="you"),)
    return ()


def _why_not_so(rfc: RFC, reason: str, expires_on: date | None, today: date) -> tuple[Reason, ...]:
    days = rfc.pinned.policy.waiver_days
    last = today + timedelta(days=days)
    if expires_on is not None and today <= expires_on <= last:
        return _why_no_reason(reason)
    message = f"Say until when, from today to {last:%-d %B %Y}: a waiver lasts at most {days} days."
    return (*_why_no_reason(reason), not_ready("expiry", message, field="expires", who="you"))
