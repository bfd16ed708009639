"""The shapes of the impact on others: acknowledgements, clashes, freeze windows."""

from __future__ import annotations

from rest_framework import serializers

from governance.api.actions import ActionSerializer
from governance.api.fields import Exact, Flag, Text
from governance.api.serializers import Shown
from rfcs.states import Acknowledged, Answer


class OwnerAnswerSerializer(Shown):
    by = serializers.CharField(help_text="User name.")
    by_name = serializers.CharField(help_text="The printed name.")
    answer = serializers.ChoiceField(Answer.choices)
    reason = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField(help_text="The revision that was answered.")
    at = serializers.DateTimeField()


class AcknowledgementSerializer(Shown):
    """An affected package and what its owners say. The last answer of anybody counts."""

    package = serializers.CharField(help_text="Its path in the catalogue, or as it was named where that has none.")
    named = serializers.ListField(child=serializers.CharField(), help_text="The paths of the RFC that meet it.")
    state = serializers.ChoiceField(Acknowledged.choices)
    owners = serializers.ListField(child=serializers.CharField(), help_text="User names of those who may answer.")
    asked_at = serializers.DateTimeField(allow_null=True, help_text="Null where nobody is asked.")
    due_at = serializers.DateTimeField(allow_null=True)
    extended_at = serializers.DateTimeField(allow_null=True)
    lapsed_at = serializers.DateTimeField(allow_null=True)
    answers = OwnerAnswerSerializer(many=True)


class OwnerSaysSerializer(Exact):
    package = Text(
        allow_blank=False,
        max_length=255,
        help_text="Path of the package in the catalogue, or a path of the RFC (`named`) that meets that package alone.",
    )
    answer = serializers.ChoiceField(Answer.choices)
    reason = Text(required=False, default="", help_text="An objection needs one.")


class OwnerNamedSerializer(Exact):
    package = Text(allow_blank=False, max_length=255, help_text="Path of the package in the catalogue.")
    username = Text(allow_blank=False, max_length=150)
    reason = Text(help_text="Why this person owns it; it is kept in the record.")


class ClashSerializer(Shown):
    """Another RFC on its way that touches the same package, or one inside the other, in the same days."""

    rfc = serializers.CharField(help_text="Its number.")
    owner = serializers.CharField(help_text="User name.")
    packages = serializers.ListField(child=serializers.CharField())
    first = serializers.DateField()
    last = serializers.DateField()
    in_deployment = serializers.BooleanField(help_text="Whether even the deployments meet.")
    settled = serializers.BooleanField()
    note = serializers.CharField(allow_blank=True, help_text="How it was settled.")


class SettlingSerializer(Exact):
    rfc = Text(allow_blank=False, max_length=24, help_text="Number of the other RFC.")
    note = Text(help_text="What was agreed.")


class LessonVersionSerializer(Shown):
    version = serializers.IntegerField()
    happened = serializers.CharField()
    missed = serializers.CharField(help_text="Why the process did not catch it.")
    changes = serializers.CharField()
    actions = ActionSerializer(many=True)
    by = serializers.CharField(help_text="User name.")
    at = serializers.DateTimeField()


class LessonSerializer(Shown):
    """What was learnt from a rollback; its versions from the first to the one that counts."""

    opened_at = serializers.DateTimeField()
    written_at = serializers.DateTimeField(allow_null=True, help_text="Null while the owner owes it.")
    versions = LessonVersionSerializer(many=True)


class LessonSaysSerializer(Exact):
    version = serializers.IntegerField(min_value=0, max_value=1_000_000, help_text="The version that was read, or 0.")
    happened = Text(help_text="What happened.")
    missed = Text(help_text="Why the process did not catch it.")
    changes = Text(help_text="What changes from now on.")
    actions = ActionSerializer(many=True, required=False)


class EmbargoSerializer(Shown):
    embargoed = serializers.BooleanField(help_text="Whether it is under embargo now.")
    imposed_at = serializers.DateTimeField(allow_null=True, help_text="Where a call or a page began it at once.")
    imposed_by = serializers.CharField(allow_blank=True, help_text="User name.")
    ends_at = serializers.DateTimeField(allow_null=True, help_text="When it lifts by itself; null before closing.")
    lifted_at = serializers.DateTimeField(allow_null=True)
    lifted_by = serializers.CharField(allow_blank=True, help_text="User name; empty where the clock lifted it.")
    reason = serializers.CharField(allow_blank=True, help_text="Why it was lifted.")


class EmbargoChangeSerializer(Exact):
    embargoed = Flag(help_text="false lifts it (the security team), true begins it (the owner, or that team).")
    reason = Text(help_text="Kept in the record.")


class FreezeSerializer(Shown):
    key = serializers.CharField(help_text="What an override names.")
    name = serializers.CharField()
    starts = serializers.DateField()
    ends = serializers.DateField()
    paths = serializers.ListField(child=serializers.CharField(), help_text="Globs; empty means all packages.")
    is_on = serializers.BooleanField(help_text="Whether today is one of its days.")
    overridden = serializers.BooleanField()


class FreezeOverrideSerializer(Exact):
    freeze = Text(allow_blank=False, max_length=250, help_text="The window's `key`.")
    reason = Text()
