"""Every revision of an RFC, each for ever, and what differs between two."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import revisions as shapes
from governance.api.paging import page
from governance.api.schema import PAGING, READING
from governance.api.serializers import PageQuery
from governance.api.views.base import OfRFC, query
from rfcs.models import RFC, Revision


class Revisions(OfRFC):
    @extend_schema(
        summary="Revisions of an RFC, newest first",
        operation_id="rfcs_revisions_list",
        parameters=[PageQuery],
        responses={200: shapes.RevisionPage, **PAGING},
    )
    def get(self, request: Request, number: str) -> Response:
        query(PageQuery, request)
        rows = Revision.objects.filter(rfc=self.rfc).select_related("made_by").defer("content_json")
        return page(rows, request, lambda row: shapes.revision(self.rfc, row))


class OneRevision(OfRFC):
    @extend_schema(
        summary="One revision with all that it says",
        operation_id="rfcs_revisions_retrieve",
        responses={200: shapes.RevisionTextSerializer, **READING},
    )
    def get(self, request: Request, number: str, revision: int) -> Response:
        return Response(shapes.text(self.rfc, find_revision(self.rfc, revision)))


class Comparison(OfRFC):
    @extend_schema(
        summary="What differs between two revisions",
        operation_id="rfcs_comparison_retrieve",
        parameters=[shapes.ComparisonQuery],
        responses={200: shapes.ComparisonSerializer, **PAGING},
    )
    def get(self, request: Request, number: str) -> Response:
        said = query(shapes.ComparisonQuery, request)
        if said["from"] > said["to"]:
            raise ValidationError({"from": ["Name the earlier revision here, the later one in `to`."]})
        older, newer = (find_revision(self.rfc, said[name]) for name in ("from", "to"))
        address = reverse("rfc-comparison", args=[self.rfc.number, older.number, newer.number])
        return Response(
            {
                "older": shapes.revision(self.rfc, older),
                "newer": shapes.revision(self.rfc, newer),
                "changes": shapes.changes(older, newer),
                "url": f"{settings.PORTAL_URL}{address}",
            }
        )


def find_revision(rfc: RFC, number: int) -> Revision:
    row = Revision.objects.filter(rfc=rfc, number=number).select_related("made_by").first() if number < 10**9 else None
    if row is None:
        raise NotFound(f"{rfc.number} has no revision {number}.")
    return row
