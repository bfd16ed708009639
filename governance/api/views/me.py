"""What a person tells of themselves: when they are away, and who signs for them meanwhile."""

from __future__ import annotations

from django.db.models import Q
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import absences, delegations
from approvals.models import Absence, Delegation
from governance.api import positions, wire
from governance.api.schema import CHANGING, CREATING, READING
from governance.api.views.base import Endpoint, body
from governance.models import Scope
from governance.pages.away import named


class Absences(Endpoint):
    own = True

    @extend_schema(
        summary="Your absences that are not over",
        operation_id="me_absences_list",
        responses={200: positions.AbsenceSerializer(many=True), **READING},
    )
    def get(self, request: Request) -> Response:
        return Response([wire.absence(row) for row in absences.upcoming(self.person)])

    @extend_schema(
        summary="Tell that you are away",
        description="Forecasts say so; it bars you from nothing.",
        operation_id="me_absences_create",
        request=positions.NewAbsenceSerializer,
        responses={201: positions.AbsenceSerializer, **CREATING},
    )
    def post(self, request: Request) -> Response:
        row = absences.add(by=self.person, **body(positions.NewAbsenceSerializer, request))
        return Response(wire.absence(row), status=201)


class AbsenceEnd(Endpoint):
    own = True

    @extend_schema(
        summary="Take an absence back",
        operation_id="me_absences_end",
        request=None,
        responses={200: positions.AbsenceSerializer, **CHANGING},
    )
    def post(self, request: Request, id: int) -> Response:
        row = get_object_or_404(Absence, pk=id, person=self.person)
        return Response(wire.absence(absences.end(row, by=self.person)))


class Delegations(Endpoint):
    scopes = {"POST": Scope.SIGN}

    @extend_schema(
        summary="Seats that you lend, and that are lent to you",
        description="Those that are not over.",
        operation_id="me_delegations_list",
        responses={200: positions.DelegationSerializer(many=True), **READING},
    )
    def get(self, request: Request) -> Response:
        rows = [*delegations.granted_by(self.person), *delegations.granted_to(self.person)]
        return Response([wire.delegation(row) for row in rows])

    @extend_schema(
        summary="Lend your seat",
        description="Needs a token with the scope `sign`. The same again answers with the row there is.",
        operation_id="me_delegations_create",
        request=positions.NewDelegationSerializer,
        responses={201: positions.DelegationSerializer, **CREATING},
    )
    def post(self, request: Request) -> Response:
        said = body(positions.NewDelegationSerializer, request)
        row = delegations.grant(by=self.person, delegate=named(said.pop("delegate"), by=self.person), **said)
        return Response(wire.delegation(row), status=201)


class DelegationEnd(Endpoint):
    @extend_schema(
        summary="End a delegation",
        description="For either of the two people; what was signed in time stands.",
        operation_id="me_delegations_end",
        responses={200: positions.DelegationSerializer, **CHANGING},
    )
    def delete(self, request: Request, id: int) -> Response:
        rows = Delegation.objects.filter(Q(principal=self.person) | Q(delegate=self.person))
        row = get_object_or_404(rows.select_related("principal", "delegate"), pk=id)
        delegations.end(row, by=self.person)
        row.refresh_from_db(fields=["revoked_at"])
        return Response(wire.delegation(row))
