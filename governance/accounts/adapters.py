"""Where allauth asks the house: who may join, what counts as fresh, where links lead, what happens when mail fails,
and how secrets are kept."""

from __future__ import annotations

import base64
import secrets
from datetime import datetime
from smtplib import SMTPException
from typing import TYPE_CHECKING, Any

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.core.internal.ratelimit import respond_429
from allauth.mfa.adapter import DefaultMFAAdapter
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.shortcuts import render
from django.urls import reverse

from approvals import freshness
from governance.accounts import records
from rfcs import clock, events, sealing

if TYPE_CHECKING:
    from django.contrib.auth.models import User

log = structlog.get_logger(__name__)
SEALED_FOR = "factors"
LIMITS = frozenset({"too_many_login_attempts", "rate_limited"})
"""allauth's codes for an attempt too many."""
WAITED_FOR = "account/email/password_reset_key"
"""The one mail that somebody sits and waits for."""


class Accounts(DefaultAccountAdapter):  # type: ignore[misc] # allauth has no types
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from a steward's invitation, from single sign-on, or from `manage.py`."""
        return False

    def login(self, request: HttpRequest, user: User) -> None:
        """All steps are done. What was proved just now counts for the signatures of the next minutes."""
        super().login(request, user)
        methods = records.methods(request, user)
        if methods and methods[-1] in records.PROOFS:
            freshness.remember(request)
        elif (came := records.single_sign_on(request, user)) and came.authenticated_at:
            freshness.remember(request, min(clock.now(), datetime.fromisoformat(came.authenticated_at)))
        with events.attempt("login", actor=user, on=events.ACCESS, changes=False):
            events.record(events.ACCESS, "logged_in", actor=user, payload={"methods": methods})

    def get_login_stages(self) -> list[str]:
        """allauth's, with our answer to the question who is asked for a second factor."""
        ours = {"allauth.mfa.stages.AuthenticateStage": "governance.accounts.stages.SecondStep"}
        return [ours.get(name, name) for name in super().get_login_stages()]

    def is_reauthentication_required(self, *, app: str, **more: Any) -> bool:
        """Never by allauth's clock: pages that ask for it stand behind governance/accounts/confirming.py."""
        return False

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        """Failures count for a name as seen from one address: nobody locks another person out by their name alone."""
        login = str(credentials.get("email") or credentials.get("username") or "").lower()
        return f"{self.get_client_ip(request)}:{login}"

    def validation_error(self, code: str, *args: Any) -> ValidationError:
        """An attempt too many is an answer of its own, 429, not one more error beside a field."""
        if code in LIMITS:
            raise ImmediateHttpResponse(respond_429(self.request))
        error: ValidationError = super().validation_error(code, *args)
        return error

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Below the portal's own address, whatever host name the request came by."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.PORTAL_URL}{path}"

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """A mail server that is away: the person who waits for a link is told so, a mere notice is given up."""
        facts = {"portal_url": settings.PORTAL_URL, "is_invitation": False} | context
        try:
            super().send_mail(template_prefix, email, facts)
        except (OSError, SMTPException) as error:
            log.warning("mail_not_sent", mail=template_prefix, error=type(error).__name__)
            if template_prefix == WAITED_FOR:
                raise ImmediateHttpResponse(render(self.request, "account/mail_away.html", status=503)) from error

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("security")


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets of apps and recovery codes are encrypted at rest: a dump of the database opens nobody's account."""

    def encrypt(self, text: str) -> str:
        return sealing.seal(SEALED_FOR, text)

    def decrypt(self, encrypted_text: str) -> str:
        """Under a key that is gone, a secret that no code fits: a refusal as of any wrong code, and no error."""
        try:
            return sealing.unseal(SEALED_FOR, encrypted_text)
        except InvalidToken:
            log.warning("factor_unreadable", hint="SECRET_KEY changed; keep the old one in SECRET_KEY_FALLBACKS")
            return base64.b32encode(secrets.token_bytes(20)).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": "Breakwater"}
