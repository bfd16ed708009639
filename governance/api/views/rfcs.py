"""RFCs: list, create, read, edit; what can happen next, and making it happen."""

from __future__ import annotations

from datetime import datetime

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance import listing, moves
from governance.api import serializers as shapes
from governance.api import wire
from governance.api.paging import page
from governance.api.schema import CHANGING, CREATING, LISTING, READING
from governance.api.views.base import Endpoint, OfRFC, body, find, query
from governance.api.writing import edit, merged
from governance.finding import filtered
from rfcs import editing, lifecycle
from rfcs.content import Content
from rfcs.models import RFC
from rfcs.states import Track


class RFCs(Endpoint):
    @extend_schema(
        summary="List RFCs, newest first",
        operation_id="rfcs_list",
        parameters=[shapes.RFCQuery],
        responses={200: shapes.RFCPage, **LISTING},
    )
    def get(self, request: Request) -> Response:
        rows = wire.with_summaries(RFC.objects.visible_to(self.person))
        return page(filtered(rows, query(shapes.RFCQuery, request), by=self.person), request, wire.summary)

    @extend_schema(
        summary="Create a draft",
        operation_id="rfcs_create",
        request=shapes.NewRFCSerializer,
        responses={201: shapes.RFCSerializer, **CREATING},
    )
    def post(self, request: Request) -> Response:
        said = body(shapes.NewRFCSerializer, request)
        track = said.get("track", Track.STANDARD)
        made = editing.create(by=self.person, content=merged(Content(), said), track=track)
        return Response(wire.rfc(find(made.number, self.person)), status=201)


class Spreadsheet(Endpoint):
    @extend_schema(
        summary="The list as CSV, newest first",
        operation_id="rfcs_csv",
        parameters=[shapes.RFCFilters],
        responses={(200, "text/csv"): OpenApiTypes.STR, **LISTING},
    )
    def get(self, request: Request) -> StreamingHttpResponse:
        rows = RFC.objects.visible_to(self.person)
        found = filtered(rows, query(shapes.RFCFilters, request), by=self.person)
        return listing.answer(found, reader=self.person, what=request.get_full_path())


class OneRFC(OfRFC):
    @extend_schema(summary="Read an RFC", responses={200: shapes.RFCSerializer, **READING})
    def get(self, request: Request, number: str) -> Response:
        return Response(wire.rfc(self.rfc))

    @extend_schema(
        summary="Edit the working copy",
        description="Mints a revision in draft, assessment and review; later the edits wait for `amend`.",
        request=shapes.EditSerializer,
        responses={200: shapes.RFCSerializer, **CHANGING},
    )
    def patch(self, request: Request, number: str) -> Response:
        edit(self.rfc, by=self.person, said=body(shapes.EditSerializer, request))
        return Response(wire.rfc(find(number, self.person)))


class Outlook(OfRFC):
    @extend_schema(
        summary="Every move: allowed or not, every reason, who can",
        responses={200: shapes.ProspectSerializer(many=True), **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(wire.outlook(lifecycle.outlook(self.rfc, self.person)))


def _written(value: object) -> str:
    """An input as the record keeps it: text; a box that is ticked is "yes", a time ISO 8601."""
    return value.isoformat() if isinstance(value, datetime) else "yes" if value is True else str(value)


class Moves(OfRFC):
    @extend_schema(
        summary="Make a move",
        request=shapes.MoveSerializer,
        responses={200: shapes.RFCSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        said = body(shapes.MoveSerializer, request)
        name = said.pop("move")
        moves.make(
            self.rfc, name, by=self.person, inputs={key: _written(value) for key, value in said.items() if value}
        )
        return Response(wire.rfc(find(number, self.person)))
