"""Whose packages these are: the deepest package of the catalogue at or above each path, and its owners."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.db.models import Prefetch, Q, QuerySet

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


def catalogued(paths: Iterable[str]) -> dict[str, Package]:
    """For each path that has one, its package with the owners of today; a constant number of queries."""
    wanted = tuple(paths)
    found = {row.path: row for row in with_owners().filter(path__in={step for path in wanted for step in above(path)})}
    deepest = ((path, next((step for step in above(path) if step in found), None)) for path in wanted)
    return {path: found[step] for path, step in deepest if step is not None}


def above(path: str) -> tuple[str, ...]:
    """The path and the folders above it, the deepest first."""
    parts = path.split("/")
    return tuple("/".join(parts[:length]) for length in range(len(parts), 0, -1))


def owners_of(package: Package) -> tuple[User, ...]:
    """Active owners by user name, named or through a team, each once; of a package from `with_owners`."""
    loaded: Any = package
    people = (*loaded.people, *(member for team in loaded.owner_teams.all() for member in team.people))
    return tuple(sorted({person.pk: person for person in people}.values(), key=lambda person: person.username))


def owned_by(user: User) -> Q:
    """Of a query over packages: those that this person owns, alone or through a team."""
    return Q(owners=user) | Q(owner_teams__in=user.groups.all())
