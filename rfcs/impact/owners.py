"""Whose packages these are: of each path the deepest package at or above it and all below it, with their owners."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Prefetch, Q, QuerySet

from rfcs.compiled import Place
from rfcs.models import Package

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def with_owners() -> QuerySet[Package]:
    """Packages with their active owners read along, for `owners_of`."""
    people = get_user_model()._default_manager.filter(is_active=True)
    teams = Group.objects.prefetch_related(Prefetch("user_set", people, to_attr="people"))
    return Package.objects.prefetch_related(
        Prefetch("owners", people, to_attr="people"), Prefetch("owner_teams", teams)
    )


def catalogued(paths: Iterable[str], also: Collection[int] = ()) -> dict[Package, tuple[str, ...]]:
    """The packages of the catalogue that these paths meet, with the paths that meet each; a constant number of queries.

    A path meets the deepest package at or above it, and all below it: who names a folder names what is in it. It also
    meets those of `also` (keys of packages that were asked about) that are anywhere at, above or below it, so that
    naming another part of a package leaves nothing behind. In the order of the paths.
    """
    wanted = {path: place for place, path in enumerate(dict.fromkeys(paths))}
    rows = {row.path: row for row in with_owners().filter(near(frozenset(wanted)))} if wanted else {}
    below: dict[str, set[str]] = {}
    for path in wanted:
        steps = [step for step in above(path) if step in rows]
        for step in (*steps[:1], *(step for step in steps if rows[step].pk in also)):
            below.setdefault(step, set()).add(path)
    met = {row: below.get(row.path, set()).union(wanted.keys() & above(row.path)) for row in rows.values()}
    ordered = ((row, tuple(sorted(some, key=wanted.__getitem__))) for row, some in met.items() if some)
    return dict(sorted(ordered, key=lambda pair: (wanted[pair[1][0]], pair[0].path)))


def above(path: str) -> tuple[str, ...]:
    """The path and the folders above it, the deepest first."""
    parts = path.split("/")
    return tuple("/".join(parts[:length]) for length in range(len(parts), 0, -1))


def near(mine: frozenset[str]) -> Q:
    """Of package rows: at, above or below one of these paths, so that the database reads no others."""
    below = (Q(path__startswith=f"{path}/") for path in sorted(topmost(mine)))
    return reduce(or_, below, Q(path__in={step for path in mine for step in above(path)}))


def topmost(paths: Iterable[str]) -> frozenset[str]:
    """Without those that lie below another one."""
    known = frozenset(paths)
    return frozenset(path for path in known if known.isdisjoint(above(path)[1:]))


def owners_of(package: Package) -> tuple[User, ...]:
    """Active owners by user name, named or through a team, each once; of a package from `with_owners`."""
    loaded: Any = package
    people = (*loaded.people, *(member for team in loaded.owner_teams.all() for member in team.people))
    return tuple(sorted({person.pk: person for person in people}.values(), key=lambda person: person.username))


def owned_by(person: User | Place) -> Q:
    """Of a query over packages: those that this person owns, alone or through a team."""
    return Q(owners=person) | Q(owner_teams__in=Group.objects.filter(user=person))
