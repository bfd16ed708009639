"""/me/security/…: set up, rename and remove what opens an account. Each page asks for a fresh proof first."""

from __future__ import annotations

import base64
from collections.abc import Callable

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import clear_totp_secret
from allauth.mfa.webauthn.forms import AddWebAuthnForm
from allauth.mfa.webauthn.internal import auth as passkeys
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from approvals import freshness
from governance.accounts import factors
from governance.accounts.confirming import confirmed
from governance.pages.record.subject import person
from rfcs.errors import Kind, Reason, Refused

BAD_CODE = Reason("wrong_code", "That code is not right. Codes change every 30 seconds.", "code", "you", Kind.NOT_READY)
BAD_PASSKEY = Reason(
    "wrong_passkey", "The browser's answer did not fit, or came too late; try again.", "credential", "you"
)


def _page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponseBase]:
    """Fresh proof, never from a cache: these pages show secrets."""
    return never_cache(require_http_methods(["GET", "POST"])(confirmed(view)))


@_page
def add_app(request: HttpRequest) -> HttpResponse:
    """The secret as a picture and as text; it counts once a code of it was typed."""
    user = person(request)
    form = ActivateTOTPForm(request.POST or None, user=user)
    if request.method != "POST":
        return _app_page(request, form.secret)
    if not form.is_valid():
        return _app_page(request, form.secret, reasons=(BAD_CODE,), status=422)
    try:
        has_codes = factors.add_app(user, form.secret)
    except Refused as refusal:
        return _app_page(request, form.secret, reasons=refusal.reasons, status=refusal.status)
    clear_totp_secret(request)
    return _added(request, "Your authenticator app is set up.", has_codes=has_codes)


def _app_page(
    request: HttpRequest, secret: str, *, reasons: tuple[Reason, ...] = (), status: int = 200
) -> HttpResponse:
    adapter = get_adapter()
    picture = adapter.build_totp_svg(adapter.build_totp_url(person(request), secret))
    context = {
        "picture": f"data:image/svg+xml;base64,{base64.b64encode(picture.encode()).decode()}",
        "secret": secret,
        "groups": [secret[at : at + 4] for at in range(0, len(secret), 4)],
        "reasons": reasons,
    }
    return render(request, "me/factors/app.html", context, status=status)


@_page
def remove_app(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        factors.remove_app(person(request))
        messages.success(request, "The authenticator app is removed.")
        return redirect("security")
    context = {"what": "your authenticator app", "is_last": not factors.of(person(request)).passkeys}
    return render(request, "me/factors/remove.html", context)


@_page
def add_passkey(request: HttpRequest) -> HttpResponse:
    """The form carries what the browser must know; its module asks the device and sends the answer along."""
    user = person(request)
    if request.method != "POST":
        return _passkey_page(request)
    form = AddWebAuthnForm(request.POST, user=user)
    if not freshness.holds(form):
        return _passkey_page(request, reasons=(BAD_PASSKEY,), status=422)
    try:
        has_codes = factors.add_passkey(user, request.POST.get("name", ""), form.cleaned_data["credential"])
    except Refused as refusal:
        return _passkey_page(request, reasons=refusal.reasons, status=refusal.status)
    return _added(request, "The passkey is added.", has_codes=has_codes)


def _passkey_page(request: HttpRequest, *, reasons: tuple[Reason, ...] = (), status: int = 200) -> HttpResponse:
    context = {
        "options": passkeys.begin_registration(person(request), False),
        "name": request.POST.get("name", ""),
        "is_enough": request.method != "POST" or "passwordless" in request.POST,
        "reasons": reasons,
    }
    return render(request, "me/factors/passkey.html", context, status=status)


def _added(request: HttpRequest, said: str, *, has_codes: bool) -> HttpResponse:
    """New recovery codes are shown at once; nobody sets up a lock without the spare key."""
    messages.success(request, said)
    return redirect("factor-codes" if has_codes else "security")


@_page
def rename_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    user, name = person(request), request.POST.get("name", "")
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        try:
            factors.rename_passkey(user, pk, name)
        except Refused as refusal:
            reasons = refusal.reasons
        else:
            messages.success(request, "The passkey is renamed.")
            return redirect("security")
    before = factors.passkey(user, pk).name
    context = {"before": before, "name": name or before, "reasons": reasons}
    return render(request, "me/factors/rename.html", context, status=422 if reasons else 200)


@_page
def remove_passkey(request: HttpRequest, pk: int) -> HttpResponse:
    user, mine = person(request), factors.of(person(request))
    context = {
        "what": f"the passkey “{factors.passkey(user, pk).name}”",
        "is_last": not mine.app and len(mine.passkeys) == 1,
    }
    if request.method != "POST":
        return render(request, "me/factors/remove.html", context)
    try:
        name = factors.remove_passkey(user, pk)
    except Refused as refusal:
        return render(request, "me/factors/remove.html", context | {"reasons": refusal.reasons}, status=refusal.status)
    messages.success(request, f"The passkey “{name}” is removed.")
    return redirect("security")


@_page
def codes(request: HttpRequest) -> HttpResponse:
    """Shown once after they were made; afterwards the page offers new ones."""
    user = person(request)
    if request.method == "POST":
        factors.renew_codes(user)
        return redirect("factor-codes")
    shown = factors.show_codes(user)
    text = "\r\n".join(("Breakwater, recovery codes of " + user.get_username(), "", *shown, ""))
    file = f"data:text/plain;base64,{base64.b64encode(text.encode()).decode()}"
    context = {"codes": shown, "file": file, "factors": factors.of(user), "back": reverse("security")}
    return render(request, "me/factors/codes.html", context)
