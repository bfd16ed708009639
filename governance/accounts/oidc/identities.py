"""Which account belongs to whom the provider names. The verbs, each with its event in the stream `access` and a notice
to the person. Nobody gets an account here: a steward invites first, and the provider's verified address finds it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User

from governance.accounts.entrances import require_another
from governance.accounts.factors import tell
from governance.accounts.oidc.provider import Provider, configured
from governance.accounts.oidc.tokens import Claims
from governance.rosters import ROSTER, require_steward
from rfcs import clock, events
from rfcs.errors import Kind, Reason, Refused, forbidden
from rfcs.limits import unstorable

STEWARD = "a steward"


@dataclass(frozen=True, slots=True)
class Identity:
    """One link as the owner of the account sees it."""

    pk: int
    issuer: str
    email: str
    opens: bool
    """Whether the environment names this provider now; else it opens nothing."""
    linked_at: datetime
    used_at: datetime


def of(user: User) -> list[Identity]:
    provider = configured()
    issuer = provider.issuer if provider else None
    rows = SocialAccount.objects.filter(user=user).order_by("date_joined")
    return [
        Identity(
            row.pk,
            row.provider,
            row.extra_data.get("email", ""),
            row.provider == issuer,
            row.date_joined,
            row.last_login,
        )
        for row in rows
    ]


def enter(provider: Provider, claims: Claims) -> User:
    """Whose account this is. The first time, the one with the verified address, which is linked then.

    Raises Refused, and says whom to ask. A deactivated account is answered and not linked; the login tells so.
    """
    with events.attempt("login.single_sign_on", actor=None, on=events.ACCESS, changes=False):
        known = _rows(provider).filter(uid=claims.subject).select_related("user").first()
        user: User = known.user if known else _invited(provider, claims)
        if known:
            _seen(known, claims)
        elif user.is_active:
            _link(user, provider, claims, by="address")
    return user


def link(user: User, provider: Provider, claims: Claims) -> None:
    """By hand, from the account's own page: the one way where the provider verifies no addresses."""
    with events.attempt("identity.link", actor=user, on=events.ACCESS, changes=False):
        _locked(user)
        known = _rows(provider).filter(uid=claims.subject).first()
        if known and known.user_id == user.pk:
            return
        if known:
            text = f"That identity at {provider.name} opens another account. Log in with it, or ask a steward."
            raise Refused(Reason("identity_taken", text, who=STEWARD))
        if _rows(provider).filter(user=user).exists():
            text = f"Your account is linked with another identity at {provider.name}; remove that link first."
            raise Refused(Reason("identity_there", text, who="you"))
        _link(user, provider, claims, by="hand")


def unlink(user: User, pk: int) -> None:
    """The last way in stays. What is gone already stays gone."""
    with events.attempt("identity.unlink", actor=user, on=events.ACCESS, changes=False):
        _locked(user)
        row = SocialAccount.objects.filter(user=user, pk=pk).first()
        if row is not None:
            require_another(user, identity=pk)
            _unlink(row, user, by=user)


def unlink_all(user: User, *, by: User) -> int:
    """For somebody whom the provider knows anew: a steward ends the links, and the next login finds the account."""
    with events.attempt("identity.unlink", actor=by, on=ROSTER):
        require_steward(by)
        _locked(user)
        rows = list(SocialAccount.objects.filter(user=user))
        for row in rows:
            _unlink(row, user, by=by)
    return len(rows)


def _rows(provider: Provider) -> Any:
    return SocialAccount.objects.filter(provider=provider.issuer)


def _locked(user: User) -> None:
    User.objects.select_for_update().get(pk=user.pk)


def _invited(provider: Provider, claims: Claims) -> User:
    """The one account that a steward gave this address, under its lock. Raises Refused."""
    if not claims.email:
        raise Refused(_why_no_address(provider, claims))
    found = list(User.objects.select_for_update().filter(email__iexact=claims.email)[:2])
    same = [user for user in found if user.email.casefold() == claims.email.casefold()]
    if not same:
        text = f"No account here has the address {claims.email}. Ask a steward to invite you with it."
        raise Refused(forbidden(text, who=STEWARD, code="no_account"))
    if len(found) > 1:
        text = f"Several accounts have the address {claims.email}; a steward has to mend that."
        raise Refused(forbidden(text, who=STEWARD, code="several_accounts"))
    if _rows(provider).filter(user=same[0]).exclude(uid=claims.subject).exists():
        text = f"The account of {claims.email} is linked with another identity at {provider.name}. Ask a steward."
        raise Refused(forbidden(text, who=STEWARD, code="other_identity"))
    return same[0]


def _why_no_address(provider: Provider, claims: Claims) -> Reason:
    """What is not verified is anybody's claim; by hand, the owner of the account vouches for it."""
    otherwise = "Log in another way and link the two under Security, or ask a steward."
    if claims.unverified_email:
        text = f"{provider.name} has not verified your address {claims.unverified_email}. {otherwise}"
        return forbidden(text, who=STEWARD, code="unverified_address")
    return forbidden(f"{provider.name} tells us no address of yours. {otherwise}", who=STEWARD, code="no_address")


def _link(user: User, provider: Provider, claims: Claims, *, by: str) -> None:
    row, is_new = SocialAccount.objects.get_or_create(
        provider=provider.issuer, uid=claims.subject, defaults={"user": user}
    )
    if row.user_id != user.pk:
        raise Refused(Reason("identity_taken", "That identity was linked with another account just now."))
    _seen(row, claims)
    if is_new:
        SocialAccount.objects.filter(pk=row.pk).update(date_joined=clock.Now())
        payload = {"issuer": provider.issuer, "subject": claims.subject, "by": by}
        tell(user, "identity.linked", f"Your account was linked with {provider.name}", payload)


def _seen(row: SocialAccount, claims: Claims) -> None:
    """Kept is the address alone, to be recognised by on the person's own page."""
    email = claims.email or claims.unverified_email
    kept = {} if unstorable(email) else {"email": email}
    SocialAccount.objects.filter(pk=row.pk).update(last_login=clock.Now(), extra_data=kept)


def _unlink(row: SocialAccount, user: User, *, by: User) -> None:
    row.delete()
    payload = {"of": user.get_username(), "issuer": row.provider, "subject": row.uid}
    tell(user, "identity.unlinked", "A link of your account with single sign-on was removed", payload, by=by)


NOBODY = Reason(
    "other_person",
    "That was another identity than the one your account is linked with.",
    who="you",
    kind=Kind.UNAUTHENTICATED,
)


def require_same(user: User, provider: Provider, claims: Claims) -> None:
    """Raise Refused, unless this identity is one of this person."""
    with events.attempt("confirm", actor=user, on=events.ACCESS, changes=False):
        if not _rows(provider).filter(user=user, uid=claims.subject).exists():
            raise Refused(NOBODY)
