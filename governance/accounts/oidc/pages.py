"""To the provider and back: for a login, to confirm who somebody is, to link an account. Nothing of what is asked there
is read from an address; where the environment names no provider, nothing here answers."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import Any

import structlog
from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.models import Login
from allauth.socialaccount.internal import statekit
from allauth.socialaccount.providers.oauth2.utils import generate_code_challenge
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from approvals import freshness
from governance.accounts import limits
from governance.accounts.confirming import confirmed
from governance.accounts.oidc import identities
from governance.accounts.oidc.provider import AT_ONCE, Away, Provider, configured
from governance.accounts.oidc.tokens import LEEWAY, Claims, Untrusted
from governance.accounts.views import safe_next
from governance.pages.errors import too_many
from governance.pages.record.subject import person
from rfcs import clock
from rfcs.errors import Kind, Reason, Refused
from rfcs.events import ACCESS, attempt

log = structlog.get_logger(__name__)
LOGIN, CONFIRM, LINK = "login", "confirm", "link"
View = Callable[..., HttpResponseBase]


@dataclass(frozen=True, slots=True)
class Trouble:
    """A page about what went wrong on the way."""

    title: str
    text: str
    status: int
    reasons: tuple[Reason, ...] = ()


CANCELLED = Trouble("You stopped on the way", "Nothing has happened. Begin again when you like.", 401)
LOST = Trouble(
    "That was not begun here",
    "It was begun in another browser, more than ten minutes ago, or is done already. Begin again.",
    401,
)
AWAY = Trouble("{name} does not answer", "Try again in some minutes, or come in another way.", 503)
UNTRUSTED = Trouble("What {name} sent cannot be trusted", "Nobody was let in by it.", 401)
REFUSED = Trouble("{name} knows you, and you are not in", "", 403)


def _page(view: Callable[..., HttpResponseBase]) -> View:
    """404 without a provider; never from a cache; 429 for an address that asks too often."""

    @wraps(view)
    @never_cache
    def asked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        provider = configured()
        if provider is None:
            raise Http404
        if limits.is_provider_too_many(request):
            return too_many(request)
        try:
            return view(request, provider, *args, **kwargs)
        except Away as away:
            log.warning("provider_away", issuer=provider.issuer, reason=str(away))
            return _trouble(request, provider, AWAY)

    return asked


@login_not_required
@require_POST
@_page
def login(request: HttpRequest, provider: Provider) -> HttpResponseBase:
    if request.user.is_authenticated:
        return redirect("queue")
    return _leave(request, provider, purpose=LOGIN, next_=safe_next(request))


@require_POST
@_page
def confirm(request: HttpRequest, provider: Provider) -> HttpResponseBase:
    return _leave(request, provider, purpose=CONFIRM, next_=safe_next(request) or reverse("security"), **AT_ONCE)


@require_http_methods(["GET", "POST"])
@confirmed
@_page
def link(request: HttpRequest, provider: Provider) -> HttpResponseBase:
    """GET says what it does; after a fresh proof, like all that changes how an account is opened."""
    if request.method != "POST":
        return render(request, "me/identity_add.html", {"provider": provider})
    return _leave(request, provider, purpose=LINK, next_=reverse("security"), **AT_ONCE)


@require_http_methods(["GET", "POST"])
@confirmed
def unlink(request: HttpRequest, pk: int) -> HttpResponse:
    """Also of a provider that the environment no longer names."""
    user = person(request)
    row = next((row for row in identities.of(user) if row.pk == pk), None)
    if row is None:
        raise Http404
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        try:
            identities.unlink(user, pk)
        except Refused as refusal:
            reasons = refusal.reasons
        else:
            messages.success(request, "The link is removed.")
            return redirect("security")
    context = {"identity": row, "name": settings.OIDC_NAME if row.opens else row.issuer, "reasons": reasons}
    return render(request, "me/identity_remove.html", context, status=409 if reasons else 200)


def _leave(request: HttpRequest, provider: Provider, *, purpose: str, next_: str, **asked: str) -> HttpResponse:
    """Our own page sends the browser on: a redirect would need the provider's host in the policy for forms."""
    found, pair = provider.discover(), generate_code_challenge()
    state = {
        "purpose": purpose,
        "next": next_,
        "nonce": secrets.token_urlsafe(32),
        "verifier": pair.pop("code_verifier"),
        "user": request.user.pk,
        "at": clock.now().isoformat(),
    }
    key = statekit.stash_state(request, provider_id=provider.issuer, state=state)
    address = found.login_address(state=key, nonce=state["nonce"], redirect_uri=_back(), **pair, **asked)
    page = render(request, "account/provider_go.html", {"provider": provider, "address": address})
    page.headers["Refresh"] = f"0; url={address}"
    return page


def _back() -> str:
    """Below the portal's own address, whatever host name the request came by."""
    return f"{settings.PORTAL_URL}{reverse('provider-callback')}"


@login_not_required
@require_GET
@_page
def callback(request: HttpRequest, provider: Provider) -> HttpResponseBase:
    """Where the provider sends the browser back to. A state counts once, in the browser that it was made in."""
    key = request.GET.get("state", "")
    state = statekit.unstash_state(request, state_id=key, provider_id=provider.issuer)
    if state is None or state["user"] != request.user.pk:
        return _trouble(request, provider, LOST)
    if request.GET.get("error") == "access_denied":
        return _trouble(request, provider, CANCELLED)
    try:
        claims = _claims(request, provider, state)
        return ARRIVED[state["purpose"]](request, provider, claims, state)
    except Untrusted as why:
        log.warning("provider_untrusted", issuer=provider.issuer, reason=str(why))
        return _untrusted(request, provider, why)
    except Refused as refusal:
        return _trouble(request, provider, replace(REFUSED, status=refusal.status, reasons=refusal.reasons))


def _claims(request: HttpRequest, provider: Provider, state: dict[str, Any]) -> Claims:
    said = request.GET
    if said.get("iss", provider.issuer) != provider.issuer:  # RFC 9207: an answer meant for somebody else
        raise Untrusted("issuer of the answer")
    if "error" in said or not said.get("code"):
        raise Untrusted(f"error {said.get('error', 'without a code')[:60]}")
    found = provider.discover()
    return found.claims(said["code"], verifier=state["verifier"], nonce=state["nonce"], callback=_back())


def _log_in(request: HttpRequest, provider: Provider, claims: Claims, state: dict[str, Any]) -> HttpResponse:
    """allauth's steps follow: a deactivated account is told so, a second factor of ours is asked for."""
    user = identities.enter(provider, claims)
    at = claims.authenticated_at
    facts = {"authenticated_at": at.isoformat() if at else None, "second_factor": claims.had_second_factor or None}
    record_authentication(request, user, "socialaccount", provider=provider.issuer, uid=claims.subject, **facts)
    response: HttpResponse = perform_login(request, Login(user=user, redirect_url=state["next"] or None))
    return response


def _confirm(request: HttpRequest, provider: Provider, claims: Claims, state: dict[str, Any]) -> HttpResponse:
    identities.require_same(person(request), provider, claims)
    _remember(request, provider, claims, state)
    return redirect(state["next"])


def _link(request: HttpRequest, provider: Provider, claims: Claims, state: dict[str, Any]) -> HttpResponse:
    _remember(request, provider, claims, state)
    identities.link(person(request), provider, claims)
    messages.success(request, f"Your account is linked with {provider.name}.")
    return redirect(state["next"])


ARRIVED = {LOGIN: _log_in, CONFIRM: _confirm, LINK: _link}


def _remember(request: HttpRequest, provider: Provider, claims: Claims, state: dict[str, Any]) -> None:
    """A fresh proof is one that was given after we asked for it. Raises Refused."""
    begun = datetime.fromisoformat(state["at"])
    if claims.authenticated_at is None or claims.authenticated_at < begun - LEEWAY:
        text = f"{provider.name} let you through without asking who you are. Confirm in another way."
        with attempt("confirm", actor=person(request), on=ACCESS, changes=False):
            raise Refused(Reason("not_asked", text, who="you", kind=Kind.UNAUTHENTICATED))
    freshness.remember(request, min(claims.authenticated_at, clock.now()))


def _untrusted(request: HttpRequest, provider: Provider, why: Untrusted) -> HttpResponse:
    text = f"It does not hold: {why}. Begin again; if it happens once more, tell whoever runs this portal."
    reason = Reason("untrusted", text, who="whoever runs this portal", kind=Kind.UNAUTHENTICATED)
    actor = request.user if isinstance(request.user, User) else None
    with suppress(Refused), attempt("login.single_sign_on", actor=actor, on=ACCESS, changes=False):
        raise Refused(reason)
    return _trouble(request, provider, replace(UNTRUSTED, reasons=(reason,)))


def _trouble(request: HttpRequest, provider: Provider, trouble: Trouble) -> HttpResponse:
    context = {
        "title": trouble.title.format(name=provider.name),
        "text": trouble.text,
        "reasons": trouble.reasons,
        "provider": provider,
    }
    return render(request, "account/provider_trouble.html", context, status=trouble.status)
