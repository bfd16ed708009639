"""The documents as files: what the preview shows, byte for byte; and those that a worker makes."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance import documents
from governance.exporting import asking, files
from governance.exporting.models import Export, ExportKind
from governance.pages.record.subject import person, post_only, rfc_for
from rfcs.models import RFC


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


# What a worker makes ------------------------------------------------------------------------------------


@post_only
def ask(request: HttpRequest, number: int) -> HttpResponse:
    """Ask for a file, or for another try of one that failed; its page says how far it is."""
    rfc = rfc_for(request, number)
    export = asking.ask(rfc, request.POST.get("kind", ""), by=person(request), again="again" in request.POST)
    return redirect(export)


def status(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """How far a file is; as JSON for the module that watches it."""
    rfc = rfc_for(request, number)
    export = _export(rfc, pk)
    if request.headers.get("Accept") == "application/json":
        return JsonResponse({"status": export.status})
    return render(request, "rfcs/export_status.html", _status(rfc, export))


def download(request: HttpRequest, number: int, pk: int) -> HttpResponse:
    """The file, once it is ready; before that, its page."""
    export = _export(rfc_for(request, number), pk)
    return files.answer(export) if export.made_at else redirect(export)


def _export(rfc: RFC, pk: int) -> Export:
    return get_object_or_404(Export.objects.select_related("rfc", "asked_by", "revision"), pk=pk, rfc=rfc)


def _status(rfc: RFC, export: Export) -> dict[str, Any]:
    return {
        "rfc": rfc,
        "export": export,
        "label": ExportKind(export.kind).label,
        "words": WORDS[export.status],
        "steps": [{"name": name, "is_done": ORDER[export.status] >= place} for place, name in enumerate(STEPS)],
    }


WORDS = {
    "waiting": "Waiting for a worker",
    "working": "Being made",
    "ready": "Ready",
    "failed": "It could not be made",
}
STEPS = ("Asked for", "Being made", "Ready")
ORDER = {"waiting": 0, "failed": 0, "working": 1, "ready": 2}
