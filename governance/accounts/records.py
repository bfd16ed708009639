"""How this session proved who it is: allauth's list of steps, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY, get_authentication_records
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import User


@dataclass(frozen=True, slots=True)
class SignedOn:
    """A login through the provider."""

    authenticated_at: str | None
    """When the person proved there who they are, in ISO 8601; None when it did not say."""
    second_factor: bool


PROOFS = frozenset({"password", "totp", "recovery_codes", "webauthn"})
"""What a person does here and now. Single sign-on may have passed without them: it counts by its own moment."""


SINGLE_SIGN_ON = "single_sign_on"
WORDS = {"socialaccount": SINGLE_SIGN_ON}
"""allauth's word, and ours."""


def methods(request: HttpRequest, user: User) -> list[str]:
    """For example ["password", "totp"], in order."""
    return [_word(step) for step in get_authentication_records(request, user)]


def stored(session: Mapping[str, Any]) -> list[str]:
    """The same of any session, from what it keeps."""
    steps = session.get(AUTHENTICATION_METHODS_SESSION_KEY)
    return [_word(step) for step in steps] if isinstance(steps, list) else []


def _word(step: Mapping[str, Any]) -> str:
    word = str(step.get("type") or step["method"])
    return WORDS.get(word, word)


def single_sign_on(request: HttpRequest, user: User | None) -> SignedOn | None:
    """What the provider told about this session's login, if it came by one."""
    for step in reversed(get_authentication_records(request, user)):
        if _word(step) == SINGLE_SIGN_ON:
            return SignedOn(step.get("authenticated_at"), bool(step.get("second_factor")))
    return None
