"""The documents as files: what the preview shows, byte for byte; and those that a worker makes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render

from governance import documents
from governance.exporting import asking, files, printing, record
from governance.exporting.models import Export, ExportKind
from governance.pages.record import panels
from governance.pages.record.subject import person, post_only, rfc_for
from rfcs import clock
from rfcs.models import RFC


def markdown(request: HttpRequest, number: int) -> HttpResponse:
    text = documents.markdown_of(rfc_for(request, number))
    disposition = {"Content-Disposition": f'attachment; filename="{documents.FILENAME}"'}
    return HttpResponse(text, content_type="text/markdown; charset=utf-8", headers=disposition)


def html(request: HttpRequest, number: int) -> HttpResponse:
    """The document as a page to print; `with` names parts of the record that follow it, or `record` for all of them."""
    rfc, asked = rfc_for(request, number), frozenset(request.GET.getlist("with"))
    unknown = sorted(asked - {RECORD, *PARTS})
    shown = [part for part in PARTS if part in asked or RECORD in asked] if not unknown else []
    context = {
        "rfc": rfc,
        "parts": [{"value": part, "label": label, "is_on": part in shown} for part, label in PARTS.items()],
        "unknown": unknown,
        "shown": shown,
        **(_record(rfc, shown) if shown else {"document": documents.html_of(rfc)}),
    }
    return render(request, "rfcs/export.html", context, status=400 if unknown else 200)


RECORD = "record"
PARTS = {
    "sign-offs": "Sign-offs",
    "owners": "Owners of the packages",
    "checklist": "Checklist and waivers",
    "owed": "Obligations",
    "files": "Attached files",
    "history": "History",
}
"""What may be printed with the document, in the order of the page."""
TAIL = 50
"""Events of the history that are printed, the newest."""


def _record(rfc: RFC, shown: Collection[str]) -> dict[str, Any]:
    """As the PDF has it, and the end of the history."""
    events = panels.newest_events(rfc, TAIL) if "history" in shown else ([], False)
    return printing.context(record.facts(rfc)) | {"events": events[0], "more": events[1], "at": clock.now()}


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
        "steps": [{"name": name, "status": _step(export.status, place)} for place, name in enumerate(STEPS)],
    }


WORDS = {
    "waiting": "Waiting for a worker",
    "working": "Being made",
    "ready": "Ready",
    "failed": "It could not be made",
}
STEPS = ("Asked for", "Being made", "Ready")
DONE = {"waiting": 1, "failed": 1, "working": 1, "ready": 3}
"""How many of the steps are behind a file."""


def _step(status: str, place: int) -> str:
    if place < DONE[status]:
        return "done"
    return "current" if status == "working" and place == DONE[status] else "todo"
