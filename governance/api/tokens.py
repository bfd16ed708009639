"""Minting a token: who, how long, and what it may do. The secret is shown once and stored nowhere."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from django.db.models import QuerySet
from django.urls import reverse
from knox.models import get_digest_token
from knox.settings import CONSTANTS

from governance.models import LONGEST_SIGNING_LIFE, AccessToken, Scope
from rfcs import clock, events
from rfcs.delivery import outbox
from rfcs.errors import Kind, Reason, Refused, forbidden, not_ready
from rfcs.events import ACCESS, attempt
from rfcs.limits import unstorable
from rfcs.models import Event
from rfcs.notices import Notice

if TYPE_CHECKING:
    from django.contrib.auth.models import User

LONGEST_LIFE = timedelta(days=366)
KEY_LENGTH = 32
"""Characters of a digest that name a token in an address; nothing can be done with them."""


def mint(
    user: User,
    *,
    name: str,
    scopes: Collection[str],
    password_ok: bool,
    life: timedelta,
    tells: bool = True,
) -> tuple[AccessToken, str]:
    """A token of this person and its secret. `password_ok`: the person proved just now who they are.

    Who can sign by it is told, in the portal and by mail; `tells` is False for the sample data, renewed at each start.
    Raises Refused with every reason; the scope `sign` needs the password and ends within twelve hours.
    """
    with attempt("token.mint", actor=user, on=ACCESS, changes=False):
        reasons = tuple(_why_not(user, name.strip(), scopes, password_ok, life))
        if reasons:
            raise Refused(*reasons)
        token, secret = _insert(user, name.strip(), scopes, password_ok, life)
        payload = {"name": token.name, "scopes": token.scopes, "until": token.expiry.isoformat()}
        event = events.record(ACCESS, "token.minted", actor=user, payload=payload)
        if tells and Scope.SIGN in scopes:
            _tell(user, token, event)
    return token, secret


def _tell(user: User, token: AccessToken, event: Event) -> None:
    until = f"{token.expiry:%-d %B %Y, %H:%M} UTC"
    outbox.queue(
        f"access:{event.seq}",
        to=user,
        rfc=None,
        subject="A token that signs in your name was made",
        text=f"“{token.name}” signs for you until {until}. If it was not you, revoke it and change your password.",
        at=event.at,
        kind=Notice.SECURITY,
        path=reverse("tokens"),
    )


def revoke(user: User, key: str) -> AccessToken | None:
    """End a token of this person, named by the beginning of its digest; None when it is not there (any more)."""
    with attempt("token.revoke", actor=user, on=ACCESS, changes=False):
        token = of(user).filter(pk__startswith=key).first() if len(key) == KEY_LENGTH else None
        if token is not None:
            token.delete()
            events.record(ACCESS, "token.revoked", actor=user, payload={"name": token.name, "scopes": token.scopes})
    return token


def of(user: User) -> QuerySet[AccessToken]:
    """The tokens of this person, the newest first."""
    rows: QuerySet[AccessToken] = AccessToken.objects.filter(user=user).order_by("-created")
    return rows


def _why_not(user: User, name: str, scopes: Collection[str], password_ok: bool, life: timedelta) -> Iterator[Reason]:
    if not user.is_active:
        yield forbidden("A deactivated account has no tokens.", code="inactive")
    if not 0 < len(name) <= 80 or unstorable(name):
        yield not_ready("name", "Give the token a name of at most 80 characters.", field="name", who="you")
    if not scopes or not set(scopes) <= set(Scope.values):
        known = ", ".join(Scope.values)
        yield not_ready("scopes", f"Choose what the token may do: {known}.", field="scopes", who="you")
    if not timedelta() < life <= LONGEST_LIFE:
        yield not_ready("life", f"A token lives at most {LONGEST_LIFE.days} days.", field="life", who="you")
    if Scope.SIGN in scopes:
        yield from _why_not_signing(password_ok, life)


def _why_not_signing(password_ok: bool, life: timedelta) -> Iterator[Reason]:
    if not password_ok:
        message = "Show again who you are: this token will sign for you."
        yield Reason("reauthenticate", message, field="password", who="you", kind=Kind.UNAUTHENTICATED)
    if life > LONGEST_SIGNING_LIFE:
        hours = LONGEST_SIGNING_LIFE // timedelta(hours=1)
        yield not_ready("life", f"A token that signs lives at most {hours} hours.", field="life", who="you")


def _insert(
    user: User, name: str, scopes: Collection[str], password_ok: bool, life: timedelta
) -> tuple[AccessToken, str]:
    """By the database's clock; knox's own manager would take this machine's."""
    now = clock.now()
    digest, secret = get_digest_token()
    token = AccessToken(
        digest=digest,
        token_key=secret[: CONSTANTS.TOKEN_KEY_LENGTH],
        user=user,
        name=name,
        scopes=[scope for scope in Scope.values if scope in scopes],
        expiry=now + life,
        authenticated_at=now if password_ok else None,
    )
    token.save(force_insert=True)
    return token, secret
