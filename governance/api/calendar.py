"""The shapes of the calendar: RFCs of a month or quarter with their phases, clashes and freeze windows."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api import wire
from governance.api.fields import Exact, Text
from governance.api.impact import ClashSerializer
from governance.api.serializers import Shown
from governance.calendar.reading import Entry, Plan
from rfcs.content import PHASES
from rfcs.freezes import Freeze
from rfcs.states import State, Track


class CalendarQuery(Exact):
    at = Text(required=False, max_length=7, help_text="A month (`2026-11`) or a quarter (`2026-Q4`); else this month.")
    package = Text(required=False, allow_blank=False, max_length=255, help_text="A package, or a folder above.")
    owner = Text(required=False, allow_blank=False, max_length=150, help_text="User name.")
    team = Text(required=False, allow_blank=False, max_length=150, help_text="Slug of a team that was asked to sign.")
    track = serializers.ChoiceField(Track.choices, required=False)


class DaysSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField(help_text="Included.")


class PhasesSerializer(Shown):
    development = DaysSerializer(allow_null=True)
    testing = DaysSerializer(allow_null=True)
    deployment = DaysSerializer(allow_null=True)


class WindowSerializer(Shown):
    """A freeze window of the policy in force."""

    name = serializers.CharField()
    starts = serializers.DateField()
    ends = serializers.DateField()
    paths = serializers.ListField(child=serializers.CharField(), help_text="Globs; empty means all packages.")


class CalendarEntrySerializer(Shown):
    rfc = serializers.CharField(help_text="Its number.")
    title = serializers.CharField()
    state = serializers.ChoiceField(State.choices)
    track = serializers.ChoiceField(Track.choices)
    owner = serializers.CharField(help_text="User name.")
    phases = PhasesSerializer()
    clashes = ClashSerializer(many=True)
    freezes = serializers.ListField(child=serializers.CharField(), help_text="Names of the windows that it meets.")


class CalendarSerializer(Shown):
    at = serializers.CharField(help_text="The month or quarter that is shown.")
    first = serializers.DateField()
    last = serializers.DateField()
    rfcs = CalendarEntrySerializer(many=True)
    freezes = WindowSerializer(many=True)
    has_more = serializers.BooleanField(help_text="Whether only those that begin first are here; narrow it.")


def calendar(shown: Plan) -> dict[str, Any]:
    """One span as JSON."""
    return {
        "at": shown.span.key,
        "first": shown.span.first,
        "last": shown.span.last,
        "rfcs": [_entry(entry) for entry in shown.entries],
        "freezes": [_window(freeze) for freeze in shown.freezes],
        "has_more": shown.has_more,
    }


def _entry(entry: Entry) -> dict[str, Any]:
    rfc = entry.rfc
    return {
        "rfc": rfc.number,
        "title": rfc.title,
        "state": rfc.state,
        "track": rfc.track,
        "owner": rfc.owner.get_username(),
        "phases": {name: _days(entry, name) for name in PHASES},
        "clashes": [wire.clash(clash) for clash in entry.clashes],
        "freezes": [freeze.name for freeze in entry.freezes],
    }


def _days(entry: Entry, name: str) -> dict[str, Any] | None:
    phase = entry.phase(name)
    return {"start": phase.first, "end": phase.last} if phase else None


def _window(freeze: Freeze) -> dict[str, Any]:
    return {"name": freeze.name, "starts": freeze.first, "ends": freeze.last, "paths": list(freeze.paths)}
