"""“Is it you?”: asked before a change of how an account is opened, and before a token that signs."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlencode

from allauth.account.adapter import get_adapter
from allauth.core import ratelimit
from allauth.mfa.webauthn.internal import auth as passkeys
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from approvals import freshness
from approvals.freshness import Proof
from governance.pages.errors import too_many
from governance.pages.record.subject import person
from rfcs.errors import Kind, Reason, Refused
from rfcs.events import ACCESS, attempt
from rfcs.models import PolicyVersion

NOT_RIGHT = Reason("wrong_proof", "That was not right; try again.", "password", "you", Kind.UNAUTHENTICATED)


def is_fresh(request: HttpRequest) -> bool:
    """By the policy in force now, which also says how long a signature needs no new proof."""
    return freshness.is_fresh(request, PolicyVersion.current().policy)


def confirmed(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A page for those who proved within the last minutes who they are; others are asked first and come back."""

    @wraps(view)
    def asked(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if is_fresh(request):
            return view(request, *args, **kwargs)
        return redirect(f"{reverse('confirm')}?{urlencode({'next': request.get_full_path()})}")

    return asked


def confirm(request: HttpRequest) -> HttpResponse:
    """Ask for one proof, then go on to `next`."""
    wanted = request.POST.get("next") or request.GET.get("next", "")
    next_ = wanted if wanted and get_adapter(request).is_safe_url(wanted) else reverse("security")
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        if not ratelimit.consume(request, action="reauthenticate", user=person(request)):
            return too_many(request)
        try:
            prove(request, Proof.read(request.POST), what="confirm")
        except Refused as refusal:
            reasons = refusal.reasons
        else:
            return redirect(next_)
    context = {"next": next_, "reasons": reasons, "ways": freshness.ways(person(request))}
    return render(request, "me/confirm.html", context, status=401 if reasons else 200)


def prove(request: HttpRequest, proof: Proof, *, what: str) -> None:
    """Take a proof; a wrong one is Refused and recorded."""
    if not freshness.renew(request, proof):
        with attempt(what, actor=person(request), on=ACCESS, changes=False):
            raise Refused(NOT_RIGHT)


def passkey_options(request: HttpRequest) -> JsonResponse:
    """What the browser hands to a passkey of this person: a fresh challenge, kept in the session."""
    return JsonResponse(dict(passkeys.begin_authentication(person(request))))
