"""Teams are Django auth groups; these are the questions that every room asks of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rfcs.models.roster import TeamLead

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser, User


def teams_of(user: User | AnonymousUser) -> frozenset[str]:
    """Slugs of the groups that this person is in; asked once for each loaded user, that is once a request."""
    if not user.is_authenticated or not user.is_active:
        return frozenset()
    known: frozenset[str] | None = getattr(user, "_teams", None)
    if known is None:
        known = frozenset(user.groups.values_list("name", flat=True))
        user._teams = known  # type: ignore[attr-defined] # a cache on the instance
    return known


def display_name(user: User) -> str:
    """The printed name: full name, else the user name."""
    return user.get_full_name() or user.get_username()


def is_lead(user: User, slug: str) -> bool:
    """Whether this person leads the team; a lead who left it or was deactivated leads it no more."""
    return slug in teams_of(user) and TeamLead.objects.filter(group__name=slug, person=user).exists()
