"""Files that were uploaded to an RFC, for whoever may see the RFC."""

from __future__ import annotations

from django.http import FileResponse, HttpRequest

from governance.downloads import download
from governance.pages.record.subject import rfc_for


def attachment(request: HttpRequest, number: int, sha256: str) -> FileResponse:
    return download(rfc_for(request, number), sha256)
