"""Who a session belongs to: the account with its teams, in one statement of every request."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.models import Group, User
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet

from rfcs import teams
from rfcs.compiled import Compiled, Place

if TYPE_CHECKING:
    from django.contrib.auth.base_user import AbstractBaseUser


class Backend(AuthenticationBackend):  # type: ignore[misc] # allauth has no types
    """allauth's, which logs people in."""

    def get_user(self, user_id: int) -> AbstractBaseUser | None:
        """The account, unless it is deactivated."""
        user = _account.first(user_id)
        if user is None or not self.user_can_authenticate(user):
            return None
        teams.know(user, user.names)  # type: ignore[attr-defined] # annotated
        return user


@Compiled
def _account(pk: Place) -> QuerySet[User]:
    own = Group.objects.filter(user=OuterRef("pk")).order_by().values("name")
    return User.objects.filter(pk=pk).annotate(names=ArraySubquery(own))
