"""Attempts too many, told once: the limits themselves are allauth's, counted in the shared cache."""

from __future__ import annotations

from allauth.core.internal.ratelimit import consume, get_ip
from django.core.cache import cache
from django.http import HttpRequest

from rfcs import events

PAUSE = 300
"""Seconds that the answer asks to wait for: the longest window of the limits that a person meets by accident."""


TOKENS = {"token": "30/5m/ip"}
"""Calls with a token that nobody has, for one address. More than any login: a script retries by itself."""


def is_token_too_many(request: HttpRequest) -> bool:
    """Count one more call with a token that nobody has; whether this address has made too many of them."""
    is_counted = consume(request, app="api", action="token", config=TOKENS, limit_get=True)
    if not is_counted:
        tell(request, at="api-token")
    return not is_counted


CALENDAR = {"feed": "120/h/key"}
"""Looks at one calendar; programs look a few times an hour."""
NO_CALENDAR = {"no-feed": "30/5m/ip"}
"""Addresses of calendars that are none, for one address. There is nothing to guess; what it saves is work and noise."""


def is_calendar_too_many(request: HttpRequest, digest: str) -> bool:
    """Count one more look at the calendar of this digest, or, where it is empty, at one that is none."""
    if digest:
        return not consume(request, app="calendar", action="feed", key=digest, config=CALENDAR, limit_get=True)
    is_counted = consume(request, app="calendar", action="no-feed", config=NO_CALENDAR, limit_get=True)
    if not is_counted:
        tell(request, at="calendar")
    return not is_counted


PROVIDER = {"provider": "60/m/ip"}
"""A login by single sign-on takes two calls, and an office has one address. There is nothing to guess."""


def is_provider_too_many(request: HttpRequest) -> bool:
    """Count one more step of single sign-on; each makes the portal ask the provider."""
    return not consume(request, app="oidc", action="provider", config=PROVIDER, limit_get=True)


def tell(request: HttpRequest, *, at: str = "") -> None:
    """Record in the stream `access` that a limit was met; at most once for an address and place in five minutes."""
    match = request.resolver_match
    place, address = at or (match.route if match else ""), get_ip(request)
    if not cache.add(f"limit-told:{place}:{address}", True, PAUSE):
        return
    actor = request.user if request.user.is_authenticated else None
    with events.attempt("limit", actor=actor, on=events.ACCESS, changes=False):
        events.record(events.ACCESS, "limit.reached", actor=actor, payload={"at": place, "address": address})
