"""An uploaded file as a download and nothing else: no browser shows, runs or frames it from our address."""

from __future__ import annotations

from django.http import FileResponse

from rfcs.errors import Refused
from rfcs.files import attachments, storage, uploads
from rfcs.models import RFC

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def download(rfc: RFC, sha256: str) -> FileResponse:
    """The bytes, streamed; raises Refused (404) when this RFC has no such file. The caller may see the RFC."""
    attachment = uploads.find(rfc, sha256)
    if attachment is None or not storage.place_of(sha256).exists():
        raise Refused(attachments.unknown(rfc))
    file = storage.place_of(sha256).open("rb")
    name, kind = attachment.name, "application/octet-stream"
    return FileResponse(file, as_attachment=True, filename=name, content_type=kind, headers=HEADERS)
