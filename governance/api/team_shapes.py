"""The shapes of teams and their rosters."""

from __future__ import annotations

from rest_framework import serializers

from governance.api.fields import Exact, Flag, Text
from governance.api.serializers import Shown


class MemberSerializer(Shown):
    username = serializers.CharField()
    name = serializers.CharField(help_text="The printed name.")
    leads = serializers.BooleanField()
    active = serializers.BooleanField(help_text="Whoever was deactivated counts in no review.")


class TeamSerializer(Shown):
    slug = serializers.CharField()
    name = serializers.CharField(help_text="The printed name.")
    task = serializers.CharField(allow_blank=True, help_text="What the process asks of it.")
    signs = serializers.BooleanField(help_text="Whether the process has it sign or authorise.")
    members = MemberSerializer(many=True)


class NewTeamSerializer(Exact):
    slug = Text(help_text="2 to 40 of a to z, 0 to 9 and _, a letter first. It never changes.")


class NewMemberSerializer(Exact):
    username = Text(allow_blank=False, max_length=150)


class LeadSerializer(Exact):
    leads = Flag()
