"""The shape of an action, in what is sent and in what is answered."""

from __future__ import annotations

from rest_framework import serializers

from governance.api.fields import Exact, Text
from rfcs.actions import LONGEST


class ActionSerializer(Exact):
    what = Text(allow_blank=False, max_length=LONGEST, help_text="What is done.")
    owner = Text(allow_blank=False, max_length=150, help_text="User name of who does it.")
    due = serializers.DateField(help_text="The day by which it is done.")
