"""The short form of an emergency or hotfix: from nothing to “authorisation requested” in one submit, on a phone."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from governance import moves
from governance.pages.record.subject import person
from rfcs import editing, limits
from rfcs.content import Content, Package
from rfcs.errors import Reason, Refused
from rfcs.models import Package as CatalogPackage
from rfcs.obligations import owing
from rfcs.paths import LONGEST, normal_path
from rfcs.states import AUTHORISERS, SHORT, Scenario, State, Track, team_name

if TYPE_CHECKING:
    from rfcs.models import RFC

MOST_ROWS = 20
WORDS = {
    Track.EMERGENCY: (
        "A critical security patch that cannot wait. One member of the security team authorises it.",
        "What is weak, what the patch changes, and who is exposed meanwhile.",
    ),
    Track.HOTFIX: (
        "Production is broken. An incident commander authorises the smallest change that mends it.",
        "What is broken, and the smallest change that mends it.",
    ),
}


class ShortForm(forms.Form):
    """What is known at two in the morning."""

    title = forms.CharField(label="Title", required=False, max_length=limits.TITLE)
    change_summary = forms.CharField(label="What changes", required=False, max_length=limits.TEXT, strip=False)
    justification = forms.CharField(label="Why it cannot wait", required=False, max_length=limits.TEXT, strip=False)
    rollback_plan = forms.CharField(label="Way back, in steps", required=False, max_length=limits.TEXT, strip=False)
    embargoed = forms.BooleanField(label="Keep it under embargo", required=False)


def short_form(request: HttpRequest, track: str) -> HttpResponse:
    """Ask in one step, or keep a draft. A refusal shows every reason at its field, and all that was typed."""
    if track not in SHORT:
        raise Http404
    if request.method != "POST":
        return _page(request, track, ShortForm(), [("", "")])
    form, packages = ShortForm(request.POST), _packages(request)
    if "add_rows" in request.POST:
        return _page(request, track, form, [*packages, ("", "")][:MOST_ROWS])
    if not form.is_valid():
        return _page(request, track, form, packages, status=422)
    return _open(request, track, form, packages)


def _open(request: HttpRequest, track: str, form: ShortForm, packages: list[tuple[str, str]]) -> HttpResponse:
    content = _content(track, form.cleaned_data, packages)
    try:
        rfc = _made(request, track, content)
    except Refused as refusal:
        return _page(request, track, form, packages, reasons=refusal.reasons, status=refusal.status)
    if rfc.is_ended:
        return _page(request, track, form, packages, reasons=(_used_up(rfc),), status=409, token=uuid.uuid4().hex)
    return redirect(rfc)


def _used_up(rfc: RFC) -> Reason:
    message = f"This form opened {rfc.number}, which is now {rfc.state_name.lower()}. Send it again to open a new one."
    return Reason("form_used", message, who="you")


def _made(request: HttpRequest, track: str, content: Content) -> RFC:
    token = request.POST.get("token", "")
    if "keep" in request.POST:
        rfc = editing.create(by=person(request), content=content, track=track, token=token and f"{token}:draft")
        _say(request, rfc, State.DRAFT, f"{rfc.number} is your draft.")
        return rfc
    rfc = moves.call(by=person(request), track=track, content=content, token=token)
    team = team_name(AUTHORISERS[Track(track)])
    _say(request, rfc, State.REVIEW, f"{rfc.number} waits for the {team}; everybody on it has been told.")
    return rfc


def _say(request: HttpRequest, rfc: RFC, opened_in: State, success: str) -> None:
    """A form that is sent again may find what it opened somewhere else by now."""
    if rfc.state == opened_in:
        messages.success(request, success)
    elif not rfc.is_ended:
        text = f"This form opened {rfc.number} before; it is in {rfc.state_name.lower()} now, and nothing new is asked."
        messages.warning(request, text)


def _packages(request: HttpRequest) -> list[tuple[str, str]]:
    """Rows of path and what changes; those that say nothing are left out, one is always there."""
    paths, changes = request.POST.getlist("package_path"), request.POST.getlist("package_change")
    rows = [(path.strip(), change.strip()) for path, change in zip(paths, changes, strict=False)]
    return [row for row in rows if any(row)][:MOST_ROWS] or [("", "")]


def _content(track: str, said: dict[str, Any], packages: list[tuple[str, str]]) -> Content:
    rows = tuple(Package(normal_path(path)[: LONGEST + 1], change) for path, change in packages if path or change)
    scenario = Scenario.SECURITY.value if track == Track.EMERGENCY else ""
    return Content(**said, packages=rows, scenario=scenario, touches_security=track == Track.EMERGENCY)


def _page(
    request: HttpRequest,
    track: str,
    form: ShortForm,
    packages: list[tuple[str, str]],
    *,
    reasons: tuple[Reason, ...] = (),
    status: int = 200,
    token: str = "",
) -> HttpResponse:
    team = AUTHORISERS[Track(track)]
    lead, hint = WORDS[Track(track)]
    context = {
        "track": Track(track),
        "token": token or request.POST.get("token") or uuid.uuid4().hex,
        "form": form,
        "packages": packages,
        "reasons": reasons,
        "errors": {reason.field: reason.message for reason in reversed(reasons)},
        "team": team_name(team),
        "lead": lead,
        "hint": hint,
        "in_debt": owing.overdue_of(team).exists(),
        "paths": CatalogPackage.objects.values_list("path", flat=True)[:500],
    }
    return render(request, "rfcs/short_form.html", context, status=status)
