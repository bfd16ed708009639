"""The documents as files: the same bytes as the portal's own exports."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils.html import format_html
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from governance import documents
from governance.api.schema import READING
from governance.api.views.base import OfRFC

PAGE = '<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{}</title>\n<body>\n{}\n</body>\n</html>\n'


def text_of(media_type: str) -> dict[Any, Any]:
    """The answers of a call whose success is a text of this media type."""
    return {(200, media_type): OpenApiTypes.STR, **READING}


class Markdown(OfRFC):
    @extend_schema(summary="The justification, to be committed", responses=text_of("text/markdown"))
    def get(self, request: Request, number: str) -> HttpResponse:
        return _file(documents.markdown_of(self.rfc), "text/markdown", documents.FILENAME)


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
