"""How this session proved who it is: allauth's list of steps, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

if TYPE_CHECKING:
    from django.contrib.auth.models import User

PROOFS = frozenset({"password", "totp", "recovery_codes", "webauthn"})
"""What a person does here and now. Single sign-on may have passed without them: it counts by its own moment."""


def methods(request: HttpRequest, user: User) -> list[str]:
    """For example ["password", "totp"], in order."""
    return [str(step.get("type") or step["method"]) for step in get_authentication_records(request, user)]
