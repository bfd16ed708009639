"""Files that belong to what an RFC says: list, attach, download, take off."""

from __future__ import annotations

from django.http import FileResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import serializers as shapes
from governance.api import wire
from governance.api.errors import TooLarge
from governance.api.schema import CHANGING, READING
from governance.api.views.base import OfRFC, body, find
from governance.api.writing import attach, detach
from governance.bodies import is_too_large
from governance.downloads import download
from rfcs.case import Case
from rfcs.files import uploads


def require_small(request: Request) -> None:
    """Refuse a body that announces too much before any of it is read."""
    if is_too_large(request._request):
        raise TooLarge(uploads.too_large())


class Attachments(OfRFC):
    parser_classes = (MultiPartParser,)

    @extend_schema(
        summary="Files of what the RFC says now",
        operation_id="rfcs_attachments_list",
        responses={200: shapes.FileSerializer(many=True), **READING},
    )
    def get(self, request: Request, number: str) -> Response:
        return Response(wire.files(Case(self.rfc).content))

    @extend_schema(
        summary="Attach a file",
        description="An edit: mints a revision in draft, assessment and review; later it waits for `amend`.",
        operation_id="rfcs_attachments_create",
        request={"multipart/form-data": shapes.UploadSerializer},
        responses={201: shapes.RFCSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str) -> Response:
        require_small(request)
        said = body(shapes.UploadSerializer, request)
        attach(self.rfc, said["file"], by=self.person, version=said.get("version"))
        return Response(wire.rfc(find(number, self.person)), status=201)


class Attachment(OfRFC):
    @extend_schema(
        summary="Download a file",
        operation_id="rfcs_attachments_download",
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, **READING},
    )
    def get(self, request: Request, number: str, sha256: str) -> FileResponse:
        return download(self.rfc, sha256)

    @extend_schema(
        summary="Take a file off",
        description="Revisions that hold it keep it.",
        operation_id="rfcs_attachments_remove",
        responses={200: shapes.RFCSerializer, **CHANGING},
    )
    def delete(self, request: Request, number: str, sha256: str) -> Response:
        detach(self.rfc, sha256, by=self.person)
        return Response(wire.rfc(find(number, self.person)))
