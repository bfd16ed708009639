"""Asking the owners of affected packages: one row for each package that has any, a message to each, their silence."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from rfcs import clock, events
from rfcs.delivery import outbox
from rfcs.impact.acknowledgements import overdue, standings, within_sight
from rfcs.impact.owners import catalogued, owners_of
from rfcs.models import RFC, Acknowledgement, Event, OwnerAnswer, Package
from rfcs.notices import Notice
from rfcs.states import Acknowledged, Answer
from rfcs.teams import display_name
from rfcs.working_time import after_working_days

if TYPE_CHECKING:
    from django.contrib.auth.models import User

Asked = Mapping[str, tuple["User", ...]]
"""By path: who is asked."""
MOST_LISTED = 20
OWN = "Owns the package and writes this RFC."


def ask(rfc: RFC, *, again: Collection[int] = ()) -> None:
    """Ask for every package that has known owners and was not asked for since it was submitted. Call it under the lock.

    `again`: keys of packages that are asked for once more.

    What was answered before is about another attempt: after withdrawing and submitting again everybody is asked anew.
    An owner who is the author or the owner of the RFC has acknowledged by writing it; the other owners of that
    package are told and may still object. Under embargo only those who see the RFC are asked.
    """
    assert rfc.revision is not None, "owners are asked of a revision"
    since, before = _submitted_at(rfc), list(rfc.acknowledgements.all())
    known = {row.package_id for row in before if row.asked_at >= since and row.package_id not in again}
    met = catalogued(rfc.revision.content.paths, also={row.package_id for row in before})
    fresh = {package: tuple(rfc.who_see(owners_of(package))) for package in met if package.pk not in known}
    found = {path: package for package, owners in fresh.items() if owners for path in _names(package, before)}
    asked = {path: fresh[package] for path, package in found.items()}
    if asked:
        rows = _insert(rfc, asked, found)
        for row in rows:
            _answered_by_writing(row, asked[row.path])
        _tell(rfc, rows, asked)
    _tell_objectors(rfc)


def _names(package: Package, before: Collection[Acknowledgement]) -> list[str]:
    """Under which its owners were asked; at first its path, with a slash where an earlier row of another has it.

    Such a row keeps its name and its package: events say the one, and that one's objection may stand on it.
    """
    is_taken = any(row.path == package.path for row in before)
    return [row.path for row in before if row.package_id == package.pk] or [package.path + "/" * is_taken]


def _tell_objectors(rfc: RFC) -> None:
    """Who objected to an earlier revision learns of the one that may meet it."""
    revision = rfc.revision
    assert revision is not None
    for standing in standings(rfc, revision.content.paths):
        said = standing.objection
        if said is None or said.revision.number >= revision.number or not said.person.is_active:
            continue
        for person in rfc.who_see([said.person]):
            outbox.queue(
                f"acknowledgement:{said.acknowledgement_id}:objection:{said.pk}:revision:{revision.number}",
                to=person,
                rfc=rfc,
                subject=f"{rfc.number} has a new revision since you objected to {standing.path}",
                text=f"See if revision {revision.number} meets it, and answer anew; till then the objection stands.",
                at=clock.now(),
                kind=Notice.ACKNOWLEDGEMENT_ASKED,
                path=rfc.impact_url,
            )


def _submitted_at(rfc: RFC) -> datetime:
    """When this attempt began."""
    began = ("move.submit", "move.request_authorisation")
    return Event.objects.filter(stream=rfc.stream, kind__in=began).latest("seq").at


def _insert(rfc: RFC, asked: Asked, packages: Mapping[str, Package]) -> list[Acknowledgement]:
    at, policy = clock.now(), rfc.pinned.policy
    due = after_working_days(at, policy.acknowledgement_days, policy.calendar)
    owners = {path: sorted(person.pk for person in people) for path, people in asked.items()}
    events.record(
        rfc.stream, "acknowledgement.asked", actor=None, payload={"owners": owners, "due": due.isoformat()}, at=at
    )
    rows = (Acknowledgement(rfc=rfc, path=path, package=packages[path], asked_at=at, due_at=due) for path in asked)
    fresh = ["status", "asked_at", "due_at", "extended_at", "lapsed_at"]
    return Acknowledgement.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["rfc", "path"], update_fields=fresh
    )


def _answered_by_writing(row: Acknowledgement, people: Iterable[User]) -> None:
    for person in people:
        if person.pk in (row.rfc.author_id, row.rfc.owner_id):
            append(row, by=person, answer=Answer.ACKNOWLEDGE, reason=OWN, at=row.asked_at)
            return


def kept(rfc: RFC) -> frozenset[int]:
    """Keys of packages whose owners were asked, and from all of whom an embargo keeps the RFC by now."""
    if not rfc.embargoed or rfc.revision is None:
        return frozenset()
    rows = (standing.row for standing in standings(rfc, rfc.revision.content.paths) if standing.is_kept)
    return frozenset(row.package_id for row in rows if row is not None)


def lapse(rfc: RFC) -> int:
    """Record every deadline of this RFC that passed without an answer; their number. Call it under the RFC's lock.

    Whom an embargo kept from seeing the RFC let no time pass: they are asked anew when it is lifted.
    """
    rows = within_sight(list(overdue().filter(rfc=rfc)), {rfc.pk: rfc})
    for row in rows:
        row.rfc = rfc
        _lapse(row, clock.now())
    return len(rows)


def _lapse(row: Acknowledgement, at: datetime) -> None:
    row.status, row.lapsed_at = Acknowledged.LAPSED, at
    row.save(update_fields=["status", "lapsed_at"])
    facts = {"package": row.path, "due": row.due_at.isoformat()}
    events.record(row.rfc.stream, "acknowledgement.lapsed", actor=None, payload=facts, at=at)
    outbox.queue(
        f"acknowledgement:{row.pk}:lapsed:{row.asked_at:%Y%m%dT%H%M%S%f}",
        to=row.rfc.owner,
        rfc=row.rfc,
        subject=f"{row.rfc.number}: no owner of {row.path} answered in time",
        text="The lapse is recorded, and the request for a review no longer waits for this package.",
        at=at,
        kind=Notice.NEWS,
        path=row.rfc.impact_url,
    )


def append(row: Acknowledgement, *, by: User, answer: Answer, reason: str, at: datetime) -> OwnerAnswer:
    """Write one answer with its event, and what it makes of the acknowledgement."""
    revision = row.rfc.revision
    assert revision is not None
    facts = {"package": row.path, "reason": reason, "revision": revision.number}
    facts |= {"due": row.due_at.isoformat()} if answer == Answer.MORE_TIME else {}
    event = events.record(row.rfc.stream, f"acknowledgement.{answer}", actor=by, payload=facts, at=at)
    said = OwnerAnswer.objects.create(
        acknowledgement=row, person=by, answer=answer, reason=reason, revision=revision, at=at, event=event
    )
    if answer != Answer.MORE_TIME:
        unanswered = Acknowledged.LAPSED if row.lapsed_at else Acknowledged.WAITING
        row.status = {Answer.ACKNOWLEDGE: Acknowledged.ACKNOWLEDGED, Answer.OBJECT: Acknowledged.OBJECTED}.get(
            answer, unanswered
        )
        row.save(update_fields=["status"])
    return said


def _tell(rfc: RFC, rows: Iterable[Acknowledgement], asked: Asked) -> None:
    """One message to each owner, whatever the number of their packages."""
    owned: dict[User, list[Acknowledgement]] = {}
    for row in rows:
        for person in asked[row.path]:
            if person.pk not in (rfc.author_id, rfc.owner_id):
                owned.setdefault(person, []).append(row)
    for person, mine in owned.items():
        _tell_one(rfc, person, mine)


def _tell_one(rfc: RFC, person: User, rows: list[Acknowledgement]) -> None:
    waiting = [row.path for row in rows if row.status == Acknowledged.WAITING]
    known = [row.path for row in rows if row.status != Acknowledged.WAITING]
    until = f"{rows[0].due_at:%A %-d %B, %H:%M} UTC"
    parts = [f"Acknowledge, object, or ask for time until {until}:\n{_listed(waiting)}" if waiting else ""]
    writes = f"{display_name(rfc.owner)} owns these with you and writes the RFC, so they count as acknowledged"
    parts += [f"{writes}; you may still object:\n{_listed(known)}" if known else ""]
    outbox.queue(
        f"rfc:{rfc.pk}:{rows[0].pk}:asked:{rows[0].asked_at:%Y%m%dT%H%M%S%f}",
        to=person,
        rfc=rfc,
        subject=f"{rfc.number} changes a package of yours: {rfc.title}",
        text="\n\n".join(part for part in parts if part),
        at=rows[0].asked_at,
        kind=Notice.ACKNOWLEDGEMENT_ASKED if waiting else Notice.PACKAGE_CHANGED,
        path=rfc.impact_url,
    )


def _listed(paths: list[str]) -> str:
    more = [f"- and {len(paths) - MOST_LISTED} more"] if len(paths) > MOST_LISTED else []
    return "\n".join([*(f"- {path}" for path in paths[:MOST_LISTED]), *more])
