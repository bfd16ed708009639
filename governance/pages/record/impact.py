"""The Impact tab as plain values for its template: packages with their owners' answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from governance.pages.record.lanes import Bar, lanes
from rfcs import lessons
from rfcs.case import Case
from rfcs.content import PHASES
from rfcs.impact import naming, planning
from rfcs.impact.acknowledgements import Standing, possible
from rfcs.models import RFC, OwnerAnswer
from rfcs.states import AUDITORS, Acknowledged, Answer, Severity, State, Track
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

ICONS = {
    Acknowledged.WAITING: "open",
    Acknowledged.ACKNOWLEDGED: "done",
    Acknowledged.OBJECTED: "failed",
    Acknowledged.LAPSED: "waived",
    Acknowledged.NOBODY: "not_applicable",
}
SENTENCES = {
    Acknowledged.NOBODY: "The catalogue knows no owner who may see this RFC, so nobody is asked.",
    Acknowledged.LAPSED: "No owner answered in time; the lapse is recorded, and an owner may still answer.",
}
AHEAD = {
    Track.STANDARD: "Its owners are asked when the RFC is submitted.",
    Track.EMERGENCY: "Its owners are asked once the full justification is filed.",
}
"""Tracks that ask owners, and when."""
VARIANTS = {Answer.ACKNOWLEDGE: "primary", Answer.OBJECT: "danger"}


def parts(case: Case, user: User) -> dict[str, Any]:
    """What the tab shows for this person."""
    may_name = not any(naming.why_not_named_by(case.rfc, user))
    rows = [
        _row(case, standing, user) | {"may_name": may_name and naming.wants_owner(standing, case.rfc)}
        for standing in case.acknowledgements
    ]
    settled = None if any(row["is_ahead"] for row in rows) else sum(row["is_settled"] for row in rows)
    learnt = lessons.about(case.rfc, case.content.paths, user)
    return {
        "content": case.content,
        "packages": [_assessment(package) for package in case.content.packages],
        "acknowledgements": rows,
        "settled": settled,
        "risk": case.risk,
        "lessons": learnt,
        **plan(case, user),
    }


def plan(case: Case, user: User) -> dict[str, Any]:
    """The timeline with what meets it: other RFCs and freeze windows."""
    rfc = case.rfc
    reads_only = AUDITORS in teams_of(user)
    clashes = [
        {"clash": clash, "may_settle": not reads_only and user.pk in (rfc.owner_id, clash.other.owner_id)}
        for clash in case.clashes
    ]
    freezes = [
        {"freeze": freeze, "is_on": freeze.is_on(case.today), "override": case.overrides.get(freeze.key)}
        for freeze in case.freezes
    ]
    return {
        "clashes": clashes,
        "freezes": freezes,
        "may_override": not reads_only and not planning.why_not_overridden_by(case, user),
        "lanes": lanes(_bars(case), case.today),
    }


def _bars(case: Case) -> Iterator[Bar]:
    for phase in PHASES:
        period = getattr(case.content.timeline, phase)
        if period.start and period.end and period.start <= period.end:
            yield Bar(phase, phase.title(), period.start, period.end)
    for clash in case.clashes:
        if clash.resolution:
            yield Bar("settled", f"Settled clash with {clash.other.number}", *clash.days)
        else:
            yield Bar("clash", f"Clash with {clash.other.number}", *clash.days, note="not settled")
    window = case.content.window
    for freeze in case.freezes:
        if window[0] and window[1] and freeze.last >= window[0] and freeze.first <= window[1]:
            yield Bar("freeze", f"Freeze: {freeze.name}", freeze.first, freeze.last)


def _row(case: Case, standing: Standing, user: User) -> dict[str, Any]:
    asked, state = standing.row, standing.state
    answers = possible(standing, case.rfc, user)
    is_ahead = _is_ahead(case.rfc, standing)
    return {
        "path": standing.path,
        "named": [path for path in standing.named if path != standing.path],
        "state": state,
        "state_label": "Not asked yet" if is_ahead else state.label,
        "icon": "open" if is_ahead else ICONS[state],
        "is_settled": standing.is_settled,
        "owners": [display_name(owner) for owner in standing.owners],
        "is_ahead": is_ahead,
        "sentence": _sentence(standing, is_ahead, case.rfc.track),
        "due": asked.due_at if asked and state == Acknowledged.WAITING else None,
        "was_extended": bool(asked and asked.extended_at),
        "lapsed": asked.lapsed_at if asked else None,
        "answers": [_said(said) for said in standing.answers],
        "possible": [{"value": a, "label": a.label, "variant": VARIANTS.get(a, "secondary")} for a in answers],
    }


def _is_ahead(rfc: RFC, standing: Standing) -> bool:
    """Whether owners will be asked and were not yet; a later step of the standard track has asked whom it asks."""
    comes = (
        rfc.state == State.DRAFT if rfc.track == Track.STANDARD else rfc.track == Track.EMERGENCY and not rfc.is_ended
    )
    return comes and standing.row is None and bool(standing.owners)


def _sentence(standing: Standing, is_ahead: bool, track: str) -> str:
    if is_ahead:
        return AHEAD[Track(track)]
    return "" if standing.state == Acknowledged.NOBODY and standing.owners else SENTENCES.get(standing.state, "")


def _assessment(package: Any) -> dict[str, Any]:
    severity = Severity(package.severity).label if package.severity in Severity.values else ""
    return {"package": package, "severity": severity}


def _said(said: OwnerAnswer) -> dict[str, Any]:
    return {
        "who": display_name(said.person),
        "what": WORDS[Answer(said.answer)],
        "reason": said.reason,
        "revision": said.revision.number,
        "at": said.at,
    }


WORDS = {
    Answer.ACKNOWLEDGE: "acknowledged",
    Answer.OBJECT: "objected",
    Answer.MORE_TIME: "asked for time",
    Answer.WITHDRAW: "withdrew the objection",
}
