"""Who hears of an RFC without being asked for anything: those who watch it, a package of it, or a team that it asks.

A package of it is what one of its paths lies at or below, or above: who names a folder names what is in it.

Whoever wrote the RFC, or in its discussion, watches it by that; a muted row ends it. What somebody watches is their
own affair and no part of the record, so no event tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Q, QuerySet

from rfcs import clock
from rfcs.compiled import Compiled, Place, begins_with_one_of, one_of
from rfcs.delivery import outbox
from rfcs.errors import Kind, Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.impact.owners import above, topmost
from rfcs.limits import unstorable
from rfcs.models import RFC, AffectedPackage, Comment, Contribution, Package, Watch, Watched
from rfcs.notices import Notice
from rfcs.paths import normal_path
from rfcs.states import State, stands
from rfcs.table import TABLE
from rfcs.teams import display_name

if TYPE_CHECKING:
    from datetime import datetime

    from django.contrib.auth.models import User

PREFERRING = ("approve", "reject")
"""Moves of which the round tells the owner in words of its own."""
WATCHING = "watching"
MOST = 500
"""Things that one person watches by choice."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Whether a person watches an RFC, and how many do."""

    is_on: bool
    count: int


def watchers(rfc: RFC) -> QuerySet[User]:
    """Everybody who hears of this RFC and may see it."""
    return _everybody().filter(pk__in=watcher_ids(rfc))


def watcher_ids(rfc: RFC) -> frozenset[int]:
    paths = _paths(rfc.pk)
    steps, below = {step for path in paths for step in above(path)}, [f"{path}/" for path in topmost(paths)]
    heard = frozenset(_hearing(rfc.pk, str(rfc.pk), list(steps), below, [rfc.author_id, rfc.owner_id]))
    if not rfc.embargoed:
        return heard
    return frozenset(rfc.seen_by(_everybody().filter(pk__in=heard)).values_list("pk", flat=True))


def _everybody() -> QuerySet[User]:
    people: QuerySet[User] = get_user_model()._default_manager.all()
    return people


@Compiled
def _paths(rfc: Place) -> QuerySet[AffectedPackage, str]:
    return AffectedPackage.objects.filter(rfc=rfc).values_list("path", flat=True)


@Compiled
def _hearing(rfc: Place, key: Place, steps: Place, below: Place, own: Place) -> QuerySet[User, int]:
    """Who takes part, watches it or a package that it meets, and has not muted it.

    `steps`: its paths and the folders above them; `below`: what lies below them begins so.
    """
    mine = Watch.objects.filter(kind=Watched.RFC, key=key)
    met = Q(one_of("key", steps)) | Q(begins_with_one_of("key", below))
    packages = Watch.objects.filter(met, kind=Watched.PACKAGE, muted=False)
    wrote = Q(pk__in=Contribution.objects.filter(rfc=rfc).values("person"))
    edits = Q(pk__in=RFC.editors.through._default_manager.filter(rfc=rfc).values("user"))
    spoke = Q(pk__in=Comment.objects.filter(thread__rfc=rfc).values("author"))
    chosen = Q(pk__in=mine.filter(muted=False).values("person")) | Q(pk__in=packages.values("person"))
    heard = _everybody().filter(Q(one_of("pk", own)) | wrote | edits | spoke | chosen, is_active=True)
    return heard.exclude(pk__in=mine.filter(muted=True).values("person")).values_list("pk", flat=True)


def attention(rfc: RFC, person: User) -> Attention:
    """What the button on the RFC's page says."""
    everybody = watcher_ids(rfc)
    return Attention(person.pk in everybody, len(everybody))


def watched_packages(person: User, paths: Iterable[str]) -> frozenset[str]:
    """Those of these packages that this person watches."""
    rows = Watch.objects.filter(person=person, kind=Watched.PACKAGE, key__in=list(paths), muted=False)
    return frozenset(rows.values_list("key", flat=True))


def has_muted(rfc: RFC) -> QuerySet[Watch]:
    return Watch.objects.filter(kind=Watched.RFC, key=str(rfc.pk), muted=True)


# Choosing ---------------------------------------------------------------------------------------------------


def watch(person: User, kind: str, key: str) -> Watch:
    """From now on this person hears of it. Raises Refused for what is not there or not visible to them."""
    with attempt("watch", actor=person, on=WATCHING, changes=False):
        key = _known(person, kind, key)
        if Watch.objects.filter(person=person).exclude(kind=kind, key=key).count() >= MOST:
            message = f"You watch {MOST} things already; end some of them first."
            raise Refused(not_ready("too_many", message, field="key", who="you"))
        return _set(person, kind, key, muted=False)


def unwatch(person: User, kind: str, key: str) -> None:
    """From now on this person hears nothing of it; for an RFC that holds whatever they write in it later."""
    with attempt("unwatch", actor=person, on=WATCHING, changes=False):
        known = _rfc_key(person, key.strip()) if kind == Watched.RFC else None
        if known is not None:
            _set(person, kind, known, muted=True)
        elif not unstorable(key):
            Watch.objects.filter(person=person, kind=kind, key=key.strip()).delete()


def _set(person: User, kind: str, key: str, *, muted: bool) -> Watch:
    values = {"muted": muted, "since": clock.now()}
    row, _ = Watch.objects.update_or_create(person=person, kind=kind, key=key, defaults=values)
    return row


def _known(person: User, kind: str, key: str) -> str:
    """The key as it is stored, of a thing that this person may see."""
    normal = KEYS[kind](person, key.strip()) if kind in KEYS and not unstorable(key) else None
    if normal is None:
        message = "There is nothing of this name to watch, or it is not visible to you."
        raise Refused(Reason("not_there", message, field="key", who="you", kind=Kind.HIDDEN))
    return normal


def _rfc_key(person: User, key: str) -> str | None:
    digits = key.upper().removeprefix("RFC-").lstrip("0")
    if not (digits.isascii() and digits.isdecimal() and len(digits) < 10):
        return None
    return digits if RFC.objects.visible_to(person).filter(pk=int(digits)).exists() else None


def _package_key(person: User, key: str) -> str | None:
    """A package, or a folder of packages: who watches it hears of all that lie below, and of a folder above it."""
    path = normal_path(key)
    here = Q(path=path) | Q(path__startswith=f"{path}/")
    touched = AffectedPackage.objects.filter(here, rfc__in=RFC.objects.visible_to(person))
    return path if path and (Package.objects.filter(here).exists() or touched.exists()) else None


def _team_key(person: User, key: str) -> str | None:
    return key if Group.objects.filter(name=key).exists() else None


KEYS: dict[str, Callable[[User, str], str | None]] = {
    Watched.RFC: _rfc_key,
    Watched.PACKAGE: _package_key,
    Watched.TEAM: _team_key,
}


# Telling ----------------------------------------------------------------------------------------------------


def tell_move(rfc: RFC, name: str, *, by: User | None, at: datetime, besides: Collection[User] = ()) -> None:
    """An RFC moved: its watchers, once, but who made the move and `besides`, who hear of it in other words."""
    move, state = TABLE[name], State(rfc.state).label.lower()
    subject = f"{rfc.number} moved on: {state}: {rfc.title}"
    who = display_name(by) if by else "The clock"
    text = f"{who} made the move “{move.label}”. {rfc.number} {stands(rfc.state)} now."
    if name in PREFERRING:
        subject = f"{rfc.number} is {state}: {rfc.title}"
        text = f"The sign-offs decided: {rfc.number} is {state}."
    deaf = {by.pk if by else None, *(person.pk for person in besides), rfc.owner_id if name in PREFERRING else None}
    people = [person for person in watchers(rfc) if person.pk not in deaf]
    key, kind = f"move:{rfc.pk}:{at:%Y%m%d%H%M%S%f}", Notice.WATCHED_MOVED
    outbox.queue_all(key, people, rfc=rfc, subject=subject, text=text, at=at, kind=kind)


def tell_team_asked(rfc: RFC, teams: Iterable[tuple[str, str]], *, key: str, besides: Collection[User] = ()) -> None:
    """A round asks these teams (slug, name): who watches one and did not hear of the move already."""
    names = dict(teams)
    watching = Watch.objects.filter(kind=Watched.TEAM, key__in=names, muted=False).values("person")
    people = rfc.seen_by(_everybody().filter(pk__in=watching)).exclude(pk__in=watcher_ids(rfc))
    people = people.exclude(pk__in=has_muted(rfc).values("person")).exclude(pk__in=[one.pk for one in besides])
    subject = f"{rfc.number} asks the {' and the '.join(names.values())}: {rfc.title}"
    text = f"A round of {rfc.number} asks a team that you watch: {', '.join(names.values())}."
    at, kind = clock.now(), Notice.WATCHED_MOVED
    outbox.queue_all(key, people, rfc=rfc, subject=subject, text=text, at=at, kind=kind)
