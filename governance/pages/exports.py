"""The documents as files: what the preview shows, byte for byte."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from governance import documents
from governance.pages.subject import rfc_for


def markdown(request: HttpRequest, number: int) -> HttpResponse:
    text = documents.markdown_of(rfc_for(request, number))
    disposition = {"Content-Disposition": f'attachment; filename="{documents.FILENAME}"'}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=disposition)


def html(request: HttpRequest, number: int) -> HttpResponse:
    rfc = rfc_for(request, number)
    return render(request, "rfcs/export.html", {"rfc": rfc, "document": documents.html_of(rfc)})


def commit_message(request: HttpRequest, number: int) -> HttpResponse:
    text = documents.commit_message(rfc_for(request, number))
    return HttpResponse(text, content_type="text/plain; charset=utf-8")
