"""Away and delegation: the days on which somebody cannot be asked, and who signs for them meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.auth import get_user_model
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from approvals import absences, delegations, freshness
from approvals.freshness import Proof
from approvals.models import Absence, Delegation
from governance.accounts.confirming import is_fresh, prove
from governance.pages.record.subject import person, post_only
from rfcs.errors import Kind, Reason, Refused, not_ready
from rfcs.events import attempt
from rfcs.models import PolicyVersion
from rfcs.states import AUDITORS, team_name
from rfcs.teams import display_name

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST_PEOPLE = 500
UNPROVEN = Reason(
    "reauthenticate",
    "Show again who you are, to lend your seat; what you wrote is kept.",
    "password",
    "you",
    Kind.UNAUTHENTICATED,
)


class AwayForm(forms.Form):
    """Only the shape is checked here; which days can be meant is the verb's answer."""

    starts_on = forms.DateField(error_messages={"required": "Say which day is the first."})
    ends_on = forms.DateField(error_messages={"required": "Say which day is the last."})
    note = forms.CharField(required=False, max_length=absences.LONGEST_NOTE)


def away(request: HttpRequest) -> HttpResponse:
    """List one's absences; add one, or show the form again with every reason and all that was typed."""
    if request.method != "POST":
        return _show(request)
    form = AwayForm(request.POST)
    if not form.is_valid():
        return _show(request, _reasons(form), status=422)
    try:
        row = absences.add(by=person(request), **form.cleaned_data)
    except Refused as refusal:
        return _show(request, refusal.reasons, status=refusal.status)
    messages.success(request, f"You are away from {row.starts_on:%A %-d %B} to {row.ends_on:%A %-d %B %Y}.")
    return redirect("away")


class DelegationForm(forms.Form):
    """Only the shape is checked here; whom the seat may go to is the verb's answer."""

    delegate = forms.CharField(max_length=150, error_messages={"required": "Name who signs for you."})
    team = forms.CharField(max_length=150, error_messages={"required": "Choose the team."})
    starts_on = forms.DateField(error_messages={"required": "Say which day is the first."})
    ends_on = forms.DateField(error_messages={"required": "Say which day is the last."})
    reason = forms.CharField(required=False, max_length=delegations.LONGEST_REASON)
    password = forms.CharField(required=False, strip=False, max_length=4_096)
    code = forms.CharField(required=False, max_length=64)
    credential = forms.CharField(required=False, max_length=8_192)


def delegate(request: HttpRequest) -> HttpResponse:
    """Lend a seat, freshly authenticated: whoever finds an open browser gives no signature away."""
    if request.method != "POST":
        return redirect("away")
    form = DelegationForm(request.POST)
    if not form.is_valid():
        return _show(request, _reasons(form), about="delegation", status=422)
    try:
        row = _grant(request, form.cleaned_data)
    except Refused as refusal:
        return _show(request, refusal.reasons, about="delegation", status=refusal.status)
    messages.success(request, f"{display_name(row.delegate)} signs for you until {row.ends_on:%A %-d %B %Y}.")
    return redirect("away")


def _grant(request: HttpRequest, said: dict[str, Any]) -> Delegation:
    by, proof = person(request), Proof(*(said.pop(name) for name in ("password", "code", "credential")))
    if proof.is_given:
        prove(request, proof, what="delegation.password")
    if not is_fresh(request):
        with attempt("delegation.grant", actor=by, on=delegations.ROSTER):
            raise Refused(UNPROVEN)
    return delegations.grant(by=by, delegate=named(said.pop("delegate"), by=by), **said)


def named(username: str, *, by: User) -> User:
    """The person of this user name; Refused (422) when there is none."""
    found = get_user_model().objects.filter(username=username.strip().removeprefix("@")).first()
    if found is None:
        with attempt("delegation.grant", actor=by, on=delegations.ROSTER):
            raise Refused(not_ready("no_person", "Nobody has this user name.", field="delegate", who="you"))
    return found


@post_only
def end_delegation(request: HttpRequest, pk: int) -> HttpResponse:
    by = person(request)
    mine = Delegation.objects.filter(Q(principal=by) | Q(delegate=by))
    delegations.end(get_object_or_404(mine, pk=pk), by=by)
    messages.success(request, "The delegation is over; what was signed in time stands.")
    return redirect("away")


@post_only
def end(request: HttpRequest, pk: int) -> HttpResponse:
    absences.end(get_object_or_404(Absence, pk=pk, person=person(request)), by=person(request))
    messages.success(request, "The absence is taken back.")
    return redirect("away")


def _reasons(form: forms.Form) -> tuple[Reason, ...]:
    named = ((name, error) for name, errors in form.errors.items() for error in errors)
    return tuple(Reason("malformed", str(error), field=name, who="you", kind=Kind.NOT_READY) for name, error in named)


def _show(
    request: HttpRequest, reasons: tuple[Reason, ...] = (), *, about: str = "absence", status: int = 200
) -> HttpResponse:
    """`about`: which of the two forms was refused, `absence` or `delegation`."""
    user, policy = person(request), PolicyVersion.current().policy
    context: dict[str, Any] = {
        "absences": absences.upcoming(user),
        "lent": delegations.granted_by(user),
        "borrowed": delegations.granted_to(user),
        "teams": [(slug, team_name(slug)) for slug in delegations.lendable(user)],
        "people": _eligible(user),
        "is_fresh": is_fresh(request),
        "ways": freshness.ways(user),
        "reasons": reasons,
        "about": about,
        "typed": {name: said for name, said in request.POST.items() if name not in ("password", "code", "credential")},
        "zone": policy.calendar.zone,
        "longest": policy.delegation_days,
    }
    return render(request, "me/away.html", context, status=status)


def _eligible(user: User) -> list[tuple[str, str]]:
    """User name and printed name of those who could sign for somebody; the verb knows the rest."""
    people = get_user_model().objects.filter(is_active=True).exclude(pk=user.pk).exclude(groups__name=AUDITORS)
    return [(other.get_username(), display_name(other)) for other in people.order_by("username")[:MOST_PEOPLE]]
