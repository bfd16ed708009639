"""The forms of a signature, and of what becomes of a concern."""

from __future__ import annotations

from typing import Any

from django import forms

from approvals.positions import Position
from approvals.signing import LONGEST


class SignOffForm(forms.Form):
    """Only the shape is checked here; who may sign what is the verb's answer.

    `team` says whose seat it is too: `architecture`, or `architecture/ingrid` for a seat that Ingrid lends.
    """

    team = forms.CharField(max_length=301)
    position = forms.ChoiceField(choices=Position.choices, error_messages={"required": "Choose a position."})
    digest = forms.CharField(max_length=64)
    title = forms.CharField(required=False, max_length=200)
    until = forms.DateField(required=False)
    rationale = forms.CharField(required=False, max_length=LONGEST)
    password = forms.CharField(required=False, strip=False, max_length=4_096)
    code = forms.CharField(required=False, max_length=64)
    credential = forms.CharField(required=False, max_length=8_192)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        said["team"], _, said["on_behalf_of"] = said.get("team", "").partition("/")
        for position, name, empty in ((Position.DISCUSS, "title", ""), (Position.HOLD, "until", None)):
            if said.get("position") != position:  # typed for that one, perhaps, and not said with another
                self.errors.pop(name, None)
                said[name] = empty
        return said


class ReplyForm(forms.Form):
    """Words to a concern; an override asks for the password too."""

    text = forms.CharField(required=False, max_length=LONGEST)
    password = forms.CharField(required=False, strip=False, max_length=4_096)
    code = forms.CharField(required=False, max_length=64)
    credential = forms.CharField(required=False, max_length=8_192)
