"""A steward names an owner of a package of which nobody is left to answer about an RFC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model

from rfcs import authority, clock, events
from rfcs.delivery import outbox
from rfcs.errors import Kind, Reason, Refused, forbidden, not_ready
from rfcs.events import attempt
from rfcs.impact.acknowledgements import Standing, asks, standings
from rfcs.lifecycle import locked
from rfcs.limits import unstorable
from rfcs.models import RFC, Package
from rfcs.notices import Notice
from rfcs.states import AUDITORS, STEWARDS, Acknowledged
from rfcs.teams import display_name, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

CATALOG = "catalog"
"""The stream of what changes in the catalogue."""
LONGEST = 5_000


def name_owner(rfc: RFC, path: str, username: str, *, by: User, reason: str) -> Package:
    """Make this person an owner of the package, and tell them what waits. Whoever owns it already changes nothing.

    Raises Refused: 404 for a package that nobody was asked about, 403 for who is no steward or whose RFC it is, 409
    while somebody is there who answers, 422 without a reason or for who could not answer.
    """
    with attempt("name_owner", actor=by, on=rfc.stream):
        row, reason, username = locked(rfc), reason.strip(), username.strip()
        standing = _standing(row, path)
        other = None if unstorable(username) else get_user_model()._default_manager.filter(username=username).first()
        package = standing.row.package if standing.row else None
        assert package is not None
        reasons = [*why_not_named_by(row, by)]
        if not reasons and other is not None and other in standing.waited:
            return package
        reasons += [*_why_not_now(standing, row), *_why_not_with(reason)]
        reasons += _why_not_for(row, standing, other, username, by)
        if reasons:
            raise Refused(*reasons)
        assert other is not None
        _write(row, package, other, by, reason)
    return package


def wants_owner(standing: Standing, rfc: RFC) -> bool:
    """Whether nobody is left who could acknowledge the change of this package, or settle the objection to it."""
    if standing.row is None or standing.waited or not asks(rfc):
        return False
    if standing.objection is None:
        return standing.state == Acknowledged.WAITING
    raiser = standing.objection.person
    return not (raiser.is_active and rfc.who_see([raiser]))


def why_not_named_by(rfc: RFC, by: User) -> Iterator[Reason]:
    """Every reason why this person names no owner for this RFC."""
    if STEWARDS not in teams_of(by):
        yield forbidden("Only a steward names an owner of a package.", who="a steward")
    elif by.pk in authority.parties(rfc):
        message = f"You wrote or own {rfc.number}; another steward names who answers about it."
        yield forbidden(message, code="contributor", who="another steward")


def _standing(row: RFC, path: str) -> Standing:
    named = row.revision.content.paths if row.revision else ()
    found = next((one for one in standings(row, named) if one.path == path and one.row is not None), None)
    if found is None:
        message = f"No owner was asked about “{path[:80]}”; the impact page lists the packages with known owners."
        raise Refused(Reason("nobody_asked", message, field="package", kind=Kind.HIDDEN))
    return found


def _why_not_now(standing: Standing, rfc: RFC) -> Iterator[Reason]:
    if not wants_owner(standing, rfc):
        message = f"{standing.path} waits for no other owner: it is settled, or somebody is there who answers."
        yield Reason("has_owner", message, field="package")


def _why_not_with(reason: str) -> Iterator[Reason]:
    if not reason or len(reason) > LONGEST or unstorable(reason):
        message = f"Say why this person owns it, in at most {LONGEST:,} characters: it is kept in the record."
        yield not_ready("reason_missing", message, field="reason", who="you")


def _why_not_for(row: RFC, standing: Standing, other: User | None, username: str, by: User) -> Iterator[Reason]:
    """Why this person could not answer."""
    if other is None or not other.is_active:
        message = f"Nobody active has the user name “{username[:80]}”; look it up under People, or invite them."
        yield not_ready("nobody", message, field="username", who="you")
        return
    who = display_name(other)
    if other.pk == by.pk:
        yield not_ready("yourself", "Name somebody else: nobody gives themselves a say.", field="username", who="you")
    if other.pk in authority.parties(row):
        message = f"{who} wrote or owns {row.number}, and does not answer their own question; name somebody else."
        yield not_ready("contributor", message, field="username", who="you")
    if AUDITORS in teams_of(other):
        yield not_ready("auditor", f"{who} is an auditor, who answers nothing.", field="username", who="you")
    if not row.who_see([other]):
        message = f"{row.number} is under embargo, and {who} does not see it; name somebody who does."
        yield not_ready("hidden", message, field="username", who="you")


def _write(row: RFC, package: Package, other: User, by: User, reason: str) -> None:
    """On record in the RFC, whose answer it decides, and in the catalogue, which says nothing of the RFC."""
    at, facts = clock.now(), {"package": package.path, "person": other.get_username()}
    package.owners.add(other)
    events.record(row.stream, "owner.named", actor=by, payload=facts | {"reason": reason}, at=at)
    events.record(CATALOG, "owner.named", actor=by, payload=facts, at=at)
    outbox.queue(
        f"rfc:{row.pk}:owner:{package.pk}:{other.pk}:{at:%Y%m%dT%H%M%S%f}",
        to=other,
        rfc=row,
        subject=f"You own {package.path} now, and {row.number} waits for your answer",
        text=f"{display_name(by)} named you an owner: {reason}\n\nAcknowledge the change, or object.",
        at=at,
        kind=Notice.ACKNOWLEDGEMENT_ASKED,
        path=row.impact_url,
    )
