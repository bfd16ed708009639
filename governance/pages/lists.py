"""The list of RFCs: search, filters in the URL, keyset pages."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from governance.pages.rows import row_of, with_rows
from governance.pages.subject import person
from governance.standing import turns_of
from rfcs import clock
from rfcs.models import RFC
from rfcs.models.record import RFCQuerySet
from rfcs.states import ENDED, Scenario, State

PAGE = 50


class FilterForm(forms.Form):
    q = forms.CharField(label="Search", required=False, max_length=200)
    state = forms.ChoiceField(
        label="State", required=False, choices=[("", "Any state"), ("open", "Open"), ("ended", "Ended"), *State.choices]
    )
    scenario = forms.ChoiceField(label="Scenario", required=False, choices=[("", "Any scenario"), *Scenario.choices])
    package = forms.CharField(label="Package", required=False, max_length=255)
    mine = forms.BooleanField(label="Only mine", required=False)
    before = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)


def rfc_list(request: HttpRequest) -> HttpResponse:
    form = FilterForm(request.GET)
    is_valid = form.is_valid()
    rows = _filtered(request, form.cleaned_data) if is_valid else RFC.objects.none()
    page, older, newer = _page(rows, form.cleaned_data) if is_valid else ([], None, None)
    turns, now = turns_of(page), clock.now()
    context = {
        "form": form,
        "rows": [row_of(rfc, turns[rfc.pk], now=now) for rfc in page],
        "next_url": _url(request.GET, before=older) if older else None,
        "prev_url": _url(request.GET, after=newer) if newer else None,
        "is_filtered": any(value for key, value in form.cleaned_data.items() if key not in {"before", "after"}),
    }
    return render(request, "rfcs/list.html", context, status=200 if is_valid else 400)


def _filtered(request: HttpRequest, wanted: dict[str, Any]) -> RFCQuerySet:
    rows = RFC.objects.visible_to(request.user)
    if wanted["q"].strip():
        rows = rows.matching(wanted["q"])
    if wanted["state"] == "open":
        rows = rows.open()
    elif wanted["state"]:
        rows = rows.filter(state__in=ENDED if wanted["state"] == "ended" else [wanted["state"]])
    if wanted["scenario"]:
        rows = rows.filter(scenario=wanted["scenario"])
    if wanted["package"].strip():
        rows = rows.filter(packages__path=wanted["package"].strip().rstrip("/"))
    return rows.filter(owner=person(request)) if wanted["mine"] else rows


def _page(rows: RFCQuerySet, wanted: dict[str, Any]) -> tuple[list[RFC], int | None, int | None]:
    """One page by key: its rows newest first, and the keys behind which older and newer ones lie."""
    shown, before, after = with_rows(rows), wanted["before"], wanted["after"]
    if after is not None:
        found = list(shown.filter(pk__gt=after).order_by("id")[: PAGE + 1])
        page, newer = found[:PAGE][::-1], len(found) > PAGE
        older = bool(page)
    else:
        keyed = shown.filter(pk__lt=before) if before is not None else shown
        found = list(keyed.order_by("-id")[: PAGE + 1])
        page, older, newer = found[:PAGE], len(found) > PAGE, before is not None
    return page, page[-1].pk if page and older else None, page[0].pk if page and newer else None


def _url(query: QueryDict, **key: int | None) -> str:
    kept = query.copy()
    for name in ("before", "after"):
        kept.pop(name, None)
    for name, value in key.items():
        kept[name] = str(value)
    return f"?{kept.urlencode()}"
