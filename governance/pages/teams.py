"""/teams/ and /people/: who is who. Everybody reads the teams; stewards change them and look after the accounts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import Group, User
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from approvals.models import Seat
from governance import rosters
from governance.accounts import people
from governance.pages.record.subject import person
from rfcs.errors import Reason, Refused
from rfcs.limits import unstorable
from rfcs.models import RFC, PolicyVersion, TeamLead
from rfcs.states import ARCHITECTURE, AUDITORS, INCIDENT_COMMAND, SECURITY, SIGNING, STEWARDS, TEAMS, team_name
from rfcs.teams import display_name, teams_of

TASKS = {
    ARCHITECTURE: "Signs every RFC of the standard track, and ratifies emergencies afterwards.",
    SECURITY: "Signs when security is touched, authorises emergencies, sees embargoed RFCs.",
    INCIDENT_COMMAND: "Authorises hotfixes.",
    STEWARDS: "Looks after accounts, rosters, repositories and the catalog. Signs nothing as such.",
    AUDITORS: "Reads everything and every export, and changes nothing.",
}
MOST = 200


def teams(request: HttpRequest) -> HttpResponse:
    """Every team with its members and what it is for."""
    return _teams(request)


def _teams(request: HttpRequest, reasons: tuple[Reason, ...] = (), status: int = 200) -> HttpResponse:
    rows = [_row(group) for group in in_order(Group.objects.prefetch_related("user_set"))]
    context = {
        "teams": rows,
        "may_change": _is_steward(request),
        "reasons": reasons,
        "typed": request.POST.get("slug", ""),
    }
    return render(request, "teams/list.html", context, status=status)


def in_order(groups: Iterable[Group]) -> list[Group]:
    """The teams of the process first, in its order; the others by their names."""
    known = {group.name: group for group in groups}
    order = [*(slug for slug in TEAMS if slug in known), *sorted(known.keys() - TEAMS.keys())]
    return [known[slug] for slug in order]


def _row(group: Group) -> dict[str, Any]:
    members = [user for user in group.user_set.all() if user.is_active]
    return {"slug": group.name, "name": team_name(group.name), "task": TASKS.get(group.name, ""), "members": members}


@require_POST
def create(request: HttpRequest) -> HttpResponse:
    try:
        group = rosters.create(request.POST.get("slug", "").strip(), by=person(request))
    except Refused as refusal:
        if refusal.status == 403:
            raise
        return _teams(request, refusal.reasons, refusal.status)
    messages.success(request, f"The team “{team_name(group.name)}” is there. Add its members.")
    return redirect("team", group.name)


def team(request: HttpRequest, slug: str) -> HttpResponse:
    return _team(request, _group(slug))


def _team(request: HttpRequest, group: Group, reasons: tuple[Reason, ...] = (), status: int = 200) -> HttpResponse:
    leads = set(TeamLead.objects.filter(group=group).values_list("person_id", flat=True))
    members = group.user_set.order_by("-is_active", "first_name", "last_name", "username")
    quorum = PolicyVersion.current().policy.quorum(group.name)
    context = {
        "slug": group.name,
        "name": team_name(group.name),
        "task": TASKS.get(group.name, ""),
        "signs": group.name in SIGNING,
        "quorum": quorum,
        "percent": round(quorum.fraction * 100),
        "members": [{"user": user, "name": display_name(user), "leads": user.pk in leads} for user in members],
        "may_change": _is_steward(request),
        "open_rounds": len(_open_seats(group.name, None)),
        "reasons": reasons,
        "typed": request.POST.get("username", ""),
    }
    return render(request, "teams/team.html", context, status=status)


@require_POST
def add(request: HttpRequest, slug: str) -> HttpResponse:
    group, name = _group(slug), request.POST.get("username", "").strip()
    rosters.require_steward(person(request))
    other = rosters.account(name)
    if other is None:
        message = f"Nobody has the user name “{name[:80]}”; look it up under People, or invite them."
        return _team(request, group, (Reason("nobody", message, "username", "you"),), 422)
    try:
        rosters.add(slug, other, by=person(request), keep=_own_session(request, other))
    except Refused as refusal:
        return _team(request, group, refusal.reasons, refusal.status)
    messages.success(request, f"{display_name(other)} is in the {team_name(slug)}.")
    return redirect("team", slug)


@require_POST
def lead(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    group, other = _group(slug), account_named(username)
    leads = request.POST.get("leads") == "yes"
    try:
        rosters.set_lead(slug, other, by=person(request), leads=leads)
    except Refused as refusal:
        if refusal.status == 403:
            raise
        return _team(request, group, refusal.reasons, refusal.status)
    messages.success(request, f"{display_name(other)} {'leads' if leads else 'no longer leads'} the {team_name(slug)}.")
    return redirect("team", slug)


def remove(request: HttpRequest, slug: str, username: str) -> HttpResponse:
    """What removing this member would bring about, then the button."""
    rosters.require_steward(person(request))
    group, other = _group(slug), account_named(username)
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        try:
            rosters.remove(slug, other, by=person(request), keep=_own_session(request, other))
        except Refused as refusal:
            reasons = refusal.reasons
        else:
            messages.success(request, f"{display_name(other)} left the {team_name(slug)}.")
            return redirect("team", slug)
    others = group.user_set.filter(is_active=True).exclude(pk=other.pk).exists()
    context = {
        "title": f"Remove {display_name(other)} from the {team_name(slug)}?",
        "back": reverse("team", args=[slug]),
        "action": "Remove from the team",
        "seats": _open_seats(slug, other),
        "empties": team_name(slug) if not others and slug in SIGNING else "",
        "reasons": reasons,
    }
    return _sure(request, context)


def _sure(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    return render(request, "teams/sure.html", context, status=409 if context["reasons"] else 200)


def people_list(request: HttpRequest) -> HttpResponse:
    return _people(request)


def _people(request: HttpRequest, reasons: tuple[Reason, ...] = (), status: int = 200) -> HttpResponse:
    rosters.require_steward(person(request))
    wanted = request.GET.get("q", "").strip()[:100]
    rows = User.objects.prefetch_related("groups").order_by("-is_active", "first_name", "last_name", "username")
    if wanted and not unstorable(wanted):
        fields = ("username", "first_name", "last_name", "email")
        rows = rows.filter(Q(*((f"{field}__icontains", wanted) for field in fields), _connector=Q.OR))
    accounts = [
        {
            "user": user,
            "name": display_name(user),
            "teams": [team_name(group.name) for group in user.groups.all()],
            "is_waited_for": people.is_waited_for(user),
        }
        for user in rows[:MOST]
    ]
    context = {"people": accounts, "q": wanted, "most": MOST, "reasons": reasons, "typed": request.POST}
    return render(request, "teams/people.html", context, status=status)


@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    said = {name: request.POST.get(name, "") for name in ("username", "email", "first", "last")}
    try:
        user = people.invite(**said, by=person(request))
    except Refused as refusal:
        if refusal.status == 403:
            raise
        return _people(request, refusal.reasons, refusal.status)
    if not people.send_invitation(request, user):
        messages.warning(request, f"{display_name(user)} has an account, but our mail server does not answer.")
        return redirect("person", user.username)
    messages.success(request, f"{display_name(user)} has an account, and a mail to choose a password.")
    return redirect("people")


def deactivate(request: HttpRequest, username: str) -> HttpResponse:
    """What it would bring about, then the button."""
    rosters.require_steward(person(request))
    other = account_named(username)
    reasons: tuple[Reason, ...] = ()
    if request.method == "POST":
        try:
            people.deactivate(other, by=person(request))
        except Refused as refusal:
            reasons = refusal.reasons
        else:
            messages.success(request, f"The account of {display_name(other)} is deactivated.")
            return redirect("people")
    context = {
        "title": f"Deactivate the account of {display_name(other)}?",
        "back": reverse("people"),
        "action": "Deactivate the account",
        "account": True,
        "owned": RFC.objects.filter(owner=other).exclude(state__in=("closed", "rejected", "withdrawn", "rolled_back")),
        "seats": _open_seats(None, other),
        "reasons": reasons,
    }
    return _sure(request, context)


@require_POST
def reactivate(request: HttpRequest, username: str) -> HttpResponse:
    other = account_named(username)
    people.reactivate(other, by=person(request))
    messages.success(request, f"The account of {display_name(other)} is active again.")
    return redirect("people")


def _group(slug: str) -> Group:
    if unstorable(slug):
        raise Http404
    return get_object_or_404(Group, name=slug)


def account_named(username: str) -> User:
    found = rosters.account(username)
    if found is None:
        raise Http404
    return found


def _open_seats(slug: str | None, user: User | None) -> list[RFC]:
    """RFCs whose open round has a seat of this team, or of this person, or both."""
    seats = Seat.objects.filter(team__round__closed_at=None)
    seats = seats.filter(team__slug=slug) if slug else seats
    seats = seats.filter(person=user) if user else seats
    return list(RFC.objects.filter(pk__in=seats.values("team__round__rfc")).order_by("-pk"))


def _is_steward(request: HttpRequest) -> bool:
    return STEWARDS in teams_of(person(request))


def _own_session(request: HttpRequest, other: User) -> str | None:
    """A steward who changes their own teams stays logged in here."""
    return request.session.session_key if other.pk == person(request).pk else None
