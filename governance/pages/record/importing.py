"""Bringing an edited document back: the file or its text, what it changes, and then taking it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from governance import moves
from governance.pages.record import unsaved
from governance.pages.record.editing import version_of
from governance.pages.record.subject import person, rfc_for
from rfcs import authority, editing, importing, limits
from rfcs.case import Case
from rfcs.content import LABELS
from rfcs.errors import Reason, Refused, not_ready
from rfcs.models import RFC


@dataclass(frozen=True, slots=True)
class Loss:
    """What the text drops, as a box to tick: the key, and words for it."""

    field: str
    label: str


def import_document(request: HttpRequest, number: int) -> HttpResponse:
    """Read a text, show what it changes (POST), and take it (POST with `take`). What was pasted is always kept."""
    rfc = rfc_for(request, number)
    if request.method != "POST":
        authority.require_writer(rfc, person(request))
        editing.require_writable(rfc)
        return _page(request, rfc)
    try:
        text = _text(request)
    except Refused as refusal:
        return _page(request, rfc, text=_typed(request), refusal=refusal)
    return _take(request, rfc, text) if "take" in request.POST else _compare(request, rfc, text)


def _compare(request: HttpRequest, rfc: RFC, text: str, *, because: Refused | None = None) -> HttpResponse:
    """The differences; `because` names why a taking was refused before, so that they are read again."""
    try:
        offered = moves.proposal(rfc, text, by=person(request), empty=request.POST.getlist("empty"))
    except Refused as refusal:
        return _page(request, rfc, text=text, refusal=refusal)
    return _page(request, rfc, text=text, refusal=because, proposal=offered)


def _take(request: HttpRequest, rfc: RFC, text: str) -> HttpResponse:
    sent = request.POST
    try:
        moves.take_in(
            rfc,
            text,
            by=person(request),
            version=version_of(sent),
            digest=sent.get("digest") or "none",
            empty=sent.getlist("empty"),
            note=sent.get("note", "").strip(),
        )
    except Refused as refusal:
        return _compare(request, rfc_for(request, rfc.pk), text, because=refusal)
    saved = rfc_for(request, rfc.pk)
    messages.success(request, f"Imported. {unsaved.said_of_saving(saved, before=rfc)}")
    return redirect(saved)


def _text(request: HttpRequest) -> str:
    """The uploaded file's text, else the pasted one. Raises Refused for a file that is no text."""
    upload = request.FILES.get("file")
    if upload is None:
        return _typed(request)
    if not upload.size:
        message = f"The file “{upload.name}” is empty; choose the one that holds the justification."
        raise Refused(not_ready("empty_file", message, field="markdown", who="you"))
    return importing.decoded(upload.read(importing.MOST_BYTES), size=upload.size)


def _typed(request: HttpRequest) -> str:
    return request.POST.get("text", "")


def _page(
    request: HttpRequest,
    rfc: RFC,
    *,
    text: str = "",
    refusal: Refused | None = None,
    proposal: importing.Proposal | None = None,
) -> HttpResponse:
    context: dict[str, Any] = {
        "rfc": rfc,
        "text": text,
        "proposal": proposal,
        "kept": ", ".join(LABELS[name] for name in proposal.kept) if proposal else "",
        "reasons": refusal.reasons if refusal else (),
        "refused": "Nothing was imported; your text is still here:" if text else "Nothing was imported:",
        "losses": [_loss(reason) for reason in refusal.reasons] if isinstance(refusal, importing.Dropped) else [],
        "ticked": request.POST.getlist("empty"),
        "note": request.POST.get("note", ""),
        "longest_note": limits.NOTE,
        "mints": Case(rfc).mints_on_save,
    }
    return render(request, "rfcs/import.html", context, status=refusal.status if refusal else 200)


def _loss(reason: Reason) -> Loss:
    kind, colon, path = reason.field.partition(":")
    if colon:
        return Loss(reason.field, f"Take the package {path} out")
    name = "packages" if kind == "affected_packages" else kind
    return Loss(reason.field, f"Empty “{LABELS.get(name, kind.replace('_', ' ').capitalize())}”")
