"""Away: the days on which somebody cannot be asked, told by themselves."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from approvals import absences
from approvals.models import Absence
from governance.pages.subject import person, post_only
from rfcs.errors import Kind, Reason, Refused
from rfcs.models import PolicyVersion


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


@post_only
def end(request: HttpRequest, pk: int) -> HttpResponse:
    absences.end(get_object_or_404(Absence, pk=pk, person=person(request)), by=person(request))
    messages.success(request, "The absence is taken back.")
    return redirect("away")


def _reasons(form: AwayForm) -> tuple[Reason, ...]:
    named = ((name, error) for name, errors in form.errors.items() for error in errors)
    return tuple(Reason("malformed", str(error), field=name, who="you", kind=Kind.NOT_READY) for name, error in named)


def _show(request: HttpRequest, reasons: tuple[Reason, ...] = (), *, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        "absences": absences.upcoming(person(request)),
        "reasons": reasons,
        "typed": request.POST,
        "zone": PolicyVersion.current().policy.calendar.zone,
    }
    return render(request, "me/away.html", context, status=status)
