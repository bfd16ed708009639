"""The calendar: lanes of phases, freeze windows and clashes; the days and the filters stand in the URL."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render

from governance import reading as readers
from governance.calendar import spans
from governance.calendar.drawing import WORDS, Lane, Stretch, drawn
from governance.calendar.reading import MOST, Entry, Plan, plan
from governance.calendar.spans import Span
from governance.pages.record.subject import person
from rfcs import clock
from rfcs.content import PHASES
from rfcs.impact.clashes import Clash
from rfcs.models import PolicyVersion
from rfcs.states import SIGNING, TEAMS, Track


class CalendarForm(forms.Form):
    """Which days, and which RFCs in them. Invalid values are errors of their field, never ignored."""

    at = forms.CharField(label="Month or quarter", required=False, max_length=7)
    package = forms.CharField(label="Package", required=False, max_length=255)
    owner = forms.CharField(label="Owner", required=False, max_length=150)
    track = forms.ChoiceField(label="Track", required=False, choices=[("", "Any track"), *Track.choices])
    team = forms.ChoiceField(
        label="Asked to sign", required=False, choices=[("", "Any team"), *((slug, TEAMS[slug]) for slug in SIGNING)]
    )
    mine = forms.BooleanField(label="Only mine", required=False)

    def clean_at(self) -> str:
        at: str = self.cleaned_data["at"]
        if at and spans.read(at) is None:
            raise forms.ValidationError("Name a month such as 2026-11, or a quarter such as 2026-Q4.")
        return at

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        return {name: value.strip() if isinstance(value, str) else value for name, value in said.items()}

    @property
    def is_filtered(self) -> bool:
        return any(value for name, value in self.cleaned_data.items() if name != "at")


def today_in_office() -> date:
    """The day of the policy's zone."""
    return clock.now().astimezone(ZoneInfo(PolicyVersion.current().policy.calendar.zone)).date()


def calendar(request: HttpRequest) -> HttpResponse:
    form, today = CalendarForm(request.GET), today_in_office()
    if not form.is_valid():
        context = {"form": form, "span": spans.this_month(today)}
        return render(request, "calendar.html", context, status=400)
    span = spans.read(form.cleaned_data["at"]) or spans.this_month(today)
    readers.note(person(request), what=request.get_full_path(), on="rfcs")
    shown = plan(person(request), span, form.cleaned_data)
    context = {
        "form": form,
        "span": span,
        "is_filtered": form.is_filtered,
        "links": {name: _address(request.GET, wanted) for name, wanted in _places(span, today).items()},
        "plan": shown,
        "most": MOST,
        "rows": [_row(entry) for entry in shown.entries],
        "clashes": _clashes(shown),
        "lanes": _lanes(shown, today) if shown.entries or shown.freezes else None,
        "today": today if span.holds(today) else None,
    }
    return render(request, "calendar.html", context)


def _places(span: Span, today: date) -> dict[str, Span]:
    now = spans.this_month(today)
    return {
        "previous": span.previous,
        "next": span.next,
        "now": now.quarter if span.is_quarter else now,
        "month": span.month_of(today),
        "quarter": span.quarter,
    }


def _address(query: QueryDict, span: Span) -> str:
    kept = query.copy()
    kept["at"] = span.key
    return f"?{kept.urlencode()}"


def _row(entry: Entry) -> dict[str, Any]:
    return {"entry": entry, "phases": [{"label": WORDS[name], "days": entry.phase(name)} for name in PHASES]}


def _clashes(shown: Plan) -> list[dict[str, Any]]:
    """Each pair once, those to settle first."""
    pairs: dict[tuple[int, ...], dict[str, Any]] = {}
    for entry in shown.entries:
        for clash in entry.clashes:
            if clash.days[0] <= shown.span.last and clash.days[1] >= shown.span.first:
                pairs.setdefault(tuple(sorted((entry.rfc.pk, clash.other.pk))), {"rfc": entry.rfc, "clash": clash})
    return sorted(pairs.values(), key=lambda pair: (pair["clash"].resolution is not None, pair["clash"].days))


def _lanes(shown: Plan, today: date) -> dict[str, Any]:
    bands = [Stretch("freeze", freeze.first, freeze.last, freeze.name) for freeze in shown.freezes]
    lanes = [_lane(entry) for entry in shown.entries]
    return drawn(lanes, bands, first=shown.span.first, last=shown.span.last, today=today)


def _lane(entry: Entry) -> Lane:
    bars = tuple(Stretch(phase.name, phase.first, phase.last) for phase in entry.phases)
    marks = tuple(_mark(clash) for clash in entry.clashes if clash.resolution is None)
    track = "" if entry.rfc.track == Track.STANDARD else f" · {entry.rfc.get_track_display()}"
    return Lane(f"{entry.rfc.number}{track} · {_short(entry.rfc.title)}", entry.rfc.impact_url, bars, marks)


def _mark(clash: Clash) -> Stretch:
    return Stretch("clash", *clash.days, note=clash.other.number)


def _short(title: str, most: int = 60) -> str:
    """For the drawing, which sets no code: without the backticks that would."""
    title = title.replace("`", "")
    return title if len(title) <= most else f"{title[: most - 1].rstrip()}…"
