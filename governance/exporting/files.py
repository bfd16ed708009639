"""A finished export as an answer: an attachment with its right name."""

from __future__ import annotations

from django.http import HttpResponse

from governance.exporting.models import Export, ExportKind

MEDIA = {ExportKind.PDF: "application/pdf", ExportKind.BUNDLE: "application/zip"}


def answer(export: Export) -> HttpResponse:
    headers = {
        "Content-Disposition": f'attachment; filename="{export.name}"',
        "Cache-Control": "private, no-store",
        "ETag": f'"{export.sha256}"',
    }
    return HttpResponse(bytes(export.file.data), content_type=MEDIA[ExportKind(export.kind)], headers=headers)
