"""Where an account is open: one row a browser (allauth.usersessions), and the verbs that end them."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from allauth.account.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse

from governance.accounts import records
from rfcs import clock, events

if TYPE_CHECKING:
    from django.contrib.auth.models import User

REFRESH = 300
"""Seconds after which a process writes down again that a session was seen."""
MOST = 50_000
STEPS = {
    "password": "password",
    "totp": "authenticator app",
    "recovery_codes": "recovery code",
    "webauthn": "passkey",
    records.SINGLE_SIGN_ON: "single sign-on",
}
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))
SYSTEMS = (
    ("iPhone|iPad", "iOS"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


@dataclass(frozen=True, slots=True)
class Open:
    """One session as its owner sees it."""

    pk: int
    browser: str
    ip: str
    how: str
    """How it was opened: “Password, authenticator app”."""
    began_at: datetime
    seen_at: datetime
    is_current: bool


def of(user: User, *, current: str | None) -> list[Open]:
    """The sessions of this person that are still good, the present one first."""
    found = list(UserSession.objects.purge_and_list(user))
    kept = Session.objects.in_bulk([row.session_key for row in found])
    rows = [_row(row, how(kept.get(row.session_key)), current) for row in found]
    return sorted(rows, key=lambda row: (not row.is_current, -row.seen_at.timestamp()))


def _row(row: UserSession, opened: str, current: str | None) -> Open:
    is_current = row.session_key == current
    return Open(row.pk, browser(row.user_agent), row.ip, opened, row.created_at, row.last_seen_at, is_current)


def how(session: Session | None) -> str:
    """By which steps this session was opened, in words; empty when it does not say."""
    steps = records.stored(session.get_decoded()) if session else []
    words = [STEPS.get(step, step) for step in dict.fromkeys(steps)]
    return ", ".join(words).capitalize()


def browser(user_agent: str) -> str:
    """“Firefox on Linux”; what a browser says of itself, so a help for the memory and no proof."""
    name = next((name for mark, name in BROWSERS if mark in user_agent), "A program")
    system = next((system for mark, system in SYSTEMS if re.search(mark, user_agent)), "")
    return f"{name} on {system}" if system else name


def end(user: User, *, pk: int) -> int:
    """End this session of this person; 0 when it is not there (any more)."""
    return _end(user, UserSession.objects.filter(user=user, pk=pk), by=user)


def end_all(user: User, *, but: str | None = None, by: User | None = None) -> int:
    """End the sessions of this person, but the one with this key. How many ended."""
    return _end(user, UserSession.objects.filter(user=user).exclude(session_key=but), by=by or user)


def _end(user: User, rows: object, *, by: User) -> int:
    with events.attempt("sessions.end", actor=by, on=events.ACCESS, changes=False):
        keys = list(rows.values_list("session_key", flat=True))  # type: ignore[attr-defined] # allauth has no types
        if keys:
            Session.objects.filter(pk__in=keys).delete()
            UserSession.objects.filter(session_key__in=keys).delete()
            payload = {"of": user.get_username(), "count": len(keys)}
            events.record(events.ACCESS, "sessions.ended", actor=by, payload=payload)
    return len(keys)


class SeenMiddleware:
    """Writes down now and then that a session is in use. A process remembers when, so most requests cost nothing."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.seen: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        key = request.session.session_key if hasattr(request, "session") else None
        if key and request.user.is_authenticated:
            self._see(request, key)
        return response

    def _see(self, request: HttpRequest, key: str) -> None:
        now = time.monotonic()
        if now - self.seen.setdefault(key, now) < REFRESH:
            return
        if len(self.seen) > MOST:
            self.seen.clear()
        self.seen[key] = now
        address = get_adapter(request).get_client_ip(request)
        UserSession.objects.filter(session_key=key).update(last_seen_at=clock.Now(), ip=address)
