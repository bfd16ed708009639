"""When this session last proved who it is: what a signature asks for. By the database's clock, in the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Self, cast

from allauth.account.adapter import get_adapter
from allauth.mfa.base.forms import ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import ReauthenticateWebAuthnForm
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.forms import Form
from django.http import HttpRequest

from rfcs import clock
from rfcs.policy import Policy

if TYPE_CHECKING:
    from django.contrib.auth.models import User

KEY = "authenticated_at"
LONGEST = 8_192
"""Characters of any proof; a passkey's answer has about 700."""


@dataclass(frozen=True, slots=True)
class Proof:
    """One of: the password; a code of the authenticator app, or a recovery code; what a passkey answered, as JSON."""

    password: str = ""
    code: str = ""
    credential: str = ""

    @classmethod
    def read(cls, said: Mapping[str, str]) -> Self:
        return cls(*(str(said.get(name, ""))[:LONGEST] for name in ("password", "code", "credential")))

    @property
    def is_given(self) -> bool:
        return bool(self.password or self.code or self.credential)


@dataclass(frozen=True, slots=True)
class Ways:
    """How this person can prove who they are."""

    password: bool
    code: bool
    passkey: bool
    single_sign_on: str = ""
    """The provider's name, if it can ask this person anew."""

    @property
    def are_there(self) -> bool:
        """Whether a form of ours can ask for one."""
        return self.password or self.code or self.passkey


def ways(user: User) -> Ways:
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    codes = {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES}
    passkey = Authenticator.Type.WEBAUTHN in types
    return Ways(user.has_usable_password(), bool(types & codes), passkey, _single_sign_on(user))


def _single_sign_on(user: User) -> str:
    issuer = settings.OIDC_ISSUER
    is_linked = bool(issuer) and SocialAccount.objects.filter(user=user, provider=issuer).exists()
    return str(settings.OIDC_NAME) if is_linked else ""


def given_at(request: HttpRequest) -> datetime | None:
    stored = request.session.get(KEY)
    return datetime.fromisoformat(stored) if stored else None


def is_fresh(request: HttpRequest, policy: Policy) -> bool:
    """Whether a signature now would not ask for a proof again."""
    at = given_at(request)
    return at is not None and clock.now() - at <= timedelta(minutes=policy.signing_minutes)


def renew(request: HttpRequest, proof: Proof) -> bool:
    """Check a proof of the person who is logged in; remember the moment when it is right.

    Call it outside a transaction: one that is rolled back would forget the failure, and that a code was used.
    """
    if not _is_right(request, proof):
        return False
    remember(request)
    return True


def _is_right(request: HttpRequest, proof: Proof) -> bool:
    user = cast("User", request.user)
    if proof.credential:
        return _passes(ReauthenticateWebAuthnForm({"credential": proof.credential}, user=user))
    if proof.code:
        return _passes(ReauthenticateForm({"code": proof.code}, user=user))
    return bool(proof.password) and bool(get_adapter(request).reauthenticate(user, proof.password))


def _passes(form: ReauthenticateForm | ReauthenticateWebAuthnForm) -> bool:
    if not holds(form):
        return False
    form.save()
    return True


def holds(form: Form) -> bool:
    """Whether a passkey's or code's form is right. JSON that is no credential makes its parsers raise what comes."""
    try:
        return form.is_valid()
    except (TypeError, ValueError, LookupError, AttributeError):
        return False


def remember(request: HttpRequest, at: datetime | None = None) -> None:
    """From `at` on, or from now; a later moment that is known already stays."""
    moment, known = at or clock.now(), given_at(request)
    request.session[KEY] = max(moment, known).isoformat() if known else moment.isoformat()
