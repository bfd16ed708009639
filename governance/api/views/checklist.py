"""The checklist: how every item stands; closing one with evidence, opening it again with a reason."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import serializers as shapes
from governance.api import wire
from governance.api.schema import CHANGING, READING
from governance.api.views.base import OfRFC, body, find
from rfcs import evidence
from rfcs.case import Case


class Checklist(OfRFC):
    @extend_schema(summary="Every item", responses={200: shapes.ItemSerializer(many=True), **READING})
    def get(self, request: Request, number: str) -> Response:
        return Response([wire.item(status) for status in Case(self.rfc).statuses])


class ChecklistItem(OfRFC):
    @extend_schema(
        summary="Close an item, or open it again",
        request=shapes.TickSerializer,
        responses={200: shapes.ItemSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str, slug: str) -> Response:
        said = body(shapes.TickSerializer, request)
        if said["reopen"]:
            evidence.reopen_item(self.rfc, slug, by=self.person, reason=said["reason"])
        else:
            evidence.close_item(self.rfc, slug, by=self.person, link=said["link"], text=said["text"])
        statuses = Case(find(number, self.person)).statuses
        return Response(next(wire.item(status) for status in statuses if status.slug == slug))
