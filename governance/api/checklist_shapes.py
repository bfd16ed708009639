"""The shapes of the checklist: items with their evidence and waivers, and what closes, waives or opens one."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.fields import Exact, Flag, Text, Whole
from governance.api.serializers import NOTE, FileSerializer, Shown
from rfcs.states import Kind, Phase, WaiverKind


class EvidenceSerializer(Shown):
    link = serializers.CharField()
    text = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()


class PieceSerializer(EvidenceSerializer):
    id = serializers.IntegerField(help_text="For `remove`.")
    file = FileSerializer(allow_null=True)


class WaiverSerializer(Shown):
    kind = serializers.ChoiceField(WaiverKind.choices)
    reason = serializers.CharField()
    by = serializers.CharField()
    at = serializers.DateTimeField()
    expires = serializers.DateField(help_text="The last day on which it counts (UTC).")


ITEM_STATES = [("open", "Open"), ("done", "Closed"), *WaiverKind.choices]


class ItemSerializer(Shown):
    slug = serializers.CharField()
    phase = serializers.ChoiceField(Phase.choices)
    kind = serializers.ChoiceField(Kind.choices)
    item = serializers.CharField()
    closed = serializers.BooleanField()
    why_open = serializers.CharField()
    who = serializers.CharField(help_text="Who can close it.")
    state = serializers.ChoiceField(ITEM_STATES, help_text="Waived and not applicable count as closed.")
    evidence = EvidenceSerializer(allow_null=True, help_text="What closed it.")
    pieces = PieceSerializer(many=True, help_text="All evidence that counts, oldest first.")
    waiver = WaiverSerializer(allow_null=True, help_text="The one that closes it, or that did until it expired.")


class TickSerializer(Exact):
    """Closes an item with its evidence, unless one of the other actions is true: at most one of them."""

    actions = ("add", "reopen", "waive", "not_applicable", "revoke", "remove")

    link = Text(required=False, default="", help_text="http(s) address of the evidence; closing needs it.")
    text = Text(required=False, default="")
    attachment = Text(required=False, default="", max_length=64, help_text="SHA-256 of a file that the RFC holds.")
    add = Flag(required=False, default=False, help_text="Gives the evidence and leaves the item as it is.")
    remove = Whole(required=False, default=0, min_value=0, help_text="Id of a piece of evidence to set aside.")
    reopen = Flag(required=False, default=False)
    waive = Flag(required=False, default=False, help_text="For stewards and board members who did not write the RFC.")
    not_applicable = Flag(required=False, default=False, help_text="The same, for an item that does not apply.")
    revoke = Flag(required=False, default=False, help_text="Ends the waiver.")
    reason = Text(required=False, default="", max_length=NOTE, help_text="All actions but closing and `add` need it.")
    expires = serializers.DateField(
        required=False, allow_null=True, default=None, help_text="Of a waiver: its last day."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(bool(attrs[name]) for name in self.actions) > 1:
            raise serializers.ValidationError(f"Ask for one action at a time: {', '.join(self.actions)}.")
        return attrs


class EvidenceUploadSerializer(Exact):
    """Closes an item with a file, or adds the file to its evidence."""

    file = serializers.FileField(allow_empty_file=True)
    link = serializers.CharField(required=False, default="", allow_blank=True)
    text = serializers.CharField(required=False, default="", allow_blank=True)
    add = serializers.BooleanField(required=False, default=False)
