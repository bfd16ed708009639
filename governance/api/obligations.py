"""The shapes of what emergencies and hotfixes owe, and of what pays it."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from governance.api.actions import ActionSerializer
from governance.api.fields import Exact, Text
from governance.api.serializers import ObligationSerializer, Shown
from rfcs.models import RFC, IncidentReview, Obligation, RiskAcceptance

JSON = dict[str, Any]


class OwedSerializer(ObligationSerializer):
    title = serializers.CharField(help_text="What is owed, as it is printed.")
    who = serializers.CharField(help_text="Who has to act, as it is printed.")
    team = serializers.CharField(help_text="Slug of the team that authorised: its debt.")
    met_by = serializers.CharField(allow_null=True, help_text="User name; null while open, or for the clock.")


class AcceptanceSerializer(Shown):
    """A member of the board bears the risk of a denied emergency. The latest one counts."""

    by = serializers.CharField(help_text="User name.")
    by_name = serializers.CharField(help_text="The printed name.")
    reason = serializers.CharField()
    until = serializers.DateField(help_text="The last day.")
    at = serializers.DateTimeField()


class AccountSerializer(Shown):
    """All that an RFC owes and owed."""

    obligations = OwedSerializer(many=True)
    acceptances = AcceptanceSerializer(many=True, help_text="Oldest first.")
    follow_ups = serializers.ListField(child=serializers.CharField(), help_text="Numbers of RFCs that follow it.")
    follows = serializers.CharField(allow_null=True, help_text="Number of the hotfix that it follows.")


class FilingSerializer(Exact):
    note = Text(required=False, default="", help_text="Kept with the revision.")


class AskingAgainSerializer(Exact):
    note = Text(help_text="Why the board is asked again.")


class NothingSerializer(Exact):
    """No field."""


class RiskAcceptanceSerializer(Exact):
    reason = Text(help_text="Why the risk can be borne.")
    until = serializers.DateField(help_text="The last day; at most 90 days away.")


class IncidentSerializer(Exact):
    timeline = Text(help_text="What was seen and done, and when.")
    cause = Text()
    went_well = Text()
    actions = ActionSerializer(many=True, help_text="What follows, each with an owner and a day.")


class AcceptingSerializer(Exact):
    version = serializers.IntegerField(min_value=1, help_text="The version that you read; 409 when there is a newer.")


class IncidentReviewSerializer(Shown):
    version = serializers.IntegerField()
    timeline = serializers.CharField()
    cause = serializers.CharField()
    went_well = serializers.CharField()
    actions = ActionSerializer(many=True)
    by = serializers.CharField(help_text="User name.")
    at = serializers.DateTimeField()
    accepted_by = serializers.CharField(allow_null=True, help_text="User name of the incident commander.")
    accepted_at = serializers.DateTimeField(allow_null=True)


def owed(row: Obligation) -> JSON:
    return {
        "kind": row.kind,
        "title": row.get_kind_display(),
        "who": row.who,
        "team": row.team,
        "due_at": row.due_at,
        "met_at": row.met_at,
        "met_by": row.met_by.get_username() if row.met_by else None,
    }


def acceptance(row: RiskAcceptance) -> JSON:
    name = row.by.get_full_name() or row.by.get_username()
    return {"by": row.by.get_username(), "by_name": name, "reason": row.reason, "until": row.until, "at": row.at}


def account(rfc: RFC, visible: set[int]) -> JSON:
    """`visible`: the keys of linked RFCs that the caller may see."""
    hotfix = getattr(rfc, "follows", None)
    links = [link for link in rfc.follow_ups.select_related("rfc") if link.rfc_id in visible]
    return {
        "obligations": [owed(row) for row in rfc.obligations.select_related("rfc__owner", "met_by")],
        "acceptances": [acceptance(row) for row in rfc.risk_acceptances.select_related("by")],
        "follow_ups": [link.rfc.number for link in links],
        "follows": hotfix.hotfix.number if hotfix and hotfix.hotfix_id in visible else None,
    }


def incident_review(row: IncidentReview) -> JSON:
    accepted = getattr(row, "acceptance", None)
    return {
        "version": row.number,
        "timeline": row.timeline,
        "cause": row.cause,
        "went_well": row.went_well,
        "actions": row.actions,
        "by": row.by.get_username(),
        "at": row.at,
        "accepted_by": accepted.by.get_username() if accepted else None,
        "accepted_at": accepted.at if accepted else None,
    }
