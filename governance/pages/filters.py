"""The form of the list's filters; its fields are the parameters of the address."""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import urlencode

from django import forms

from governance.finding import STATES
from rfcs.states import SIGNING, TEAMS, Scenario, Track

BEST, NEWEST = "best", "newest"


def _choice(label: str, anything: str, choices: Any) -> forms.ChoiceField:
    unknown = {"invalid_choice": "“%(value)s” is none of the choices; pick one of the list."}
    return forms.ChoiceField(label=label, required=False, choices=[("", anything), *choices], error_messages=unknown)


class FilterForm(forms.Form):
    """Every filter is optional. Invalid values are errors of their field, never ignored."""

    PLACE: ClassVar = ("before", "after", "start")
    """Fields that name a place in the list and filter nothing."""
    MORE: ClassVar = ("track", "owner", "author", "team", "touches_security", "since", "until", "sort")
    """Filters that the page folds away while none of them is used."""

    q = forms.CharField(label="Search", required=False, max_length=200)
    state = _choice("State", "Any state", STATES)
    scenario = _choice("Scenario", "Any scenario", Scenario.choices)
    package = forms.CharField(label="Package", required=False, max_length=255)
    track = _choice("Track", "Any track", Track.choices)
    owner = forms.CharField(label="Owner", required=False, max_length=150)
    author = forms.CharField(label="Author", required=False, max_length=150)
    team = _choice("Asked to sign", "Any team", [(slug, TEAMS[slug]) for slug in SIGNING])
    touches_security = forms.BooleanField(label="Touches security", required=False)
    since = forms.DateField(label="Opened from", required=False)
    until = forms.DateField(label="Opened until", required=False)
    sort = _choice("Order", "Best match", [(NEWEST, "Newest first")])
    mine = forms.BooleanField(label="Only mine", required=False)
    before = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)
    after = forms.IntegerField(required=False, min_value=0, max_value=2**62, widget=forms.HiddenInput)
    start = forms.IntegerField(required=False, min_value=0, max_value=10_000, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        for name in ("q", "package", "owner", "author"):
            said[name] = said.get(name, "").strip()
        said["touches_security"] = said.get("touches_security") or None
        since, until = said.get("since"), said.get("until")
        if since and until and since > until:
            self.add_error("until", f"The period ends on {until:%-d %B %Y}, before it begins on {since:%-d %B %Y}.")
        return said

    @property
    def is_ranked(self) -> bool:
        return bool(self.cleaned_data["q"]) and self.cleaned_data["sort"] != NEWEST

    @property
    def query(self) -> str:
        """The filters that are set, as a query string in one spelling: what a saved view keeps."""
        said = {name: value for name, value in self.cleaned_data.items() if value and name not in self.PLACE}
        return urlencode({name: "on" if value is True else str(value) for name, value in sorted(said.items())})

    @property
    def uses_more(self) -> bool:
        return any(self.data.get(name) for name in self.MORE)
