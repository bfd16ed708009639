"""Teams whose members need a second factor: without one they reach the pages that set one up, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache

from governance.accounts import records
from governance.pages.record.subject import person
from rfcs.states import team_name
from rfcs.teams import teams_of

PASSES = frozenset(
    {
        "second-factor",
        "security",
        "factor-app",
        "factor-codes",
        "passkey-add",
        "confirm",
        "confirm-passkey",
        "confirm-done",
        "provider-confirm",
        "provider-callback",
        "account_set_password",
        "account_change_password",
        "sessions-end-others",
        "session-end",
        "logout",
        "account_logout",
    }
)
"""Addresses that lead to a second factor, and out."""


class SecondFactorMiddleware:
    """Asks at every page, so that a person who joins such a team, or takes a factor away, is held at once.

    Calls of the API come by tokens, which only a page mints; one that signs ends within twelve hours.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: object, args: object, kwargs: object) -> HttpResponse | None:
        match = request.resolver_match
        if not settings.SECOND_FACTOR_TEAMS or not request.user.is_authenticated or match is None:
            return None
        name = match.url_name or ""
        if name in PASSES or name.startswith("api-") or not missing(request):
            return None
        return redirect("second-factor")


def missing(request: HttpRequest) -> tuple[str, ...]:
    """Teams of this person that ask for a second factor, while there is none: neither here nor at the provider."""
    user = person(request)
    teams = tuple(slug for slug in settings.SECOND_FACTOR_TEAMS if slug in teams_of(user))
    if not teams or has_one(user):
        return ()
    came = records.single_sign_on(request, user)
    return () if came and came.second_factor else teams


def has_one(user: User) -> bool:
    types = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    return bool(Authenticator.objects.filter(user=user, type__in=types).exists())


@never_cache
def second_factor(request: HttpRequest) -> HttpResponse:
    """Why they are here, and the two ways on."""
    teams = missing(request)
    if not teams:
        return redirect("queue")
    return render(request, "me/second_factor.html", {"teams": [team_name(slug) for slug in teams]})
