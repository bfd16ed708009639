"""/me/tokens/: make a token, see what each may do, revoke one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from approvals import freshness
from approvals.freshness import Proof
from governance import showing
from governance.accounts.confirming import is_fresh, prove
from governance.api import tokens as verbs
from governance.models import AccessToken, Scope
from governance.pages.record.subject import person
from rfcs import clock
from rfcs.errors import Kind, Reason, Refused

LIVES = {
    "1h": ("1 hour", timedelta(hours=1)),
    "12h": ("12 hours", timedelta(hours=12)),
    "7d": ("7 days", timedelta(days=7)),
    "30d": ("30 days", timedelta(days=30)),
    "90d": ("90 days", timedelta(days=90)),
    "365d": ("1 year", timedelta(days=365)),
}
HINTS = {
    Scope.READ: "Everything that you may see.",
    Scope.WRITE: "Create and edit, move RFCs, close checklist items.",
    Scope.SIGN: "Sign in reviews for you. Asks who you are, and ends within 12 hours.",
}


class TokenForm(forms.Form):
    """Only the shape is checked here; what a token may be is the verb's answer."""

    name = forms.CharField(max_length=80, required=False)
    scopes = forms.MultipleChoiceField(choices=Scope.choices, required=False)
    life = forms.ChoiceField(choices=[(key, label) for key, (label, _) in LIVES.items()], initial="30d")


@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """The list and the form; led here after one was made, its secret, this once."""
    form = TokenForm(request.POST or None)
    if request.method != "POST":
        return _page(request, form, made=showing.take(request, "token"))
    if not form.is_valid():
        said = [(name, str(error)) for name, errors in form.errors.items() for error in errors]
        reasons = tuple(Reason("malformed", error, name, "you", Kind.NOT_READY) for name, error in said)
        return _page(request, form, reasons=reasons, status=422)
    try:
        token, secret = _make(request, form.cleaned_data)
    except Refused as refusal:
        return _page(request, form, reasons=refusal.reasons, status=refusal.status)
    showing.hand_on(request, "token", name=token.name, secret=secret)
    return redirect("tokens")


def _make(request: HttpRequest, said: dict[str, Any]) -> tuple[AccessToken, str]:
    proof = Proof.read(request.POST)
    if proof.is_given:
        prove(request, proof, what="token.proof")
    life = LIVES[said["life"]][1]
    return verbs.mint(
        person(request), name=said["name"], scopes=said["scopes"], password_ok=is_fresh(request), life=life
    )


def _page(
    request: HttpRequest,
    form: TokenForm,
    *,
    made: dict[str, str] | None = None,
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
) -> HttpResponse:
    user, chosen = person(request), request.POST.getlist("scopes") if form.is_bound else [Scope.READ]
    context = {
        "form": form,
        "made": made,
        "reasons": reasons,
        "now": clock.now(),
        "tokens": verbs.of(user),
        "scopes": [
            {"value": scope.value, "label": scope.label, "hint": HINTS[scope], "is_chosen": scope.value in chosen}
            for scope in Scope
        ],
        "lives": [
            {"value": key, "label": label, "is_chosen": key == form["life"].value()}
            for key, (label, _) in LIVES.items()
        ],
        "ways": None if is_fresh(request) else freshness.ways(user),
    }
    return render(request, "me/tokens.html", context, status=status)


@require_POST
def revoke(request: HttpRequest, key: str) -> HttpResponse:
    """What uses it is refused from now on."""
    token = verbs.revoke(person(request), key)
    if token is None:
        messages.info(request, "That token was gone already.")
    else:
        messages.success(request, f"The token “{token.name}” is revoked.")
    return redirect("tokens")
