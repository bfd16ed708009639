"""The checklist: how every item stands; closing one with evidence, opening it again, waiving it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from governance.api import checklist_shapes as shapes
from governance.api import wire
from governance.api.schema import CHANGING, READING
from governance.api.views.attachments import require_small
from governance.api.views.base import UTF8JSON, OfRFC, body, find
from rfcs.case import Case
from rfcs.compliance import evidence, waivers
from rfcs.compliance.evidence import Proof
from rfcs.states import WaiverKind

DESCRIPTION = (
    "Closes the item with a link, a file or a text, unless another action is named. A new file comes as "
    "multipart/form-data; a file that the RFC holds is named by its SHA-256 in `attachment`."
)


class Checklist(OfRFC):
    @extend_schema(summary="Every item", responses={200: shapes.ItemSerializer(many=True), **READING})
    def get(self, request: Request, number: str) -> Response:
        return Response(wire.checklist(Case(self.rfc)))


class ChecklistItem(OfRFC):
    parser_classes = (UTF8JSON, MultiPartParser)

    @extend_schema(
        summary="Close an item, open it again, waive it",
        description=DESCRIPTION,
        request={
            "application/json": shapes.TickSerializer,
            "multipart/form-data": shapes.EvidenceUploadSerializer,
        },
        responses={200: shapes.ItemSerializer, **CHANGING},
    )
    def post(self, request: Request, number: str, slug: str) -> Response:
        require_small(request)
        if str(request.content_type).startswith("multipart/"):
            self._upload(slug, body(shapes.EvidenceUploadSerializer, request))
        else:
            self._change(slug, body(shapes.TickSerializer, request))
        items = wire.checklist(Case(find(number, self.person)))
        return Response(next(item for item in items if item["slug"] == slug))

    def _upload(self, slug: str, said: dict[str, Any]) -> None:
        file = said["file"]
        proof = Proof(said["link"], said["text"], file.name or "", file.chunks())
        verb = evidence.add if said["add"] else evidence.close_item
        verb(self.rfc, slug, by=self.person, proof=proof)

    def _change(self, slug: str, said: dict[str, Any]) -> None:
        by, reason = self.person, said["reason"]
        proof = Proof(said["link"], said["text"], sha256=said["attachment"])
        if said["reopen"]:
            evidence.reopen_item(self.rfc, slug, by=by, reason=reason)
        elif said["waive"] or said["not_applicable"]:
            kind = WaiverKind.WAIVER if said["waive"] else WaiverKind.NOT_APPLICABLE
            waivers.grant(self.rfc, slug, by=by, reason=reason, expires_on=said["expires"], kind=kind)
        elif said["revoke"]:
            waivers.revoke(self.rfc, slug, by=by, reason=reason)
        elif said["remove"]:
            evidence.set_aside(self.rfc, slug, said["remove"], by=by, reason=reason)
        elif said["add"]:
            evidence.add(self.rfc, slug, by=by, proof=proof)
        else:
            evidence.close_item(self.rfc, slug, by=by, proof=proof)
