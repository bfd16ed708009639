"""The shapes of what signers say, and of what becomes of it."""

from __future__ import annotations

from rest_framework import serializers

from approvals.positions import Position, ReplyKind
from governance.api.fields import Exact, Text
from governance.api.serializers import Shown, page_of


class PositionSerializer(Exact):
    team = Text(max_length=150, allow_blank=False)
    position = serializers.ChoiceField(Position.choices)
    digest = Text(max_length=64, help_text="The `digest` of the RFC as you read it; 409 when it changed since.")
    rationale = Text(required=False, help_text="All positions but `approve` need one.")
    title = Text(required=False, help_text="Names the concern; `discuss` needs one.")
    until = serializers.DateField(required=False, help_text="The last day of a `hold`, at most five working days away.")
    on_behalf_of = Text(
        required=False, max_length=150, help_text="The user name of whoever lends you the seat; see `me/delegations/`."
    )


class AnswerSerializer(Exact):
    text = Text(help_text="The owner's words to the concern; the round's clock goes on.")


class OverrideSerializer(Exact):
    reason = Text(help_text="Printed wherever the concern is.")


class ReplySerializer(Shown):
    kind = serializers.ChoiceField(ReplyKind.choices)
    by = serializers.CharField(allow_null=True, help_text="User name; null for the clock.")
    by_name = serializers.CharField(allow_null=True, help_text="The printed name.")
    text = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()


class SignOffSerializer(Shown):
    id = serializers.IntegerField()
    round = serializers.IntegerField()
    team = serializers.CharField()
    signer = serializers.CharField()
    signer_name = serializers.CharField(help_text="The printed name.")
    on_behalf_of = serializers.CharField(allow_null=True, help_text="Whose seat a delegate used.")
    on_behalf_of_name = serializers.CharField(allow_null=True, help_text="The printed name.")
    position = serializers.ChoiceField(Position.choices)
    title = serializers.CharField()
    rationale = serializers.CharField()
    until = serializers.DateField(allow_null=True, help_text="The last day of a `hold`.")
    revision = serializers.IntegerField()
    digest = serializers.CharField(help_text="The material digest of what was read.")
    scope_digest = serializers.CharField(help_text="The team's share of it; the signature counts while it is current.")
    at = serializers.DateTimeField()
    counts = serializers.BooleanField(help_text="Whether this position counts now.")
    replies = ReplySerializer(many=True, help_text="What became of a concern, oldest first.")


class NewAbsenceSerializer(Exact):
    starts_on = serializers.DateField(help_text="The first day, in the zone of the policy's calendar.")
    ends_on = serializers.DateField(help_text="The last day, included.")
    note = Text(required=False, max_length=200)


class AbsenceSerializer(Shown):
    id = serializers.IntegerField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    note = serializers.CharField(allow_blank=True)
    ended_at = serializers.DateTimeField(allow_null=True, help_text="When it was taken back.")


class NewDelegationSerializer(Exact):
    delegate = Text(max_length=150, allow_blank=False, help_text="User name.")
    team = Text(max_length=150, allow_blank=False, help_text="A team that you are in.")
    starts_on = serializers.DateField(help_text="The first day, in the zone of the policy's calendar.")
    ends_on = serializers.DateField(help_text="The last day, included; a seat is lent for 30 days at most.")
    reason = Text(help_text="Kept in the record.")


class DelegationSerializer(Shown):
    id = serializers.IntegerField()
    principal = serializers.CharField(help_text="Whose seat it is.")
    delegate = serializers.CharField(help_text="Who signs.")
    team = serializers.CharField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    reason = serializers.CharField()
    granted_at = serializers.DateTimeField()
    revoked_at = serializers.DateTimeField(allow_null=True)


SignOffPage = page_of(SignOffSerializer)
