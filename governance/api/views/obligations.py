"""What an emergency or a hotfix owes, paying it, and its outages."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import retroactive
from governance.api import obligations as shapes
from governance.api import outages as times
from governance.api import serializers, wire
from governance.api.schema import CHANGING, READING
from governance.api.views.base import OfRFC, body, find
from rfcs import actions
from rfcs.models import RFC, FollowUp
from rfcs.obligations import accepting, following, incident
from rfcs.outages import recording


class OfDebtor(OfRFC):
    def account(self, number: str) -> Response:
        row = find(number, self.person)
        linked = FollowUp.objects.filter(hotfix=row) | FollowUp.objects.filter(rfc=row)
        ids = {pk for link in linked.values_list("hotfix", "rfc") for pk in link}
        visible = RFC.objects.visible_to(self.person).filter(pk__in=ids)
        return Response(shapes.account(row, set(visible.values_list("pk", flat=True))))


class Obligations(OfDebtor):
    @extend_schema(
        summary="All that an emergency or a hotfix owes and owed",
        operation_id="rfcs_obligations_read",
        responses={200: shapes.AccountSerializer, **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return self.account(number)


class Filing(OfRFC):
    @extend_schema(
        summary="File the full justification of an emergency",
        description="The working copy becomes a revision, what is owed is met, and the board is asked to ratify.",
        operation_id="rfcs_obligations_file",
        request=shapes.FilingSerializer,
        responses={200: serializers.RFCSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        note = body(shapes.FilingSerializer, request)["note"]
        retroactive.file_justification(self.rfc, by=self.person, note=note)
        return Response(wire.rfc(find(number, self.person)))


class AskingAgain(OfRFC):
    @extend_schema(
        summary="Ask the board again when its retroactive review cannot decide",
        description="For the owner and stewards, once the roster has changed; positions that were taken carry over.",
        operation_id="rfcs_obligations_ask_again",
        request=shapes.AskingAgainSerializer,
        responses={200: serializers.RFCSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        note = body(shapes.AskingAgainSerializer, request)["note"]
        retroactive.ask_again(self.rfc, by=self.person, note=note)
        return Response(wire.rfc(find(number, self.person)))


class Risk(OfDebtor):
    @extend_schema(
        summary="Bear the risk of an emergency that the board denied",
        description="For members of the board who did not write it.",
        operation_id="rfcs_obligations_accept_risk",
        request=shapes.RiskAcceptanceSerializer,
        responses={200: shapes.AccountSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.RiskAcceptanceSerializer, request)
        accepting.accept(self.rfc, by=self.person, reason=said["reason"], until=said["until"])
        return self.account(number)


class Following(OfRFC):
    @extend_schema(
        summary="Open the follow-up of a hotfix on the standard track",
        description="A draft with the facts carried over; what is owed is met once it is submitted.",
        operation_id="rfcs_obligations_follow_up",
        request=shapes.NothingSerializer,
        responses={201: serializers.RFCSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        body(shapes.NothingSerializer, request)
        made = following.follow_up(self.rfc, by=self.person)
        return Response(wire.rfc(find(made.number, self.person)), status=201)


class IncidentReviews(OfRFC):
    @extend_schema(
        summary="Every version of the post-incident review, newest first",
        operation_id="rfcs_incident_review_list",
        responses={200: shapes.IncidentReviewSerializer(many=True), **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        rows = self.rfc.incident_reviews.select_related("by", "acceptance__by")
        return Response([shapes.incident_review(row) for row in rows])

    @extend_schema(
        summary="File the post-incident review",
        description="The same text again answers the version that is there.",
        operation_id="rfcs_incident_review_file",
        request=shapes.IncidentSerializer,
        responses={200: shapes.IncidentReviewSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        texts = body(shapes.IncidentSerializer, request)
        wanted = actions.read(texts.pop("actions"))
        review = incident.file(self.rfc, by=self.person, said=incident.Said.read(texts, wanted))
        return Response(shapes.incident_review(review))


class IncidentAccepting(OfRFC):
    @extend_schema(
        summary="Accept the post-incident review",
        description="For incident commanders who wrote no version of it.",
        operation_id="rfcs_incident_review_accept",
        request=shapes.AcceptingSerializer,
        responses={200: shapes.IncidentReviewSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        version = body(shapes.AcceptingSerializer, request)["version"]
        review = incident.accept(self.rfc, by=self.person, number=version)
        return Response(shapes.incident_review(review))


class Outages(OfRFC):
    @extend_schema(
        summary="From when to when users were hit",
        operation_id="rfcs_outages_read",
        responses={200: times.OutagesSerializer, **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(times.outages(self.rfc))

    @extend_schema(
        summary="Tell of an outage, or correct one",
        description=(
            "For the owner, incident command, the security team and stewards, of an emergency or a hotfix from the "
            "implementation on, and of whatever was rolled back. A correction is a new row; the same again is the row "
            "that is there."
        ),
        operation_id="rfcs_outages_record",
        request=times.OutageTellingSerializer,
        responses={201: times.OutageSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        told = body(times.OutageTellingSerializer, request)
        corrects, retracted = told.get("corrects"), told["retracted"]
        kept = recording.record(self.rfc, by=self.person, said=times.said(told), corrects=corrects, retracted=retracted)
        return Response(times.outage(kept, counts=not kept.retracted), status=201)
