"""/people/ada/: one account as a steward sees it, and what helps somebody in who cannot come in."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from approvals import freshness
from governance import rosters
from governance.accounts import factors, people
from governance.accounts.confirming import confirmed
from governance.accounts.oidc import identities
from governance.pages.record.subject import person
from governance.pages.teams import account_named
from rfcs.errors import Reason, Refused
from rfcs.states import team_name
from rfcs.teams import display_name


@never_cache
def one_person(request: HttpRequest, username: str) -> HttpResponse:
    rosters.require_steward(person(request))
    return _page(request, account_named(username))


def _page(
    request: HttpRequest, user: User, *, link: str = "", reasons: tuple[Reason, ...] = (), status: int = 200
) -> HttpResponse:
    context = {
        "person": user,
        "name": display_name(user),
        "teams": [(group.name, team_name(group.name)) for group in user.groups.order_by("name")],
        "ways": freshness.ways(user),
        "factors": factors.of(user),
        "identities": identities.of(user),
        "is_waited_for": people.is_waited_for(user),
        "link": link,
        "reasons": reasons,
    }
    return render(request, "teams/person.html", context, status=status)


@require_POST
def send_again(request: HttpRequest, username: str) -> HttpResponse:
    """The mail of an invitation that was lost, or never sent."""
    rosters.require_steward(person(request))
    user = account_named(username)
    try:
        is_sent = people.invite_again(request, user, by=person(request))
    except Refused as refusal:
        return _page(request, user, reasons=refusal.reasons, status=refusal.status)
    if is_sent:
        messages.success(request, f"The mail is on its way to {user.email}.")
    else:
        messages.warning(request, "Our mail server does not answer; try later, or hand over the link yourself.")
    return redirect("person", username)


def show_link(request: HttpRequest, username: str) -> HttpResponseBase:
    """Shown in the answer to a POST, so that neither an address nor a reload holds it; asks who the steward is."""
    rosters.require_steward(person(request))
    return _show_link(request, username)


@confirmed
@never_cache
def _show_link(request: HttpRequest, username: str) -> HttpResponse:
    user = account_named(username)
    if request.method != "POST":
        return _page(request, user)
    try:
        link = people.show_link(request, user, by=person(request))
    except Refused as refusal:
        return _page(request, user, reasons=refusal.reasons, status=refusal.status)
    return _page(request, user, link=link)


@require_POST
def unlink(request: HttpRequest, username: str) -> HttpResponse:
    """For somebody whom the provider of single sign-on knows anew."""
    user = account_named(username)
    if identities.unlink_all(user, by=person(request)):
        messages.success(request, f"{display_name(user)} is found by their address again at the next login.")
    return redirect("person", username)
