"""/me/security/: how this account is opened, and where it is open now."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from approvals import freshness
from governance.accounts import factors, sessions
from governance.accounts.oidc import identities
from governance.pages.record.subject import person


def security(request: HttpRequest) -> HttpResponse:
    user = person(request)
    context = {
        "factors": factors.of(user),
        "ways": freshness.ways(user),
        "identities": identities.of(user),
        "sessions": sessions.of(user, current=request.session.session_key),
    }
    return render(request, "me/security.html", context)


@require_POST
def end_one(request: HttpRequest, pk: int) -> HttpResponse:
    """End one session; ending the present one is logging out."""
    sessions.end(person(request), pk=pk)
    messages.success(request, "That session is ended.")
    return redirect("security")


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    ended = sessions.end_all(person(request), but=request.session.session_key)
    messages.success(request, f"{ended} other session{'' if ended == 1 else 's'} ended.")
    return redirect("security")
