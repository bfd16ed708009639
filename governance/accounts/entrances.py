"""What lets somebody into an account: asked before one of these goes, under the lock of the account's row."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.models import User

from rfcs.errors import Reason, Refused


def require_another(user: User, *, passkey: int | None = None, identity: int | None = None) -> None:
    """Raise Refused when nothing opens the account without this passkey, or this identity.

    A passkey that only stands beside the password opens nothing alone; an identity opens nothing once the environment
    names another provider.
    """
    if user.has_usable_password() or _passkeys(user, but=passkey) or _identities(user, but=identity):
        return
    text = "Nothing else opens your account: set a password or add another passkey first."
    raise Refused(Reason("last_way", text, who="you"))


def _passkeys(user: User, *, but: int | None) -> bool:
    rows = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN).exclude(pk=but)
    return any(row.wrap().is_passwordless for row in rows)


def _identities(user: User, *, but: int | None) -> bool:
    rows = SocialAccount.objects.filter(user=user, provider=settings.OIDC_ISSUER).exclude(pk=but)
    return bool(settings.OIDC_ISSUER) and rows.exists()
