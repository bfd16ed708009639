"""The login beside and after the password: a passkey alone, or the second factor of those who have one."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from allauth.account.internal.decorators import login_stage_required
from allauth.account.models import Login
from allauth.core.internal import ratelimit
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from allauth.mfa.webauthn.internal.flows import perform_passwordless_login
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import User
from django.forms import Form
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from approvals import freshness
from approvals.freshness import Proof
from governance.accounts import records
from governance.accounts.confirming import NOT_RIGHT
from governance.accounts.forms import LoginForm
from governance.accounts.views import safe_next
from governance.pages.errors import too_many
from rfcs.errors import Kind, Reason, Refused
from rfcs.events import ACCESS, attempt

UNKNOWN = Reason(
    "unknown_passkey",
    "That passkey opens no account here. It may have been removed, or be meant as a second factor only.",
    "credential",
    kind=Kind.UNAUTHENTICATED,
)
View = Callable[..., HttpResponse]
at_stage: Callable[[View], View] = login_stage_required(stage=AuthenticateStage.key, redirect_urlname="login")


@login_not_required
@never_cache
@require_http_methods(["GET", "POST"])
def passkey_login(request: HttpRequest) -> HttpResponse:
    """GET: the challenge, as JSON. POST: what a passkey answered, which needs no name and no password."""
    if request.user.is_authenticated:
        return redirect("queue")
    if not ratelimit.consume(request, app="allauth.mfa", action="webauthn_login", limit_get=True):
        return too_many(request)
    if request.method != "POST":
        return JsonResponse(dict(passkeys.begin_authentication(None)))
    form = LoginWebAuthnForm({"credential": Proof.read(request.POST).credential})
    if not freshness.holds(form):
        return _login_again(request)
    row = form.cleaned_data["credential"]
    login = Login(user=row.user, redirect_url=safe_next(request) or None)
    response: HttpResponse = perform_passwordless_login(request, row, login)
    return response


def _login_again(request: HttpRequest) -> HttpResponse:
    with suppress(Refused), attempt("login.passkey", actor=None, on=ACCESS, changes=False):
        raise Refused(UNKNOWN)
    context = {
        "form": LoginForm(request=request),
        "reasons": (UNKNOWN,),
        "redirect_field_name": "next",
        "redirect_field_value": safe_next(request),
    }
    return render(request, "account/login.html", context, status=401)


@at_stage
@require_http_methods(["GET", "POST"])
def second(request: HttpRequest) -> HttpResponse:
    """Asked of those who have an app or a passkey, after a right password; only then they are logged in."""
    stage = request._login_stage  # type: ignore[attr-defined] # allauth's decorator puts it there
    user = stage.login.user
    ways = replace(freshness.ways(user), password=False, single_sign_on="")
    if not ways.are_there:  # removed in another window since
        return redirect("login")
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        try:
            _prove(Proof.read(request.POST), user)
        except Refused as refusal:
            reasons = refusal.reasons
        else:
            response: HttpResponse = stage.exit()
            return response
    came_by = settings.OIDC_NAME if records.single_sign_on(request, user) else ""
    context = {"ways": ways, "reasons": reasons, "came_by": came_by}
    return render(request, "account/second.html", context, status=401 if reasons else 200)


def _prove(proof: Proof, user: User) -> None:
    """Outside a transaction, as for a signature: that a code was used must stay known."""
    form: Form = AuthenticateForm({"code": proof.code}, user=user)
    if proof.credential:
        form = AuthenticateWebAuthnForm({"credential": proof.credential}, user=user)
    if not freshness.holds(form):
        with attempt("login.second", actor=user, on=ACCESS, changes=False):
            raise Refused(NOT_RIGHT)
    form.save()  # type: ignore[attr-defined] # both have it


@at_stage
@require_safe
def passkey_options(request: HttpRequest) -> HttpResponse:
    stage = request._login_stage  # type: ignore[attr-defined]
    return JsonResponse(dict(passkeys.begin_authentication(stage.login.user)))
