"""The documents as files: the same bytes as the portal's own exports."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponse, QueryDict
from django.utils.html import format_html
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from governance import documents, moves
from governance.api import serializers as shapes
from governance.api import wire
from governance.api.schema import CHANGING, READING, failures
from governance.api.views.base import Endpoint, OfRFC, checked, find
from governance.exporting import asking, files, keys
from governance.exporting.models import ExportKind
from rfcs import importing
from rfcs.errors import Reason, Refused

PAGE = '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{}</title>\n<body>\n{}\n</body>\n</html>\n'


IMPORTING = """Takes the document's fields into the working copy and saves it like an edit. The Approval section is
never read; scenario, flags and the assessment of packages that stay are kept. `dry_run` shows what would change and
stores nothing. A text that drops a section, the text of a field or a package is answered with 422, a reason for each;
its `field` is what `empty` must name if that is meant."""


MAKING = """A worker makes it: 202 with `Location` and `Retry-After` until it is ready, then the file. What the RFC says
decides: after a change the call makes a new one. 409 when it failed, with the reason; `again=true` tries anew."""


def text_of(media_type: str) -> dict[Any, Any]:
    """The answers of a call whose success is a text of this media type."""
    return {(200, media_type): OpenApiTypes.STR, **READING}


class MarkdownText(BaseParser):
    """The body as it is; the verb says what is wrong with its bytes."""

    media_type = "text/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, str]:
        return {"text": importing.decoded(stream.read())}


class Markdown(OfRFC):
    parser_classes = (MarkdownText,)

    @extend_schema(summary="The justification, to be committed", responses=text_of("text/markdown"))
    def get(self, request: Request, number: str) -> HttpResponse:
        return _file(documents.markdown_of(self.rfc), "text/markdown", documents.FILENAME)

    @extend_schema(
        summary="Import an edited justification",
        description=IMPORTING,
        request={"text/markdown": OpenApiTypes.STR},
        parameters=[shapes.ImportQuery],
        responses={200: shapes.ImportSerializer, **CHANGING},
    )
    def put(self, request: Request, number: str) -> Response:
        said = checked(shapes.ImportQuery(data=_parameters(request.query_params, ("empty",))))
        sent: Any = request.data
        text, empty = sent.get("text", ""), said["empty"]
        if said["dry_run"]:
            return Response(wire.proposal(moves.proposal(self.rfc, text, by=self.person, empty=empty)) | {"rfc": None})
        version = said.get("version") or _matched(request)
        if version is None:
            raise ValidationError({"version": ["Name the version that you read: `version`, or the header If-Match."]})
        digest, note = said["digest"], said["note"]
        offered = moves.take_in(self.rfc, text, by=self.person, version=version, digest=digest, empty=empty, note=note)
        return Response(wire.proposal(offered) | {"rfc": wire.rfc(find(number, self.person))})


class HTML(OfRFC):
    @extend_schema(summary="The justification as a page", responses=text_of("text/html"))
    def get(self, request: Request, number: str) -> HttpResponse:
        page = format_html(PAGE, self.rfc, documents.html_of(self.rfc))
        return _file(page, "text/html", documents.FILENAME.replace(".md", ".html"))


class Made(OfRFC):
    """A file that a worker makes: 202 until it is ready, then the file."""

    kind: ClassVar[str]

    def made(self, request: Request) -> HttpResponse:
        again = checked(shapes.ExportQuery(data=_parameters(request.query_params, ())))["again"]
        export = asking.ask(self.rfc, self.kind, by=self.person, again=again)
        if export.made_at:
            return files.answer(export)
        if export.dead_at:
            raise Refused(Reason("export_failed", export.reason, who="an operator"))
        headers = {"Location": request.build_absolute_uri(request.path), "Retry-After": str(PATIENCE)}
        return Response(wire.export(export), status=202, headers=headers)


PATIENCE = 2
"""Seconds after which it is worth asking again."""


def made_of(media_type: str) -> dict[Any, Any]:
    return {(200, media_type): OpenApiTypes.BINARY, 202: shapes.ExportSerializer, **READING, **failures(400, 409)}


class PDF(Made):
    kind = ExportKind.PDF

    @extend_schema(
        summary="The justification on paper",
        description=MAKING,
        parameters=[shapes.ExportQuery],
        responses=made_of("application/pdf"),
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        return self.made(request)


class Bundle(Made):
    kind = ExportKind.BUNDLE

    @extend_schema(
        summary="The signed bundle",
        description=MAKING,
        parameters=[shapes.ExportQuery],
        responses=made_of("application/zip"),
    )
    def get(self, request: Request, number: str) -> HttpResponse:
        return self.made(request)


class SigningKeys(Endpoint):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        summary="The public keys that sign bundles",
        description="Open to everybody, the keys of the past too: whoever holds a bundle must be able to check it.",
        auth=[],
        responses={200: shapes.SigningKeySerializer(many=True), **failures(409)},
    )
    def get(self, request: Request) -> Response:
        try:
            return Response([wire.signing_key(key, is_current=now) for key, now in keys.published()])
        except keys.NoKey as reason:
            raise Refused(Reason("no_signing_key", str(reason), who="an operator")) from None


class CommitMessage(OfRFC):
    @extend_schema(summary="The commit message", responses=text_of("text/plain"))
    def get(self, request: Request, number: str) -> HttpResponse:
        return HttpResponse(documents.commit_message(self.rfc), content_type="text/plain; charset=utf-8")


def _file(text: str, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{media_type}; charset=utf-8", headers=headers)


def _parameters(sent: QueryDict, many: tuple[str, ...]) -> dict[str, Any]:
    """The query string; the parameters `many` may be given several times."""
    twice = [name for name, values in sent.lists() if len(values) > 1 and name not in many]
    if twice:
        raise ValidationError({name: ["Give this parameter once."] for name in twice})
    return sent.dict() | {name: sent.getlist(name) for name in many}


def _matched(request: Request) -> int | None:
    """The version that If-Match names, quoted or not."""
    value = request.headers.get("If-Match", "").removeprefix("W/").strip('" ')
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None
