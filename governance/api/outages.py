"""The shapes of outages: from when to when users were hit."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from governance.api.fields import Exact, Flag, Text
from governance.api.serializers import Shown
from rfcs import clock
from rfcs.models import RFC, Outage
from rfcs.outages import lengths
from rfcs.outages.telling import Said

JSON = dict[str, Any]


class OutageSerializer(Shown):
    id = serializers.IntegerField(help_text="What a correction names in `corrects`.")
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True, help_text="null while it lasts.")
    note = serializers.CharField()
    corrects = serializers.IntegerField(allow_null=True, help_text="The row that this one takes the place of.")
    retracted = serializers.BooleanField(help_text="It says that the corrected one never was.")
    counts = serializers.BooleanField(help_text="Neither corrected by a later row nor taken back.")
    by = serializers.CharField(help_text="User name.")
    at = serializers.DateTimeField(help_text="When it was told.")


class OutagesSerializer(Shown):
    minutes = serializers.IntegerField(
        help_text="What counts, in whole minutes, overlaps once; what still lasts counts until now."
    )
    outages = OutageSerializer(many=True, help_text="By their start, those that count no longer too.")


class OutageTellingSerializer(Exact):
    started_at = serializers.DateTimeField(required=False, help_text="Left out only with `retracted`.")
    ended_at = serializers.DateTimeField(
        required=False, allow_null=True, help_text="Left out, or null, while it lasts."
    )
    note = Text(required=False, default="", help_text="What users saw, or why it is corrected.")
    corrects = serializers.IntegerField(
        required=False,
        allow_null=True,
        min_value=1,
        max_value=2**63 - 1,
        help_text="The `id` of the row that it takes the place of.",
    )
    retracted = Flag(required=False, default=False, help_text="The corrected one never was; say why in `note`.")


def said(body: JSON) -> Said:
    return Said(_text(body.get("started_at")), _text(body.get("ended_at")), body["note"])


def _text(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def outages(rfc: RFC) -> JSON:
    rows = list(rfc.outages.select_related("by"))
    replaced = {row.corrects_id for row in rows}
    counting = {row.pk for row in rows if row.pk not in replaced and not row.retracted}
    spans = [row.span for row in rows if row.pk in counting]
    return {
        "minutes": lengths.minutes(spans, until=clock.now()),
        "outages": [outage(row, counts=row.pk in counting) for row in rows],
    }


def outage(row: Outage, *, counts: bool) -> JSON:
    return {
        "id": row.pk,
        "started_at": row.started_at,
        "ended_at": row.ended_at,
        "note": row.note,
        "corrects": row.corrects_id,
        "retracted": row.retracted,
        "counts": counts,
        "by": row.by.get_username(),
        "at": row.at,
    }
