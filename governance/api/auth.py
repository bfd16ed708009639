"""Who calls, and what the token lets them do. A token is always its human: rules of duty see the person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.contrib.auth.models import Group
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, QuerySet
from knox.auth import TokenAuthentication
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from governance.accounts import limits
from governance.models import AccessToken, Scope
from rfcs.clock import Now
from rfcs.compiled import Compiled, Place
from rfcs.errors import Reason, Refused, forbidden
from rfcs.events import attempt
from rfcs.states import AUDITORS
from rfcs.teams import know, teams_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from rest_framework.views import APIView

WITHOUT_STREAM = "rfcs"
PAUSE = timedelta(minutes=15)
"""How long a token's use is not written down again."""


class ScopedTokens(TokenAuthentication):  # type: ignore[misc]
    """`Authorization: Token <token>`. One query by the digest; the database's clock says whether it has expired.

    Expired rows are left alone here: knox's own look-up would read and delete every token of the person.
    """

    def authenticate(self, request: Request) -> tuple[User, AccessToken] | None:
        """What fails is counted for the address; a token that is good works all the same.

        A script with an old token must not shut out a whole office, and nobody guesses 64 characters.
        """
        try:
            found: tuple[User, AccessToken] | None = super().authenticate(request)
        except AuthenticationFailed:
            if limits.is_token_too_many(request._request):
                raise Throttled(limits.PAUSE, "Too many calls with a bad token from this address.") from None
            raise
        return found

    def authenticate_credentials(self, token: bytes) -> tuple[User, AccessToken]:
        try:
            digest = hash_token(token.decode())
        except UnicodeDecodeError:
            raise AuthenticationFailed("Invalid token.") from None
        found = _live.first(digest)
        if found is None:
            raise AuthenticationFailed("Invalid token.")
        know(found.user, found.names)
        if found.is_unseen:
            AccessToken.objects.filter(pk=digest).update(last_used_at=Now())
        answer: tuple[User, AccessToken] = self.validate_user(found)
        return answer


@Compiled
def _live(digest: Place) -> QuerySet[AccessToken]:
    """The token, if its time is not over, with its person and their teams."""
    live, unseen = Q(expiry=None) | Q(expiry__gt=Now()), Q(last_used_at=None) | Q(last_used_at__lt=Now() - PAUSE)
    teams = ArraySubquery(Group.objects.filter(user=OuterRef("user")).order_by().values("name"))
    rows = AccessToken.objects.filter(live, pk=digest).select_related("user")
    seen: QuerySet[AccessToken] = rows.annotate(is_unseen=ExpressionWrapper(unseen, BooleanField()), names=teams)
    return seen


class HasScope(BasePermission):
    """Reading needs `read`, changing needs `write`; a view may name another scope per method in `scopes`.

    Auditors change nothing, whatever their token says, but what is their `own`: a view says that it changes nothing
    of the record. A refusal is recorded like that of any verb.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not request.user.is_authenticated:
            return False
        own = getattr(view, "own", False)
        reasons = tuple(_why_not(request, scope_needed(request, view), own=own))
        if reasons:
            stream = getattr(view, "stream", WITHOUT_STREAM)
            with attempt(f"api.{str(request.method).lower()}", actor=request.user, on=stream, changes=not own):
                raise Refused(*reasons)
        return True


def scope_needed(request: Request, view: Any) -> Scope:
    usual = Scope.READ if request.method in SAFE_METHODS else Scope.WRITE
    scope: Scope = getattr(view, "scopes", {}).get(request.method, usual)
    return scope


def _why_not(request: Request, needed: Scope, *, own: bool) -> Iterator[Reason]:
    token = request.auth
    if not isinstance(token, AccessToken) or needed not in token.scopes:
        message = f"This token lacks the scope “{needed.value}”; use one that has it."
        yield forbidden(message, who="you", code="scope_missing")
    if not own and request.method not in SAFE_METHODS and AUDITORS in teams_of(request.user):
        yield forbidden("Auditors read everything and change nothing.", code="auditor")
