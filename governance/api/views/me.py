"""What a person tells of themselves: when they are away."""

from __future__ import annotations

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from approvals import absences
from approvals.models import Absence
from governance.api import positions, wire
from governance.api.schema import CHANGING, CREATING, READING
from governance.api.views.base import Endpoint, body


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
