"""Settling what stands in the way of a start: clashes with other RFCs, and freeze windows of the policy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfcs import clock, events
from rfcs.case import Case
from rfcs.errors import Kind, Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.freezes import Freeze
from rfcs.impact.clashes import Clash
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, ClashResolution, FreezeOverride
from rfcs.states import STEWARDS
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST = 5_000


def resolve(rfc: RFC, other: int, *, by: User, note: str) -> ClashResolution:
    """Record how two owners settled a clash; it then stands on both RFCs.

    Raises Refused: 404 where no such clash is, 403 for who owns neither, 409 when it is settled, 422 without a note.
    """
    with attempt("resolve_clash", actor=by, on=rfc.stream):
        rows = {pk: locked(pk) for pk in sorted({rfc.pk, other})} if RFC.objects.filter(pk=other).exists() else {}
        row = rows.get(rfc.pk) or locked(rfc)
        clash, note = _clash(row, other), note.strip()
        reasons = [*_why_not_by(row, clash, by), *_why_not_with("note", note)]
        if clash.resolution is not None:
            reasons.append(Reason("settled", f"The clash with {clash.other.number} is settled already.", field="rfc"))
        if reasons:
            raise Refused(*reasons)
        return _resolve(row, clash, by, note)


def _clash(row: RFC, other: int) -> Clash:
    found = next((clash for clash in Case(row).clashes if clash.other.pk == other), None)
    if found is None:
        message = f"{row.number} has no clash with this RFC now."
        raise Refused(Reason("no_clash", message, field="rfc", kind=Kind.HIDDEN))
    return found


def _why_not_by(row: RFC, clash: Clash, by: User) -> tuple[Reason, ...]:
    if by.pk in (row.owner_id, clash.other.owner_id):
        return ()
    who = f"{display_name(row.owner)} or {clash.owner}"
    return (forbidden(f"Only the owners of the two RFCs settle their clash: {who}.", who=who),)


def _why_not_with(field: str, text: str) -> tuple[Reason, ...]:
    if not text or len(text) > LONGEST or unstorable(text):
        message = f"Write, in at most {LONGEST:,} characters, what was agreed or why."
        return (not_ready(f"{field}_missing", message, field=field, who="you"),)
    return ()


def _resolve(row: RFC, clash: Clash, by: User, note: str) -> ClashResolution:
    at, (first, second) = clock.now(), sorted((row, clash.other), key=lambda one: one.pk)
    facts = {"packages": list(clash.paths), "note": note, "fingerprint": clash.fingerprint}
    for one, beside in ((row, clash.other), (clash.other, row)):
        if not beside.embargoed:  # the record of the other one would tell of it
            payload = {**facts, "with": beside.number}
            events.record(one.stream, "clash.resolved", actor=by, payload=payload, at=at)
    return ClashResolution.objects.create(
        first=first, second=second, fingerprint=clash.fingerprint, note=note, by=by, at=at
    )


def override(rfc: RFC, freeze: str, *, by: User, reason: str) -> FreezeOverride:
    """Let this RFC start in spite of one freeze window (its `key`). The same override sent again changes nothing.

    Raises Refused: 404 for no such window, 403 for who is no steward or whose RFC it is, 409 when it is overridden,
    422 without a reason.
    """
    with attempt("override_freeze", actor=by, on=rfc.stream):
        row, reason = locked(rfc), reason.strip()
        case = Case(row)
        window = _freeze(case, freeze)
        known = case.overrides.get(window.key)
        if known and (known.by_id, known.reason) == (by.pk, reason):
            return known
        reasons = [*why_not_overridden_by(case, by), *_why_not_with("reason", reason)]
        if known:
            message = f"“{window.name}” is overridden for {row.number} already, by {display_name(known.by)}."
            reasons.append(Reason("overridden", message, field="freeze"))
        if reasons:
            raise Refused(*reasons)
        at = clock.now()
        payload = {"freeze": window.key, "reason": reason}
        events.record(row.stream, "freeze.overridden", actor=by, payload=payload, at=at)
        return FreezeOverride.objects.create(rfc=row, freeze=window.key, reason=reason, by=by, at=at)


def why_not_overridden_by(case: Case, by: User) -> tuple[Reason, ...]:
    """Every reason why this person overrides no freeze for this RFC."""
    if STEWARDS not in teams_of(by):
        return (forbidden("Only a steward lets an RFC start in spite of a freeze.", who="a steward"),)
    if by.pk in case.parties:
        message = f"You wrote or own {case.rfc.number}; another steward lets it start in spite of a freeze."
        return (forbidden(message, code="contributor", who="another steward"),)
    return ()


def _freeze(case: Case, key: str) -> Freeze:
    found = next((freeze for freeze in case.freezes if freeze.key == key), None)
    if found is None:
        message = "No freeze window of this name concerns this RFC; the impact page lists those that do."
        raise Refused(Reason("no_freeze", message, field="freeze", kind=Kind.HIDDEN))
    return found
