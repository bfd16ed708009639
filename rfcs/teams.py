"""Teams are Django auth groups; these are the questions that every room asks of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.contrib.auth.models import Group
from django.db.models import QuerySet

from rfcs.compiled import Compiled, Place
from rfcs.models.roster import TeamLead

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


def teams_of(user: User | AnonymousUser) -> frozenset[str]:
    """Slugs of the groups that this person is in; asked once for each loaded user, that is once a request."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    known: frozenset[str] | None = getattr(user, "_teams", None)
    if known is None:
        known = know(user, _names(user.pk))
    return known


def know(user: User, names: Iterable[str]) -> frozenset[str]:
    """Keep the teams of this loaded user, who was read together with them."""
    user._teams = known = frozenset(names)  # type: ignore[attr-defined] # a cache on the instance
    return known


@Compiled
def _names(person: Place) -> QuerySet[Group, str]:
    return Group.objects.filter(user=person).order_by().values_list("name", flat=True)


def display_name(user: User) -> str:
    """The printed name: full name, else the user name."""
    return user.get_full_name() or user.get_username()


def is_lead(user: User, slug: str) -> bool:
    """Whether this person leads the team; a lead who left it or was deactivated leads it no more."""
    return slug in teams_of(user) and TeamLead.objects.filter(group__name=slug, person=user).exists()
