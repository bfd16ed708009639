"""When this session last gave its password: what a signature asks for. By the database's clock, in the session."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth import authenticate
from django.http import HttpRequest

from rfcs import clock
from rfcs.policy import Policy

KEY = "authenticated_at"


def given_at(request: HttpRequest) -> datetime | None:
    stored = request.session.get(KEY)
    return datetime.fromisoformat(stored) if stored else None


def is_fresh(request: HttpRequest, policy: Policy) -> bool:
    """Whether a signature now would not ask for the password again."""
    at = given_at(request)
    return at is not None and clock.now() - at <= timedelta(minutes=policy.signing_minutes)


def renew(request: HttpRequest, password: str) -> bool:
    """Check the password of the person who is logged in; remember the moment when it is right."""
    user = authenticate(request, username=request.user.get_username(), password=password)
    if user is None or user.pk != request.user.pk:
        return False
    remember(request)
    return True


def remember(request: HttpRequest) -> None:
    request.session[KEY] = clock.now().isoformat()
