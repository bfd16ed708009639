"""The documents as files: the same bytes as the portal's own exports."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, QueryDict
from django.utils.html import format_html
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response

from governance import documents, moves
from governance.api import serializers as shapes
from governance.api import wire
from governance.api.schema import CHANGING, READING
from governance.api.views.base import OfRFC, checked, find
from rfcs import importing

PAGE = '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{}</title>\n<body>\n{}\n</body>\n</html>\n'


IMPORTING = """Takes the document's fields into the working copy and saves it like an edit. The Approval section is
never read; scenario, flags and the assessment of packages that stay are kept. `dry_run` shows what would change and
stores nothing. A text that drops a section, the text of a field or a package is answered with 422, a reason for each;
its `field` is what `empty` must name if that is meant."""


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
        said = checked(shapes.ImportQuery(data=_parameters(request.query_params)))
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


class CommitMessage(OfRFC):
    @extend_schema(summary="The commit message", responses=text_of("text/plain"))
    def get(self, request: Request, number: str) -> HttpResponse:
        return HttpResponse(documents.commit_message(self.rfc), content_type="text/plain; charset=utf-8")


def _file(text: str, media_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(text, content_type=f"{media_type}; charset=utf-8", headers=headers)


def _parameters(sent: QueryDict) -> dict[str, Any]:
    """The query string; `empty` may be given several times."""
    twice = [name for name, values in sent.lists() if len(values) > 1 and name != "empty"]
    if twice:
        raise ValidationError({name: ["Give this parameter once."] for name in twice})
    return sent.dict() | {"empty": sent.getlist("empty")}


def _matched(request: Request) -> int | None:
    """The version that If-Match names, quoted or not."""
    value = request.headers.get("If-Match", "").removeprefix("W/").strip('" ')
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else None
